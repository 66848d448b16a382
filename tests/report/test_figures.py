from __future__ import annotations

from dataclasses import replace

import pytest
from reporting import COSTS

from yolo_patcher.report.figures import cost_lines, count, milliseconds, share, size
from yolo_patcher.runtime.verify.costs import Amount, Latency, Spread


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00 k"),
        (-43_008, "-43.0 k"),
        (999_499, "999 k"),
        (999_500, "1.00 M"),
        (1_234_567, "1.23 M"),
        (8_743_987_200, "8.74 G"),
        (10**18, "1000 P"),
    ],
)
def test_count(number: int, text: str) -> None:
    assert count(number) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.00 KiB"), (21_305_344, "20.3 MiB"), (2**40, "1.00 TiB")],
)
def test_size(number: int, text: str) -> None:
    assert size(number) == text


def test_milliseconds_and_share() -> None:
    assert milliseconds(Spread(0.1234, 0.1, 0.99999)) == "0.123 ms (0.100 to 1.00)"
    assert milliseconds(Spread(123.4, 99.94, 99.96)) == "123 ms (99.9 to 100)"
    assert share(21_504, 3_157_200) == "+0.68 %"
    assert share(-1, 4) == "-25.00 %"
    assert share(1, 0) == "–"


def test_cost_lines() -> None:
    assert cost_lines(COSTS) == [
        ("parameters", "3,157,200", "3,158,000", "+800", "+0.03 %"),
        ("FLOPs", "8.74 G", "8.74 G", "+43.0 k", "+0.00 %"),
        ("peak memory, inference", "20.3 MiB", "20.3 MiB", "0 B", "+0.00 %"),
        ("peak memory, training, 1 image", "194 MiB", "200 MiB", "+5.99 MiB", "+3.08 %"),
        ("latency", "12.3 ms (12.1 to 12.9)", "12.6 ms (12.2 to 13.1)", "+0.210 ms (0.150 to 0.290)", "+1.70 %"),
    ]


def test_what_is_missing_is_a_dash() -> None:
    lines = cost_lines(replace(COSTS, flops=None, training_memory=None, training_batch=0, latency=None))
    for number in (1, 3, 4):
        assert lines[number][1:] == ("–",) * 4
    assert lines[3][0] == "peak memory, training"


@pytest.mark.parametrize(
    ("pairs", "slower", "noise"),
    [(5, 5, True), (6, 6, False), (6, 0, False), (6, 5, True), (20, 10, True), (20, 14, True), (20, 15, False)],
)
def test_a_difference_that_a_sign_test_does_not_see_is_noise(pairs: int, slower: int, noise: bool) -> None:
    """The bounds of the two-sided binomial test at 0.05, as tables give them."""
    one = Spread(10.0, 9.0, 11.0)
    latency = Latency(pairs, slower, one, one, Spread(-1.0, -2.0, -0.5))
    assert latency.is_noise is noise
    assert cost_lines(replace(COSTS, latency=latency))[4][4] == ("within noise" if noise else "-10.00 %")


def test_amount_as_json() -> None:
    assert Amount(5, 3).as_json() == {"base": 5, "patched": 3, "added": -2}
