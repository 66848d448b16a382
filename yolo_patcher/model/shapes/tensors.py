"""The arithmetic of shapes: what torch's operations make of the dimensions of tensors."""

from __future__ import annotations

import math
from collections.abc import Sequence

from yolo_patcher.model.shapes.values import UNKNOWN, CannotTell, Tensor, Unequal

Size = int | None
_LARGEST = 2**62


def size(value: object) -> Size:
    """Give a value as a dimension; None where it is no whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def sizes(value: object) -> list[Size]:
    """Give a list of values as dimensions."""
    return [size(one) for one in value] if isinstance(value, list | tuple) else []


def axis(tensor: Tensor, value: object) -> int:
    """Give the place of a dimension, counted from the front.

    Raises:
        CannotTell: there is none, or it can't be told which.
    """
    place = size(value)
    if place is None or not -len(tensor.dims) <= place < len(tensor.dims):
        raise CannotTell
    return place % len(tensor.dims)


def with_dim(tensor: Tensor, place: int, value: Size) -> Tensor:
    """Give a shape with another dimension at a place."""
    return Tensor((*tensor.dims[:place], value, *tensor.dims[place + 1 :]))


def broadcast(one: object, other: object) -> object:
    """Give the shape of a sum or product; what can't be told is taken not to be larger than what can.

    Raises:
        Unequal: the sizes do not fit.
    """
    if not isinstance(one, Tensor) or not isinstance(other, Tensor):
        known = one if isinstance(one, Tensor) else other
        alone = UNKNOWN not in (one, other)
        if not isinstance(known, Tensor):
            return UNKNOWN
        return known if alone else Tensor(tuple(None if dim == 1 else dim for dim in known.dims))
    rank = max(len(one.dims), len(other.dims))
    left, right = (((1,) * (rank - len(each.dims)) + each.dims) for each in (one, other))
    return Tensor(tuple(_wider(*pair) for pair in zip(left, right, strict=True)))


def _wider(one: Size, other: Size) -> Size:
    if one == other or other == 1:
        return one
    if one == 1:
        return other
    if one is None or other is None:
        return one if other is None else other
    raise Unequal


def joined(tensors: object, place: object) -> object:
    """Give the shape of a concatenation.

    Raises:
        Unequal: the other dimensions differ.
    """
    if not isinstance(tensors, list | tuple):
        return UNKNOWN
    known = [one for one in tensors if isinstance(one, Tensor)]
    if not known or len({len(one.dims) for one in known}) > 1:
        return UNKNOWN
    along = axis(known[0], place)
    dims = [
        _alike([one.dims[number] for one in known]) if number != along else None for number in range(len(known[0].dims))
    ]
    parts = [one.dims[along] for one in known]
    if len(known) == len(tensors) and None not in parts:
        dims[along] = sum(part for part in parts if part is not None)
    return Tensor(tuple(dims))


def _alike(dims: Sequence[Size]) -> Size:
    known = {dim for dim in dims if dim is not None}
    if len(known) > 1:
        raise Unequal
    return known.pop() if known else None


def viewed(tensor: object, shape: object) -> object:
    """Give the shape of `view` or `reshape`."""
    if not isinstance(shape, list | tuple) or not shape:
        return UNKNOWN
    dims = sizes(shape)
    open_places = [place for place, dim in enumerate(dims) if dim == -1]
    whole = volume(tensor)
    if len(open_places) == 1:
        others = [dim for dim in dims if dim != -1]
        rest = None if None in others else math.prod(dim for dim in others if dim is not None)
        dims[open_places[0]] = whole // rest if whole is not None and rest and whole % rest == 0 else None
    return Tensor(tuple(dims))


def volume(tensor: object) -> Size:
    """Give the number of a tensor's entries."""
    if not isinstance(tensor, Tensor) or None in tensor.dims:
        return None
    whole = math.prod(dim for dim in tensor.dims if dim is not None)
    return whole if whole < _LARGEST else None


def flattened(tensor: Tensor, first: int, last: int) -> Tensor:
    """Give the shape with some dimensions in one."""
    inner = volume(Tensor(tensor.dims[first : last + 1]))
    return Tensor((*tensor.dims[:first], inner, *tensor.dims[last + 1 :]))


def split(tensor: Tensor, place: int, parts: Sequence[Size]) -> list[object]:
    """Give the parts of a tensor along a dimension."""
    return [with_dim(tensor, place, part) for part in parts]


def chunked(tensor: Tensor, count: int, place: int) -> list[object]:
    """Give the equal parts of `chunk`."""
    whole = tensor.dims[place]
    each = None if whole is None or whole % count else whole // count
    return split(tensor, place, [each] * count)


def matmul(one: object, other: object) -> object:
    """Give the shape of a matrix product."""
    if not isinstance(one, Tensor) or not isinstance(other, Tensor) or min(len(one.dims), len(other.dims)) < 2:
        return UNKNOWN
    batch = broadcast(Tensor(one.dims[:-2]), Tensor(other.dims[:-2]))
    return Tensor((*batch.dims, one.dims[-2], other.dims[-1])) if isinstance(batch, Tensor) else UNKNOWN


def indexed(tensor: Tensor, places: Sequence[object]) -> object:
    """Give the shape of `x[...]`, with slices as `slice` objects of plain numbers."""
    counted = sum(1 for place in places if place is not None and place is not Ellipsis)
    if counted > len(tensor.dims) or any(_is_strange(place) for place in places):
        return UNKNOWN
    left = list(tensor.dims)
    dims: list[Size] = []
    for place in places:
        if place is Ellipsis:
            skipped = len(left) - (
                counted - sum(1 for one in places[: list(places).index(Ellipsis)] if one is not None)
            )
            dims += left[:skipped]
            del left[:skipped]
        elif place is None:
            dims.append(1)
        else:
            dim = left.pop(0)
            if isinstance(place, slice):
                dims.append(_sliced(dim, place))
    return Tensor((*dims, *left))


def _is_strange(place: object) -> bool:
    return not (place is None or place is Ellipsis or isinstance(place, slice | int))


def _sliced(dim: Size, part: slice) -> Size:
    if part == slice(None):
        return dim
    if dim is None or any(not isinstance(one, int | None) for one in (part.start, part.stop, part.step)):
        return None
    return len(range(dim)[part])
