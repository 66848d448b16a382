"""Numbers as people read them: three digits and a unit."""

from __future__ import annotations

from collections.abc import Callable

from yolo_patcher.runtime.verify.costs import Amount, Costs, Latency, Spread

NONE = "–"
_SI = ("", " k", " M", " G", " T", " P")
_BINARY = (" B", " KiB", " MiB", " GiB", " TiB")


def count(number: int) -> str:
    """Write a count: `272`, `12.3 k`, `1.23 M`, `8.74 G`."""
    return _scaled(number, 1000, _SI)


def size(number: int) -> str:
    """Write a number of bytes: `272 B`, `20.3 MiB`."""
    return _scaled(number, 1024, _BINARY)


def _scaled(number: int, step: int, units: tuple[str, ...]) -> str:
    value, unit = float(number), 0
    # 999.5 would be written 1000 with three digits.
    while abs(value) >= (step if unit == 0 else 999.5) and unit < len(units) - 1:
        value, unit = value / step, unit + 1
    return f"{number}{units[0]}" if unit == 0 else f"{three_digits(value)}{units[unit]}"


def three_digits(value: float) -> str:
    """Write a number with three digits, all digits where it has more before the point."""
    for digits, most in ((2, 9.995), (1, 99.95)):
        if abs(value) < most:
            return f"{value:.{digits}f}"
    return f"{value:.0f}"


def milliseconds(spread: Spread) -> str:
    """Write a median with its quartiles: `12.3 ms (12.1 to 12.9)`."""
    return f"{_time(spread.median)} ms ({_time(spread.q1)} to {_time(spread.q3)})"


def _time(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 0.9995 else three_digits(value)


def share(added: float, base: float) -> str:
    """Write a growth in per cent: `+0.37 %`; nothing to compare with gives a dash."""
    return f"{100 * added / base:+.2f} %" if base else NONE


def cost_lines(costs: Costs) -> list[tuple[str, ...]]:
    """Give the lines of a table: what it is, of the base, of the patched model, added, growth; dashes for nothing."""
    batch = costs.training_batch
    images = "" if not batch else ", 1 image" if batch == 1 else f", {batch} images"
    return [
        ("parameters", *_amount(costs.parameters, "{:,}".format)),
        ("FLOPs", *_amount(costs.flops, count)),
        ("peak memory, inference", *_amount(costs.inference_memory, size)),
        (f"peak memory, training{images}", *_amount(costs.training_memory, size)),
        ("latency", *_latency(costs.latency)),
    ]


def _amount(amount: Amount | None, write: Callable[[int], str]) -> tuple[str, ...]:
    if amount is None:
        return (NONE,) * 4
    sign = "+" if amount.added > 0 else ""
    return write(amount.base), write(amount.patched), sign + write(amount.added), share(amount.added, amount.base)


def _latency(latency: Latency | None) -> tuple[str, ...]:
    if latency is None:
        return (NONE,) * 4
    added = latency.added
    growth = "within noise" if latency.is_noise else share(added.median, latency.base.median)
    sign = "+" if added.median > 0 else ""
    return milliseconds(latency.base), milliseconds(latency.patched), sign + milliseconds(added), growth
