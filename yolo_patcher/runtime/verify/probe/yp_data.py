"""A detection data set of a few small images in YOLO's layout, written with the standard library alone."""

import json
import os
import random
import struct
import zlib

SIDE = 64
COLOURS = {"red": (220, 30, 30), "blue": (30, 30, 220)}
GREY = (114, 114, 114)


def write(folder, train=8, val=4):
    """Write images with a rectangle of each colour, and their labels; give the path of the file that describes them."""
    numbers = random.Random(0)
    for split, count in (("train", train), ("val", val)):
        images, labels = (os.path.join(folder, kind, split) for kind in ("images", "labels"))
        os.makedirs(images)
        os.makedirs(labels)
        for index in range(count):
            boxes = [box(numbers) for _ in COLOURS]
            with open(os.path.join(images, "{}.png".format(index)), "wb") as file:
                file.write(png(boxes))
            with open(os.path.join(labels, "{}.txt".format(index)), "w") as file:
                file.write("".join("{} {}\n".format(label, shares(one)) for label, one in enumerate(boxes)))
    path = os.path.join(folder, "data.yaml")
    described = {
        "path": folder, "train": os.path.join(folder, "images", "train"), "val": os.path.join(folder, "images", "val"),
        "nc": len(COLOURS), "names": list(COLOURS),
    }  # fmt: skip
    with open(path, "w") as file:
        json.dump(described, file)  # JSON is YAML
    return path


def box(numbers):
    """Draw left, top, width and height in pixels."""
    width, height = numbers.randint(16, 32), numbers.randint(16, 32)
    return numbers.randint(0, SIDE - width), numbers.randint(0, SIDE - height), width, height


def shares(one):
    """Give middle, width and height of a box as shares of the image."""
    left, top, width, height = one
    values = left + width / 2.0, top + height / 2.0, width, height
    return " ".join("{:.6f}".format(value / float(SIDE)) for value in values)


def png(boxes):
    """Draw the boxes in their colours: 8 bits, RGB, no filter."""
    rows = b"".join(b"\0" + bytes(part for x in range(SIDE) for part in colour(boxes, x, y)) for y in range(SIDE))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content) & 0xFFFFFFFF)
        for name, content in parts
    )


def colour(boxes, x, y):
    """Give the colour of a pixel."""
    found = GREY
    for (left, top, width, height), own in zip(boxes, COLOURS.values()):
        if left <= x < left + width and top <= y < top + height:
            found = own
    return found
