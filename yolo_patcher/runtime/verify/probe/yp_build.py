"""Building a model as the checkout's own users do, and the few facts about it that the checks need."""

import random
import sys

import torch

CLASSES = (
    ("RTDETRDecoder", ("RTDETRDetectionModel",)),
    ("WorldDetect", ("WorldModel",)),
    ("YOLOESegment", ("YOLOESegModel",)),
    ("YOLOE", ("YOLOEModel",)),
    ("SemanticSegment", ("SemanticSegmentationModel",)),
    ("Segment", ("SegmentationModel",)),
    ("Pose", ("PoseModel",)),
    ("OBB", ("OBBModel",)),
    ("Classify", ("ClassificationModel",)),
    ("Depth", ("DepthModel",)),
)


def model_class(module, final):
    """Give the class of the checkout that takes a model YAML whose final row is `final`."""
    for prefix, names in (*CLASSES, ("", ())):
        if final.startswith(prefix):
            for name in (*names, "DetectionModel", "Model"):
                if hasattr(module, name):
                    return getattr(module, name)
    raise AttributeError("{} has no DetectionModel and no Model".format(module.__name__))


def seed_everything(seed):
    """Seed all generators that an initialisation may draw from."""
    random.seed(seed)
    torch.manual_seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed)


def build(module, name, final, seed):
    """Build the model `name`, on the CPU."""
    seed_everything(seed)
    return model_class(module, final)(name)


def run_training(model, image):
    """Run a model as its training does; RTDETR's decoder wants to see the objects on the images."""
    if type(model.model[-1]).__name__ != "RTDETRDecoder":
        return model(image)
    count = image.shape[0]
    objects = {
        "cls": torch.zeros(count, dtype=torch.long, device=image.device),
        "bboxes": torch.full((count, 4), 0.5, device=image.device),
        "batch_idx": torch.arange(count, device=image.device),
        "gt_groups": [1] * count,
    }
    return model.predict(image, batch=objects)


def largest_stride(model):
    """Give the largest stride in pixels; 32 for a classifier, which says 1 or nothing."""
    stride = getattr(model, "stride", None)
    try:
        largest = int(max(float(value) for value in torch.as_tensor(stride).flatten()))
    except (TypeError, ValueError, RuntimeError):
        return 32
    return largest if largest >= 8 else 32


def image(batch, height, width, device, seed, channels=3):
    """Give a random image batch in [0, 1], the same on every device."""
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(batch, channels, height, width, generator=generator).to(device)


def channels(model):
    """Give the number of channels of the image that the model takes."""
    return int((getattr(model, "yaml", None) or {}).get("ch", (getattr(model, "yaml", None) or {}).get("channels", 3)))


def tensors(output):
    """Give every tensor in a nested output, in a stable order."""
    if isinstance(output, torch.Tensor):
        return [output]
    if isinstance(output, dict):
        return [t for key in sorted(output, key=str) for t in tensors(output[key])]
    if isinstance(output, (list, tuple)):
        return [t for part in output for t in tensors(part)]
    return []


def shapes(output):
    """Give the nested shape of an output: lists for tensors, the same nesting for everything else."""
    if isinstance(output, torch.Tensor):
        return list(output.shape)
    if isinstance(output, dict):
        return {str(key): shapes(output[key]) for key in sorted(output, key=str)}
    if isinstance(output, (list, tuple)):
        return [shapes(part) for part in output]
    return type(output).__name__


def sources(row):
    """Give the absolute rows that a live module reads; -1 is the image."""
    read = row.f if isinstance(row.f, (list, tuple)) else [row.f]
    return [row.i + f if f < 0 else f for f in read]


def dead_rows(graph):
    """Give the rows that do not reach the last one."""
    alive, todo = set(), [len(graph) - 1]
    while todo:
        row = todo.pop()
        if row >= 0 and row not in alive:
            alive.add(row)
            todo.extend(graph[row])
    return [row for row in range(len(graph)) if row not in alive]


def graph(todo):
    """Give the names of all nodes that a backward pass from these would go through."""
    return {type(node).__name__ for node in nodes(todo)}


def nodes(todo):
    """Give all nodes that a backward pass from these would go through."""
    todo = list(todo)
    seen = set(todo)
    while todo:
        for node, _ in todo.pop().next_functions:
            if node is not None and node not in seen:
                seen.add(node)
                todo.append(node)
    return seen
