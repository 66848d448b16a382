"""The checks of one forward: wiring, forward, levels, rectangle."""

import math

import yp_build
import yp_rows
from yp_arguments import as_asked
from yp_layout import compare_layout
from yp_look import look
from yp_report import Failed


def require_finite(output, what="the output"):
    """Fail on NaN and infinity."""
    for number, tensor in enumerate(yp_build.tensors(output)):
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            word = "NaN" if bool((tensor != tensor).any()) else "infinite values"
            raise Failed("{} has {} (tensor {} of shape {})".format(what, word, number, tuple(tensor.shape)))


def wiring(session):
    """The live graph has the planned rows, built with what was asked for, and no row is dead that was not before."""
    planned, live = session.case["rows"], list(session.patched.model)
    if len(planned) != len(live):
        raise Failed("the plan has {} rows, the model {}".format(len(planned), len(live)))
    old = session.old
    for number, (row, module) in enumerate(zip(planned, live)):
        name = row["module"].split(".")[-1]
        accepted = {name, getattr(getattr(session.module, name, None), "__name__", name)}
        if not row["new"] and old.index(number) < len(session.base.types):
            accepted.add(session.base.types[old.index(number)])
        found = module.type.split(".")[-1]
        if found not in accepted:
            raise Failed("row {} is {}, planned is {}".format(number, found, name))
        reads = yp_build.sources(module)
        if module.i != number or reads != list(row["from"]):
            plan = "row {} ({}) reads {}, planned is {}"
            raise Failed(plan.format(number, found, numbers(reads), numbers(row["from"])))
    excused = {old[row] for row in yp_build.dead_rows(session.base.graph) if row < len(old)}
    dead = [row for row in yp_build.dead_rows([yp_build.sources(m) for m in live]) if row not in excused]
    if dead:
        plural = "s {} do" if len(dead) > 1 else " {} does"
        raise Failed("row" + plural.format(numbers(dead)) + " not reach the final row")
    as_asked(session)
    told = moved(session, old)
    return "; ".join(["{} rows, {} new".format(len(live), len(session.inserted)), *told, *compare_layout(session)])


def moved(session, old):
    """Fail where an edge is none of the base's, or leads through new rows and should not; tell those that do.

    Args:
        session: the case.
        old: the numbers of the rows that are not new; a base that has another number of rows is another one by now.
    """
    live, base, edges, told = list(session.patched.model), session.base.graph, set(), []
    if len(base) != len(old):
        return []
    for row, number in enumerate(old):
        reads = yp_build.sources(live[number])
        expected = [source if source == -1 else old[source] for source in base[row]]
        through = [past_new(session, source) for source in reads]
        if through != expected:
            detail = "row {} reads {} where the new rows are left out, and in the base {}"
            raise Failed(detail.format(number, numbers(through), numbers(expected)))
        changed = [(source, now) for source, now, before in zip(base[row], reads, expected) if now != before]
        edges.update((source, row) for source, _ in changed)
        if changed:
            words = ["{} for {}".format(now, numbers([past_new(session, now)])) for _, now in changed]
            told.append("row {} reads {}".format(number, ", ".join(dict.fromkeys(words))))
    wanted = session.case["moved"]
    if wanted is not None:
        compare_edges(edges, {tuple(edge) for edge in wanted}, old)
    return told


def past_new(session, source):
    """Give the row that one way from a row through inserted rows alone begins at; each of these reads one row."""
    while source in session.inserted:
        (source,) = yp_build.sources(session.patched.model[source])
    return source


def compare_edges(found, wanted, old):
    """Fail where the edges of the base that lead through new rows are not those that the position means."""
    for source, reader in sorted(wanted ^ found):
        lacks = "should read" if (source, reader) in wanted else "should not read"
        whose = "the image" if source == -1 else "row {}".format(old[source])
        raise Failed("row {} {} {} through a new row".format(old[reader], lacks, whose))


def numbers(rows):
    """Write row numbers for a reader."""
    return ", ".join("the image" if row == -1 else str(row) for row in rows)


def forward(session):
    """The output has the shapes of the base's, is finite, and no image or row suffers from another."""
    seen = session.look(session.patched)
    session.shapes = [seen.shapes.get(number) for number in range(len(session.patched.model))]
    require_finite(seen.output)
    like_base(session, seen)
    yp_rows.leave_inputs(session)
    yp_rows.keep_images_apart(session)
    return size_of(seen)


def levels(session):
    """Every row, of the base as well, has the level that was planned: log2 of its live stride."""
    rows = session.case["rows"]
    names = [row["module"].split(".")[-1] for row in rows]
    right = compare_levels(session, session.base.model, session.case["base_levels"], session.base.types, "of the base ")
    right += compare_levels(session, session.patched, [row["level"] for row in rows], names, "")
    return "{} rows, base and patched".format(right)


def compare_levels(session, model, planned, names, whose):
    """Fail where a live stride is another one than planned; give the number of rows that were compared."""
    seen, large, compared = session.look(model), None, 0
    for number, level in enumerate(planned):
        stride = seen.stride(number)
        if level is None or stride is None:
            continue
        compared += 1
        if stride == 2**level:
            continue
        # On small maps a row of padding looks like another stride.
        if large is None:
            large = look(model, session.image(1, 8 * session.stride, 8 * session.stride))
        stride = large.stride(number) or stride
        live = round(math.log(stride, 2))
        if live != level:
            detail = "row {} {}({}) is planned at P{}, and has a stride of {:g} (P{})"
            raise Failed(detail.format(number, whose, names[number].split(".")[-1], level, stride, live))
    return compared


def rectangle(session):
    """The same on an image whose sides are different odd multiples of the stride."""
    return like_base_at(session, session.image(1, 3 * session.stride, 5 * session.stride))


def like_base_at(session, image, clock=None, watch=None):
    """Run the patched model on an image and compare; the base is run as well only where its shapes are in doubt."""

    def run(model):
        return look(model, image, (), clock)

    seen = session.against_base(("look", tuple(image.shape)), run)
    if watch is not None:
        watch(seen)
    require_finite(seen.output)
    if [list(t.shape) for t in seen.features()] == expected(session, image):
        return size_of(seen)
    base, error = session.base.ask(("look", tuple(image.shape)), run)
    if error is not None:
        return size_of(seen) + "; the unpatched model can't run this size"
    compare_shapes(seen, base)
    return size_of(seen)


def expected(session, image):
    """Give the shapes of what would enter the final row of the base, by its strides; None where these can't tell."""
    shapes = []
    known = session.look(session.base.model)
    for tensor in known.features():
        if tensor.dim() != 4 or known.image[2] % tensor.shape[2]:
            return None
        stride = known.image[2] // tensor.shape[2]
        if known.image[3] != stride * tensor.shape[3]:
            return None
        shapes.append([image.shape[0], tensor.shape[1], image.shape[2] // stride, image.shape[3] // stride])
    return shapes


def like_base(session, seen):
    """Fail when the output has other shapes than the base's, which runs on the same image."""
    compare_shapes(seen, session.look(session.base.model))


def compare_shapes(seen, base):
    """Fail when two outputs have not the same shapes."""
    patched, before = yp_build.shapes(seen.output), yp_build.shapes(base.output)
    if patched != before:
        raise Failed("the output has shapes {}, the base's has {}".format(patched, before))


def size_of(seen):
    """Say of which size the image was."""
    return "{} x {}".format(*seen.image[2:])


CHECKS = {"wiring": wiring, "forward": forward, "levels": levels, "rectangle": rectangle}
