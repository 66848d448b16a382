"""What a patch costs: FLOPs, peak memory and latency of the base and of the patched model, on one image size."""

import gc
import time

import torch
import yp_build
from yp_look import evaluate
from yp_machine import device_name
from yp_report import Skip

USUAL_SIDE = 640
CLASSIFIER_SIDE = 224
SECONDS = 3.0
WARM_UP = 3
# With six pairs a sign test can tell two models apart at one in twenty; with five it never can.
FEWEST = 6
MOST = 200


def measure(session):
    """Answer every figure; one that can't be had is null, with the reason under `missing`."""
    image = session.image(1, *side(session))
    missing = {}

    def figure(name, function):
        try:
            return function()
        except Skip as reason:
            missing[name] = str(reason)
        except Exception as error:
            missing[name] = session.report.describe(error)
        finally:
            forget_gradients(session)

    cuda = session.device.type == "cuda"
    fields = {
        "image": list(image.shape),
        "device_name": device_name(session.device),
        "threads": None if cuda else torch.get_num_threads(),
        "flops": figure("flops", lambda: flops(session, image)),
        "inference": figure("inference memory", lambda: inference_memory(session, image)),
        "training": figure("training memory", lambda: training_memory(session, image)),
        "latency": figure("latency", lambda: latency(session, image)),
    }
    session.report.event("costs", case=session.number, seed=session.seed, missing=missing, **fields)


def side(session):
    """Give height and width: what was asked for, or what the task's users take, as a multiple of the stride."""
    usual = CLASSIFIER_SIDE if session.case["final"].startswith("Classify") else USUAL_SIDE
    pixels = -(-(session.case["costs"] or usual) // session.stride) * session.stride
    return pixels, pixels


def models(session):
    """Give both models by what they are called in the answer."""
    return (("base", session.base.model), ("patched", session.patched))


def flops(session, image):
    """Count the FLOPs of one forward, and those of every new row: matrix products and convolutions, nothing else.

    A multiplication and its addition are two. Elementwise operations, normalisations and pooling are not counted.
    """
    try:
        from torch.utils.flop_counter import FlopCounterMode
    except ImportError as error:
        raise Skip("torch {} has no torch.utils.flop_counter (2.1 has)".format(torch.__version__)) from error
    found = {}
    for name, model in models(session):
        evaluate(model, image)  # what is done once, anchors for one
        counter, rows, hooks = FlopCounterMode(display=False), {}, []
        for number in session.new if model is session.patched else ():
            hooks += count_row(model.model[number], number, counter, rows)
        try:
            with counter:
                evaluate(model, image)
        finally:
            for hook in hooks:
                hook.remove()
        found[name] = counter.get_total_flops()
    found["rows"] = {str(number): rows.get(number, 0) for number in session.new}
    return found


def count_row(row, number, counter, rows):
    """Have what is counted while `row` runs added to `rows[number]`; give the hooks."""
    before = []

    def enter(module, inputs):
        before.append(counter.get_total_flops())

    def leave(module, inputs, output):
        rows[number] = rows.get(number, 0) + counter.get_total_flops() - before.pop()

    return [row.register_forward_pre_hook(enter), row.register_forward_hook(leave)]


def inference_memory(session, image):
    """Give the peak, in bytes, of one forward without gradients in evaluation mode."""
    found = {}
    for name, model in models(session):
        found[name] = peak(session.device, lambda model=model: evaluate(model, image))
    return found


def training_memory(session, image):
    """Give the peak, in bytes, of one forward and backward in training mode, with gradients already there.

    Of one image, or of two where normalisation over one value keeps one of the models from training on one.
    """
    for batch in (1, 2):
        try:
            images = image.expand(batch, -1, -1, -1).contiguous()
            found = {"batch": batch}
            for name, model in models(session):
                model.train()
                found[name] = peak(session.device, lambda model=model, images=images: backward(model, images))
            return found
        except ValueError:
            if batch == 2:
                raise


def backward(model, images):
    """Run forward and backward on the mean square of everything that comes out, adding to the gradients."""
    output = yp_build.run_training(model, images)
    sum(t.float().pow(2).mean() for t in yp_build.tensors(output) if t.requires_grad).backward()


def peak(device, function):
    """Give the most bytes that `function` had allocated at one time, beyond what was there before it."""
    function()  # so that gradients, anchors and the libraries' own buffers are there
    gc.collect()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        function()
        torch.cuda.synchronize(device)
        return torch.cuda.max_memory_allocated(device) - before
    from torch.autograd import profiler

    with profiler.profile(profile_memory=True) as record:
        function()
    results = getattr(record, "kineto_results", None)
    changes = [event for event in results.events() if event.name() == "[memory]"] if results is not None else []
    if not changes:
        raise Skip("the profiler of torch {} does not say what was allocated".format(torch.__version__))
    changes.sort(key=lambda event: event.start_ns() if hasattr(event, "start_ns") else event.start_us())
    now, most = 0, 0
    for change in changes:
        now += change.nbytes()
        most = max(most, now)
    return most


def latency(session, image):
    """Time one forward in evaluation mode: both models in turns, so that both meet the same state of the machine."""
    pair = [model.eval() for _, model in models(session)]
    with torch.no_grad():
        started = time.time()
        for number in range(WARM_UP):
            if number == 0 or time.time() - started < SECONDS:
                for model in pair:
                    timed(session.device, model, image)
        taken = [], []
        started = time.time()
        while len(taken[0]) < FEWEST or (len(taken[0]) < MOST and time.time() - started < SECONDS):
            first = len(taken[0]) % 2
            for which in (first, 1 - first):
                taken[which].append(timed(session.device, pair[which], image))
    base, patched = taken
    added = [after - before for before, after in zip(base, patched)]
    found = {"base": spread(base), "patched": spread(patched), "added": spread(added)}
    return dict(found, pairs=len(base), slower=sum(one > 0 for one in added))


def timed(device, model, image):
    """Give the milliseconds of one forward."""
    if device.type == "cuda":
        with torch.cuda.device(device):
            start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            torch.cuda.synchronize()
            start.record()
            model(image)
            end.record()
            torch.cuda.synchronize()
            return start.elapsed_time(end)
    start = time.perf_counter()
    model(image)
    return 1000 * (time.perf_counter() - start)


def spread(values):
    """Give the median and the quartiles."""
    return {name: quantile(values, share) for name, share in (("q1", 0.25), ("median", 0.5), ("q3", 0.75))}


def quantile(values, share):
    """Give the value below which `share` of the values lie, between the nearest two in proportion."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def forget_gradients(session):
    """Leave no gradients to the figure that comes next."""
    for _, model in models(session):
        for parameter in model.parameters():
            parameter.grad = None
