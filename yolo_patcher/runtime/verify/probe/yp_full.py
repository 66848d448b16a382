"""The check `full`: a training step at the size and with the batch that the checkout trains with by default."""

import gc

import torch
import yp_trainer
from yp_checks import require_finite
from yp_report import Failed, Skip, out_of_memory
from yp_training import gradients, step

# Beside what the graph of gradients keeps there are gradients, the allocator's remains and the system.
SHARE = 0.5


def full(session):
    """Train one step; with the largest batch that fits where the default one does not."""
    side = -(-yp_trainer.side(session.package, session.case["final"]) // session.stride) * session.stride
    wanted = yp_trainer.batch(session.package, session.case["final"])
    batch = wanted if session.device.type == "cuda" else min(wanted, fitting(session, side))
    session.steps += 1
    while True:
        image = session.image(batch, side, side)
        try:
            output = session.against_base(("full", batch), lambda model, image=image: step(model, image))
            break
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error) or batch == 1:
                raise
        except Skip as reason:
            if "out of memory" not in str(reason) or batch == 1:
                raise
        session.patched.zero_grad()
        gc.collect()
        batch //= 2
    require_finite(output, "the training output")
    for number in session.new:
        for name, state in gradients(session.patched)[number].items():
            if state in (None, "not finite"):
                what = "no gradient" if state is None else "a gradient that is not finite"
                raise Failed("row {}: parameter {} gets {} at {} x {}".format(number, name, what, side, side))
    session.patched.zero_grad()
    said = "{} x {}, batch {}".format(side, side, batch)
    return said if batch == wanted else said + ", the largest that fits; the default is {}".format(wanted)


def fitting(session, side):
    """Give how many images the memory of this machine takes at once, at least one."""
    try:
        with open("/proc/meminfo", encoding="utf-8") as file:
            free = next(int(line.split()[1]) << 10 for line in file if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return 4
    if not hasattr(torch.autograd, "graph") or not hasattr(torch.autograd.graph, "saved_tensors_hooks"):
        return 4
    seen = {}

    def pack(tensor):
        seen[tensor.data_ptr()] = max(seen.get(tensor.data_ptr(), 0), tensor.numel() * tensor.element_size())
        return tensor

    image = session.image(2)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        session.patched.train()
        session.patched(image)
    small = sum(seen.values()) / 2.0
    return max(1, int(SHARE * free / (small * (side / float(image.shape[2])) ** 2)))


CHECKS = {"full": full}
