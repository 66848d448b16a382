"""Take classes out of a checkout's text where a patch would have put them; what is right must be proven by planning."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from yolo_patcher.checkout.marker import branch_markers, class_markers, has_marker, stand_in_markers
from yolo_patcher.checkout.namespace import all_list, class_definition, imported_file, top_level
from yolo_patcher.checkout.site import Site
from yolo_patcher.checkout.snapshot import Snapshot
from yolo_patcher.checkout.text import SourceText, insert_at, line_of, line_starts
from yolo_patcher.plan.code.removal import Item, line_edit, list_edits, node_span, tail_edit

_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class Traces:
    """The marked classes of a checkout, and what stands there for each.

    Attributes:
        site: the checkout's parts, as they are.
    """

    site: Site

    @cached_property
    def homes(self) -> dict[str, str]:
        """The file of each class whose definition is marked."""
        site = self.site
        files = dict.fromkeys([site.supplier])
        for node in _relative_imports(site):
            path = imported_file(site.snapshot, site.supplier, node)
            if path is not None:
                files[path] = None
        if site.home == "beside":
            files.update({path: None for _, path in self._import_lines})
        return {name: path for path in files for name in class_markers(site.snapshot.read(path) or b"")}

    @cached_property
    def markers(self) -> dict[str, str]:
        """The name of the patch that brought each class."""
        site = self.site
        content = site.snapshot.require(site.parse_model.path)
        found = {**branch_markers(content), **stand_in_markers(content)}
        for name, path in self.homes.items():
            found.setdefault(name, class_markers(site.snapshot.require(path))[name])
        return found

    @cached_property
    def sequences(self) -> tuple[tuple[str, ...], ...]:
        """The classes in the order in which they came, as far as each kind of place tells."""
        site = self.site
        content = site.snapshot.require(site.parse_model.path)
        places: list[Iterable[str]] = [branch_markers(content), stand_in_markers(content)]
        places.append(class_markers(site.snapshot.require(site.supplier)))
        lists = (self._import_list, self._all_list)
        places += [[name for name, _, _ in items if name in self.homes] for _, items in lists]
        imported = [node.names[0].name for node, _ in self._import_lines if node.names[0].name in self.homes]
        # Directly behind the import of the other modules, else behind the last one.
        places.append(reversed(imported) if site.supply else imported)
        return tuple(tuple(place) for place in places)

    def with_inner(self, names: Collection[str]) -> frozenset[str]:
        """Give marked classes with the marked classes that their definitions name, as variants of blocks do."""
        found, pending = set(names), list(names)
        while pending:
            home = self.homes.get(name := pending.pop())
            node = class_definition(self.site.read_python(home)[1], name) if home else None
            named = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} if node else set()
            new = (named & self.markers.keys()) - found
            found |= new
            pending += new
        return frozenset(found)

    def places(self, name: str) -> Iterator[tuple[str, int, str]]:
        """Give each place that a class has, its path, line and what stands there."""
        site = self.site
        if name in self.homes:
            path = self.homes[name]
            node = class_definition(site.read_python(path)[1], name)
            yield path, node.lineno if node else 1, f"the class {name}"
        for source, items in (self._import_list, self._all_list):
            for one, start, _ in items:
                if one == name:
                    yield source.path, line_of(source.text, start), f"the name {name} in the list"
        for statement in _relative_imports(site):
            if name in self.homes and [alias.name for alias in statement.names] == [name]:
                yield site.supplier, statement.lineno, f"the import of {name}"
        for statement, path in self._import_lines:
            if path == self.homes.get(name) and [alias.name for alias in statement.names] == [name]:
                yield site.parse_model.path, statement.lineno, f"the import of {name}"
        for branch in self._branches([name]):
            yield site.parse_model.path, branch.lineno, f"the branch for {name}"
        for line in self._stand_ins([name]):
            yield site.parse_model.path, line.lineno, f"a line that lets {name} stand for another class"

    def remarks(self, names: Collection[str], before: Snapshot) -> Iterator[str]:
        """Say what can't be told about the checkout before some classes came, and how it is left."""
        source = self.site.supplier
        own = [name for name in names if self.homes.get(name) == source]
        content = before.require(source)
        if own and not class_markers(content) and re.search(rb"(?<![\r\n])(\r\n|\r|\n)\Z", content):
            yield f"{source} ends with one newline; whether blank lines ended it before can't be told."
        imported = {name for name, _, _ in self._import_list[1]}
        for name in sorted(imported.intersection(names) - self.homes.keys()):
            yield f"{self.site.parse_model.path} still imports {name}; whether it did before can't be told."

    def misplaced(self, names: Collection[str], before: Snapshot) -> str:
        """Say which of some classes is still named in a checkout that it was taken out of; empty when none is."""
        for path in (self.site.parse_model.path, self.site.supplier):
            content = before.require(path)
            for name in sorted(self.homes.keys() & set(names)):
                match = re.search(rb"\b" + name.encode() + rb"\b", content)
                if match is not None:
                    line = len(_NEWLINE.findall(content[: match.start()].decode("latin-1"))) + 1
                    return f"{path}, near line {line}, has {name} where yolo-patcher would not have put it"
        return ""

    @property
    def _import_list(self) -> tuple[SourceText, list[Item]]:
        source, supply = self.site.parse_model.source, self.site.supply
        aliases = supply.statement.names if supply else []
        return source, [(one.asname or one.name, *node_span(source, one)) for one in aliases if one.name != "*"]

    @cached_property
    def _import_lines(self) -> list[tuple[ast.ImportFrom, str]]:
        """The imports of one name each in the file of `parse_model`, the supply's left out, with the file of each."""
        site = self.site
        supply = site.supply.statement if site.supply else None
        found = []
        for node in top_level(site.parse_model.tree):
            if isinstance(node, ast.ImportFrom) and node is not supply and len(node.names) == 1:
                path = imported_file(site.snapshot, site.parse_model.path, node)
                found += [(node, path)] if path else []
        return found

    @property
    def _all_list(self) -> tuple[SourceText, list[Item]]:
        source, tree = self.site.read_python(self.site.supplier)
        listed = all_list(tree)
        elements = listed.value.elts if listed and isinstance(listed.value, ast.List | ast.Tuple) else []
        return source, [(str(one.value), *node_span(source, one)) for one in elements if isinstance(one, ast.Constant)]

    def _branches(self, names: Collection[str]) -> Iterator[ast.If]:
        marked = branch_markers(self.site.snapshot.require(self.site.parse_model.path))
        node = self.site.parse_model.chain
        while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            node = node.orelse[0]
            test = node.test
            if isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Is):
                name = ast.unparse(test.comparators[0])
                if name in names and name in marked:
                    yield node

    def _stand_ins(self, names: Collection[str]) -> Iterator[ast.stmt]:
        """Give the marked statements that let classes stand for others."""
        parse_model = self.site.parse_model
        marked = stand_in_markers(self.site.snapshot.require(parse_model.path))
        wanted = {name for name in names if name in marked}
        lines = parse_model.stand_in_lines
        tests = ((line.flag, line.test) for line in lines if line.test)
        flags = {flag for flag, test in tests if wanted.intersection(parse_model.compared(test).names)}
        for line in lines:
            if line.flag in flags and has_marker(self._last_line(line.statement)):
                yield line.statement

    def _last_line(self, statement: ast.stmt) -> str:
        text = self.site.parse_model.source.text
        starts = [*line_starts(text), len(text)]
        last = statement.end_lineno or statement.lineno
        return text[starts[last - 1] : starts[last]]

    def without(self, names: Collection[str], models: Sequence[str]) -> Snapshot:
        """Give the checkout without some of its marked classes and without some model YAMLs.

        What the checkout defined itself stays imported: whether it was so before can't be told.
        """
        site = self.site
        ours = [name for name in names if name in self.homes]
        files: dict[str, bytes | None] = dict.fromkeys(models)
        files.update({self.homes[name]: None for name in ours if self.homes[name] != site.supplier})
        source, items = self._import_list
        edits = list_edits(source, items, ours)
        edits += [line_edit(source, one) for one in (*self._branches(names), *self._stand_ins(names))]
        for node, path in self._import_lines:
            if path in {self.homes[name] for name in ours if name == node.names[0].name}:
                edits.append(line_edit(source, node))
        files[source.path] = source.with_text(insert_at(source.text, edits)).encode()
        if site.home == "beside":
            return site.snapshot.changed(files)
        source, items = self._all_list
        edits = list_edits(source, items, ours)
        for node in _relative_imports(site):
            if [one.name for one in node.names] in [[name] for name in ours]:
                edits.append(line_edit(source, node))
        starts = [self._definition(source, name) for name in ours if self.homes[name] == site.supplier]
        if starts:
            edits.append(tail_edit(source.text, min(starts)))
        files[source.path] = source.with_text(insert_at(source.text, edits)).encode()
        return site.snapshot.changed(files)

    def _definition(self, source: SourceText, name: str) -> int:
        """Give where the marker above a class of the supplier begins."""
        node = class_definition(self.site.read_python(source.path)[1], name)
        return line_starts(source.text)[max(0, node.lineno - 2)] if node else len(source.text)


def _relative_imports(site: Site) -> list[ast.ImportFrom]:
    if site.home != "package":
        return []
    body = site.read_python(site.supplier)[1].body
    return [node for node in body if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module]
