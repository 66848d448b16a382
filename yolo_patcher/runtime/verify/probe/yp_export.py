"""The check `export`: what TorchScript, torch.compile and ONNX make of the patched model gives its numbers."""

import copy
import os
import tempfile
import warnings

import torch
import yp_build
import yp_opset
from yp_look import evaluate
from yp_report import Failed, Skip

RELATIVE = 1e-4


def export(session):
    """Trace it, compile the new rows without a break of the graph, and run it by onnxruntime at two sizes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer's, which the unpatched model causes by the dozen
        notes = [traced(session), compiled(session)]
        try:
            import onnx
            import onnxruntime
        except ImportError as error:
            missing = "ONNX needs onnx and onnxruntime in that Python ({}): pip install onnx onnxruntime"
            raise Skip("; ".join([*notes, missing.format(error)])) from error
        onnxruntime.set_default_logger_severity(3)
        try:
            notes.append(as_onnx(session, yp_opset.opset(session, onnx), onnxruntime))
        except Skip as reason:
            raise Skip("; ".join([*notes, str(reason)])) from reason
    return "; ".join(notes)


def exportable(model, form, dynamic=False):
    """Give a copy as the repositories export it: fused, in eval(), its final row told that it is exported."""
    evaluate(model, torch.zeros(1, yp_build.channels(model), 64, 64, device=next(model.parameters()).device))
    model = copy.deepcopy(model).eval()
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    if hasattr(model, "fuse"):
        model = model.fuse().eval()
    last = model.model[-1]
    for name, value in (("export", True), ("dynamic", dynamic), ("format", form), ("inplace", False)):
        if hasattr(last, name):
            setattr(last, name, value)
    return model


def traced(session):
    """Compare the trace made with one image on another one of the same size."""
    image, other = session.image(2)[:1], session.image(2)[1:]

    def run(model):
        model = exportable(model, "torchscript")
        expect = evaluate(model, other)
        evaluate(model, image)  # the anchors of this size are made before the trace, as the repositories do
        script = torch.jit.trace(model, image, strict=False, check_trace=False)
        return gap(numbers_of(expect), numbers_of(script(other)))

    try:
        return judge(session, "TorchScript", run)
    except Skip as reason:
        return str(reason)


def judge(session, form, run):
    """Fail where the patched model's numbers are off; raise Skip where the unpatched model's are as well."""
    try:
        found = session.against_base(("export", form), run)
    except Skip as reason:
        raise Skip("{}: {}".format(form, reason)) from reason
    if found > RELATIVE:
        base, error = session.base.ask(("export", form), run)
        if error is not None or base > RELATIVE:
            raise Skip("{}: the unpatched model gives other numbers as well".format(form))
        raise Failed("{} gives other numbers than the model itself: by {:.1g} of the largest".format(form, found))
    return form


def numbers_of(output):
    """Give an output's tensors of numbers."""
    return [t.detach().cpu().float() for t in yp_build.tensors(output)]


def gap(expected, found):
    """Give the largest difference, relative to the largest value of its tensor; as far as both have tensors."""
    worst = 0.0
    for one, other in zip(expected, found):
        if one.shape != other.shape:
            return float("inf")
        if one.numel():
            far = float((one - other).abs().max() / one.abs().max().clamp(min=1e-6))
            worst = max(worst, float("inf") if far != far else far)
    return worst


def compiled(session):
    """Compile every new row by itself for the inputs that it really gets; no compiler is needed for the graph."""
    if not hasattr(torch, "compile"):
        return "torch.compile: needs torch 2.0"
    inputs, hooks = {}, []
    for number in session.new:
        row = session.patched.model[number]
        keep = lambda _, given, n=number: inputs.__setitem__(n, [copy_of(part) for part in given])  # noqa: E731
        hooks.append(row.register_forward_pre_hook(keep))
    try:
        evaluate(session.patched, session.image())
    finally:
        for hook in hooks:
            hook.remove()
    try:
        small = torch.nn.Conv2d(1, 1, 1)
        torch.compile(small, fullgraph=True, backend="eager")(torch.zeros(1, 1, 4, 4))
    except Exception as error:
        return "torch.compile: does not work in this Python ({})".format(type(error).__name__)
    for number, given in inputs.items():
        row = session.patched.model[number].eval()
        with torch.no_grad():
            expect = row(*[copy_of(part) for part in given])
            try:
                found = torch.compile(row, fullgraph=True, backend="eager")(*given)
            except Exception as error:
                first = str(error).strip().splitlines()[0]
                raise Failed("row {}: torch.compile needs a break of the graph: {}".format(number, first)) from error
        if gap(numbers_of(expect), numbers_of(found)) > RELATIVE:
            raise Failed("row {}: torch.compile gives other numbers than the module itself".format(number))
    return "torch.compile"


def copy_of(part):
    """Copy a row's input, one tensor or a list of them."""
    return part.clone() if torch.is_tensor(part) else [copy_of(one) for one in part]


def as_onnx(session, opset, runtime):
    """Compare what onnxruntime gives, at two sizes: of one file for all sizes, else of one for each."""
    square, other = session.image(2), session.image(2, 3 * session.stride, 5 * session.stride)

    def run(model, size=None):
        worst = 0.0
        model = exportable(model, "onnx", dynamic=size is None)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "model.onnx")
            write_onnx(model, (square if size is None else size)[:1], path, opset, size is None)
            options = runtime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            inference = runtime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
            for image in (square, other) if size is None else (size,):
                given = image[1:]  # not the one of the export, so that nothing of it can be a constant unnoticed
                expect = numbers_of(evaluate(model, given))
                name = inference.get_inputs()[0].name
                found = [torch.from_numpy(a).float() for a in inference.run(None, {name: given.cpu().numpy()})]
                worst = max(worst, gap(expect, found))
        return worst

    form = "ONNX opset {}".format(opset)
    try:
        return judge(session, form + " for any size", run)
    except (Failed, Skip):
        raise
    except Exception as error:
        # Loud, so that nobody is misled; both hosts export for one size unless they are asked for more.
        for size in (square, other):
            at = "{} at {} x {}".format(form, *size.shape[2:])
            judge(session, at, lambda model, size=size: run(model, size))
        reason = " ".join(str(error).split())[:160]
        return "{}, for a fixed size only ({}: {})".format(form, type(error).__name__, reason)


def write_onnx(model, image, path, opset, dynamic):
    """Export by the exporter that the repositories use, the one that traces."""
    options = {"opset_version": opset, "input_names": ["images"], "do_constant_folding": True}
    if dynamic:
        options["dynamic_axes"] = {"images": {0: "batch", 2: "height", 3: "width"}}
    try:
        torch.onnx.export(model, image, path, dynamo=False, **options)
    except TypeError as error:
        if "dynamo" not in str(error):
            raise
        torch.onnx.export(model, image, path, **options)


CHECKS = {"export": export}
