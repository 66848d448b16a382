"""What the tests of `parse_model`'s chain say of one row's module: `m is X`, `m in {X}`, `m.__name__`, `str(m)`."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache

from yolo_patcher.checkout.parse_model import ParseModel

_YES, _NO = (ast.Is, ast.In, ast.Eq), (ast.IsNot, ast.NotIn, ast.NotEq)


class Unknown(Exception):
    """What can't be told from the text."""


@dataclass(frozen=True)
class RowModule:
    """A row's module.

    Attributes:
        name: the name as the row gives it.
        parse_model: the checkout's rules.
    """

    name: str
    parse_model: ParseModel

    def is_meant(self, node: ast.expr | None) -> bool:
        """Tell whether an expression is the loop's variable for the module."""
        return isinstance(node, ast.Name) and node.id == self.parse_model.row[2]

    def decide(self, node: ast.Compare) -> bool:
        """Decide `m is X`, `m in X`, `m == X` and their negations by the module's name.

        Raises:
            Unknown: it is another comparison, or what it compares with is not in the text.
        """
        operator = node.ops[0]
        if len(node.ops) != 1 or not isinstance(operator, _YES + _NO):
            raise Unknown(ast.unparse(node))
        compared = self.parse_model.compared(node)
        if self.name in compared.texts:
            raise Unknown("whether the module is still a text there")
        among = self.name.removeprefix("torch.") in {name.removeprefix("torch.") for name in compared.names}
        if not among and not compared.complete:
            raise Unknown(ast.unparse(node))
        return among == isinstance(operator, _YES)

    def class_name(self) -> str:
        """Give `m.__name__`.

        Raises:
            Unknown: the file gives the class another name than its own.
        """
        if self.name in _renamed(self.parse_model.tree):
            raise Unknown(self.name)
        return self.name.rpartition(".")[2]

    def is_described_by(self, text: str) -> bool:
        """Decide `text in str(m)`, which is `<class 'package.file.Name'>`.

        Raises:
            Unknown: the text may stand in the class's path. Names of packages and files are taken to be of small
                letters, unless this file imports another.
        """
        if text in self.class_name():
            return True
        if text == text.lower() or any(text in path for path in _imported(self.parse_model.tree)):
            raise Unknown(text)
        return False


@lru_cache(maxsize=8)
def _renamed(tree: ast.Module) -> frozenset[str]:
    """Give the names that a file binds to something defined under another name."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found.update(alias.asname for alias in node.names if alias.asname and alias.asname != alias.name)
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            found.update(target.id for target in statement.targets if isinstance(target, ast.Name))
    return frozenset(found)


@lru_cache(maxsize=8)
def _imported(tree: ast.Module) -> frozenset[str]:
    """Give the modules that a file imports from."""
    return frozenset(node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module)
