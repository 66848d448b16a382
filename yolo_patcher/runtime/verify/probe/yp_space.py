"""The check `space`: what lies at a place of a feature map comes out at that place, not mirrored, turned or shifted."""

import torch
import yp_build
from yp_alone import given, quietly, square, undisturbed
from yp_look import mapped
from yp_report import Failed, Skip

SIDE = 16
PLACES = ((2, 5), (11, 3), (6, 12), (13, 9), (4, 14))
# A convolution of random weights may answer most strongly this far from where it was touched.
REACH = 2
TIMES = 3.0
TRANSFORMS = {
    "mirrored left to right": lambda row, column: (row, SIDE - 1 - column),
    "mirrored top to bottom": lambda row, column: (SIDE - 1 - row, column),
    "turned by 180 degrees": lambda row, column: (SIDE - 1 - row, SIDE - 1 - column),
    "transposed, height and width swapped,": lambda row, column: (column, row),
    "turned by 90 degrees": lambda row, column: (SIDE - 1 - column, row),
    "turned by 270 degrees": lambda row, column: (column, SIDE - 1 - row),
    "mirrored at the other diagonal": lambda row, column: (SIDE - 1 - column, SIDE - 1 - row),
}


def space(session):
    """Touch single places of a new row's maps, and see where its output changes most.

    A module that mixes all positions answers anywhere: only one and the same displacement of all places is a failure.
    """
    notes = []
    for number, args in given(session):
        row = session.patched.model[number]
        if session.case["rows"][number]["mixes"]:
            notes.append("row {} mixes positions by design".format(number))
            continue
        strongest = None
        with undisturbed(row):
            try:
                strongest = answers(row, args)
            except (RuntimeError, ValueError, AssertionError):
                pass  # a module for other sizes, which the checks of whole models judge
        if strongest is None:
            notes.append("row {}: not comparable".format(number))
            continue
        what = displacement(strongest)
        if what:
            raise Failed("row {} ({}): its output is {}".format(number, type(row).__name__, what))
    if notes and len(notes) == len(session.new):
        raise Skip("; ".join(notes))
    return "; ".join(notes)


def answers(row, args):
    """Give for each touched place the map of changes, `SIDE` x `SIDE`; None for a row that gives no such map."""
    generator = torch.Generator().manual_seed(3)
    plain = square(args, SIDE, lambda shape: torch.randn(shape, generator=generator))
    if plain is None:
        return None
    before = yp_build.tensors(quietly(row, plain))
    if len(before) != 1 or before[0].dim() != 4 or before[0].shape[2] != before[0].shape[3]:
        return None
    size = before[0].shape[2]
    found = []
    for place in PLACES:
        after = yp_build.tensors(quietly(row, mapped(plain, lambda t, p=place: touched(t, p))))[0]
        change = (after.float() - before[0].float()).abs().mean((0, 1))
        if not bool(torch.isfinite(change).all()):
            return None
        if size > SIDE:
            change = torch.nn.functional.adaptive_max_pool2d(change[None, None], SIDE)[0, 0]
        elif size < SIDE:
            change = torch.nn.functional.interpolate(change[None, None], size=(SIDE, SIDE))[0, 0]
        found.append(change)
    return found


def touched(tensor, place):
    """Add to all channels of one place; of the cells that share it, where the map is larger than the smallest one."""
    cell = tensor.shape[2] // SIDE
    row, column = place[0] * cell, place[1] * cell
    tensor = tensor.clone()
    tensor[:, :, row : row + cell, column : column + cell] += 3.0
    return tensor


def displacement(changes):
    """Say how all places were displaced, "" where they stand or are displaced in no common way."""
    peaks = [(int(change.argmax()) // SIDE, int(change.argmax()) % SIDE) for change in changes]
    strong = all(
        float(change[peak]) > TIMES * around(change, place) for change, place, peak in zip(changes, PLACES, peaks)
    )
    if not strong:
        return ""
    for what, transform in TRANSFORMS.items():
        if all(near(peak, transform(*place)) for place, peak in zip(PLACES, peaks)):
            return what
    shifts = {((peak[0] - place[0]) % SIDE, (peak[1] - place[1]) % SIDE) for place, peak in zip(PLACES, peaks)}
    wrapped = any(
        peak != (place[0] + down, place[1] + right)
        for down, right in [signed(*shift) for shift in shifts]
        for place, peak in zip(PLACES, peaks)
    )
    if len(shifts) == 1 and wrapped:
        return "shifted by {} rows and {} columns, round the edge".format(*signed(*next(iter(shifts))))
    return ""


def signed(down, right):
    """Give a shift modulo the side as the smaller of both ways."""
    return (down - SIDE if down > SIDE // 2 else down), (right - SIDE if right > SIDE // 2 else right)


def around(change, place):
    """Give the strongest change within reach of a place."""
    row, column = place
    part = change[max(row - REACH, 0) : row + REACH + 1, max(column - REACH, 0) : column + REACH + 1]
    return float(part.max())


def near(one, other):
    """Tell whether two places lie within reach."""
    return abs(one[0] - other[0]) <= REACH and abs(one[1] - other[1]) <= REACH


CHECKS = {"space": space}
