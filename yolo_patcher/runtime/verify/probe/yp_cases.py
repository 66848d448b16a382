"""One case: the base model and the patched one, built from the same seed, then check after check."""

import gc
import os
import sys
import time

import torch
import yp_arguments
import yp_build
import yp_cost
import yp_state
import yp_suite
import yp_trainer
from yp_layout import Recorded
from yp_look import look
from yp_report import Failed, Skip, out_of_memory


class Base(object):
    """What the unpatched model does: worked out on demand, once, and kept for the cases that share it."""

    def __init__(self, model, key, call):
        self.model = model
        self.call = call
        self.key = key
        self.known = {}
        self.parameters = sum(p.numel() for p in model.parameters())
        self.graph = [yp_build.sources(row) for row in model.model]
        self.types = [row.type.split(".")[-1] for row in model.model]

    def ask(self, key, function):
        """Give (result, None), or (None, error) where the base itself can't."""
        if key not in self.known:
            try:
                self.known[key] = (function(self.model), None)
            except Exception as error:
                self.known[key] = (None, error)
        return self.known[key]


class Session(object):
    """The cases of one request; they share the imported checkout, and neighbours share their base."""

    def __init__(self, report, request, module, device, import_seconds):
        self.report = report
        self.root = os.path.realpath(request["root"]) + os.sep
        self.seed = request.get("seed", 0)
        self.module = module
        self.device = device
        self.import_seconds = import_seconds
        self.package = yp_trainer.package_of(self.root, module.__name__)
        self.base = None

    def run(self, number, case):
        """Run the checks of one case; nothing is raised but what ends the process."""
        self.number, self.case, self.patched, self.shapes = number, case, None, []
        self.seen, self.trained, self.spare, self.last = None, None, None, (0, None)
        self.steps = 0
        checks = list(case["checks"])
        if self.device.type == "cuda" and "size" in checks and "full" not in checks:
            # Where a step at the size and with the batch of real training takes seconds, it is a usual check.
            checks.append("full")
        if "import" in checks:
            self.report.check(number, "import", self.check_import)
        if not self.build_base():
            return
        if not case["patched"]:
            return
        built = self.report.check(number, "build", self.check_build)
        for name in checks:
            if name in ("import", "build"):
                continue
            if name in case["skip"]:
                self.skip(name, "left out by request")
            elif not built:
                self.skip(name, "the model could not be built")
            elif name in yp_suite.CHECKS:
                self.report.check(number, name, lambda name=name: yp_suite.CHECKS[name](self))
                self.state_before.restore()
            else:
                self.skip(name, "this probe knows no such check")
        if built:
            self.facts()
        if built and case.get("costs") is not None:
            self.report.event("start", case=number, check="costs")
            yp_cost.measure(self)
        if self.base is not None:
            self.state_before.restore()
        self.patched = self.seen = self.trained = self.spare = self.last = None
        gc.collect()

    def skip(self, name, reason):
        """Answer that a check was not run."""
        self.report.event("check", case=self.number, name=name, status="skipped", seconds=0.0, detail=reason, trace="")

    def check_import(self):
        """Every module of the checkout that was imported comes from the staged tree."""
        top = self.module.__name__.split(".")[0]
        own = {top, "utils"} if top == "models" else {top}
        for name, module in sorted(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name.split(".")[0] in own and file and not os.path.realpath(file).startswith(self.root):
                raise Failed("{} was imported from {}, not from the checkout".format(name, file))
        return "imported in {:.1f} s".format(self.import_seconds)

    def build_base(self):
        """Build the base, or keep the one that the case before had; answer when that fails."""
        key = (self.case["base"], self.case["final"])
        if self.base is not None and self.base.key == key:
            return True
        self.base = None
        self.report.event("start", case=self.number, check="build of the base")
        try:
            with Recorded(self.module) as recorded:
                model = yp_build.build(self.module, self.case["base"], self.case["final"], self.seed)
            self.base = Base(model.to(self.device), key, recorded.call)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            detail, trace = self.report.describe(error), self.report.trace(error)
            missing = type(error).__name__ == "MissingModule"
            memory = out_of_memory(error)
            self.report.event(
                "base-failed", case=self.number, detail=detail, trace=trace, missing=missing, memory=memory
            )
            return False
        self.report.event("base-built", case=self.number, parameters=self.base.parameters)
        return True

    def fresh(self, seed):
        """Build the patched model anew."""
        return yp_build.build(self.module, self.case["patched"], self.case["final"], seed).to(self.device)

    def check_build(self):
        """The patched model can be built."""
        rows = self.case["rows"]
        self.new = [number for number, row in enumerate(rows) if row["new"]]
        self.inserted = [number for number in self.new if not rows[number]["stands_for"]]
        self.old = [number for number in range(len(rows)) if number not in self.inserted]
        self.calls = {}
        names = {name for number in self.new for name in (rows[number]["module"], *rows[number]["settings"])}
        classes = {name: getattr(self.module, name.split(".")[-1], None) for name in sorted(names)}
        self.state_before = yp_state.snapshot(self)
        try:
            with yp_arguments.recorded(classes, self.calls), Recorded(self.module) as recorded:
                self.patched = self.fresh(self.seed)
            self.patched_call = recorded.call
        except Exception as error:
            changed = yp_state.changes(self.state_before, yp_state.snapshot(self))
            if not changed:
                raise
            detail = "building the patched model changes {}: {}"
            raise Failed(detail.format(changed, self.report.describe(error))) from error
        finally:
            self.state_built = yp_state.snapshot(self)
            self.state_before.restore()
        self.stride = max(yp_build.largest_stride(self.base.model), yp_build.largest_stride(self.patched))
        self.channels = yp_build.channels(self.base.model)
        self.side = max(2 * self.stride, 64)
        if self.base.ask(("look", self.side), lambda model: look(model, self.image()))[1] is not None:
            self.side = max(4 * self.stride, 64)

    def image(self, batch=1, height=0, width=0):
        """Give a batch for these models: square, twice the largest stride where the base takes that, unless told."""
        return yp_build.image(batch, height or self.side, width or self.side, self.device, self.seed, self.channels)

    def clock(self):
        """Give the time in seconds, after all that the device was asked for is done."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return time.perf_counter()

    def look(self, model):
        """Give one forward of the base or of the patched model, before any training; run once.

        Raises:
            Skip: where the base fails as the patched model does.
        """
        if model is self.base.model:
            found, error = self.base.ask(("look", self.side), lambda model: look(model, self.image()))
            if error is not None:
                raise error
            return found
        if self.seen is None:
            self.seen = self.against_base(("look", self.side), lambda model: look(model, self.image(), self.new))
        return self.seen

    def settled(self):
        """Give one forward of the patched model as the last training step left it; run once after each."""
        steps, found = self.last
        if found is None or steps != self.steps:
            found = look(self.patched, self.image())
            self.last = self.steps, found
        return found

    def take_spare(self):
        """Give a copy of the patched model as it is now that nobody needs any more; None where there is none."""
        steps, model = self.spare or (None, None)
        self.spare = None
        return model if steps == self.steps else None

    def whose(self, error):
        """Give `row 22 (SE): ` for an error that was raised inside of that row, "" for another one."""
        owners = {id(module): number for number, row in enumerate(self.patched.model) for module in row.modules()}
        trace, found = error.__traceback__, ""
        while trace is not None:
            number = owners.get(id(trace.tb_frame.f_locals.get("self")))
            if number is not None:
                found = "row {} ({}): ".format(number, type(self.patched.model[number]).__name__)
            trace = trace.tb_next
        return found

    def base_fails_alike(self, key, function, error):
        """Tell whether the base fails at the same with an error of the same kind."""
        return type(self.base.ask(key, function)[1]) is type(error)

    def against_base(self, key, function):
        """Run `function(model)` on the patched model.

        Raises:
            Skip: where it fails on the base as well, so that it says nothing about the patch.
        """
        try:
            return function(self.patched)
        except Skip:
            raise
        except Exception as error:
            base_error = self.base.ask(key, function)[1]
            if base_error is not None and type(base_error) is type(error):
                raise Skip("the unpatched model can't either: " + self.report.describe(base_error)) from error
            raise

    def facts(self):
        """Answer the parameters, per new row too, and what every row gave in the `forward` check."""
        rows = [sum(p.numel() for p in row.parameters()) for row in self.patched.model]
        total = sum(p.numel() for p in self.patched.parameters())
        self.report.event(
            "params",
            case=self.number,
            base=self.base.parameters,
            patched=total,
            added=total - self.base.parameters,
            new={str(i): rows[i] for i in self.new if i < len(rows)},
            rows=rows,
            shapes=self.shapes,
            loading=self.loading(),
        )

    def loading(self):
        """Count the base's tensors, and what becomes of them in the patched model: by name, and each to its own row."""
        base, patched = list(self.base.model.model), list(self.patched.model)
        if len(self.old) != len(base) or max(self.old) >= len(patched):
            return None
        own = {}
        for number, row in zip(self.old, base):
            if isinstance(patched[number], type(row)):
                own["model.{}.".format(number)] = "model.{}.".format(self.old.index(number))
        before = {name: tuple(one.shape) for name, one in self.base.model.state_dict().items()}
        counts = {"tensors": len(before), "by_name": 0, "misplaced": 0, "kept": 0}
        for name, tensor in self.patched.state_dict().items():
            start = ".".join(name.split(".")[:2]) + "."
            mine = own[start] + name[len(start) :] if start in own else None
            counts["kept"] += before.get(mine) == tuple(tensor.shape)
            if before.get(name) == tuple(tensor.shape):
                counts["by_name"] += 1
                counts["misplaced"] += mine != name
        return counts


def run(report, request, module, device, seconds, standins):
    """Run all cases of a request."""
    session = Session(report, request, module, device, seconds)
    for number, case in enumerate(request["cases"]):
        try:
            session.run(number, case)
        finally:
            report.event("stubbed", stubbed=sorted(standins.stubbed))
        report.event("case-end", case=number)
