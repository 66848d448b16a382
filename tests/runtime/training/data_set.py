"""A tiny detection data set in YOLO's layout: coloured rectangles on grey, written with the standard library alone."""

from __future__ import annotations

import json
import random
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

SIZE = 64
COLOURS = {"red": (220, 30, 30), "blue": (30, 30, 220)}
_GREY = (114, 114, 114)


def make_data_set(folder: Path, train: int = 8, val: int = 4) -> Path:
    """Write `train` + `val` images of 64 x 64 with one rectangle of each class, their labels, and give data.yaml."""
    numbers = random.Random(0)
    for split, count in {"train": train, "val": val}.items():
        images, labels = folder / "images" / split, folder / "labels" / split
        images.mkdir(parents=True)
        labels.mkdir(parents=True)
        for index in range(count):
            boxes = [_box(numbers) for _ in COLOURS]
            (images / f"{index}.png").write_bytes(_png(boxes))
            lines = [f"{label} {_normalized(box)}\n" for label, box in enumerate(boxes)]
            (labels / f"{index}.txt").write_text("".join(lines), encoding="utf-8")
    data = {"path": str(folder), "train": "images/train", "val": "images/val", "nc": 2, "names": list(COLOURS)}
    file = folder / "data.yaml"
    file.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")  # JSON is YAML
    return file


def _box(numbers: random.Random) -> tuple[int, int, int, int]:
    """Draw left, top, width and height in pixels."""
    width, height = numbers.randint(16, 32), numbers.randint(16, 32)
    return numbers.randint(0, SIZE - width), numbers.randint(0, SIZE - height), width, height


def _normalized(box: tuple[int, int, int, int]) -> str:
    left, top, width, height = box
    values = ((left + width / 2) / SIZE, (top + height / 2) / SIZE, width / SIZE, height / SIZE)
    return " ".join(f"{value:.6f}" for value in values)


def _png(boxes: list[tuple[int, int, int, int]]) -> bytes:
    """Draw the boxes in their classes' colours: 8 bits, RGB, no filter."""
    rows = b"".join(b"\0" + bytes(_row(boxes, y)) for y in range(SIZE))
    header = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _row(boxes: list[tuple[int, int, int, int]], y: int) -> Iterator[int]:
    for x in range(SIZE):
        colour = _GREY
        for (left, top, width, height), own in zip(boxes, COLOURS.values(), strict=True):
            if left <= x < left + width and top <= y < top + height:
                colour = own
        yield from colour


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
