"""One case: the base model and the patched one, built from the same seed, then check after check."""

import gc
import os
import sys

import yp_build
import yp_cost
import yp_suite
from yp_report import Failed, Skip


class Base(object):
    """What the unpatched model does: worked out on demand, once, and kept for the cases that share it."""

    def __init__(self, model, key):
        self.model = model
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
        self.base = None

    def run(self, number, case):
        """Run the checks of one case; nothing is raised but what ends the process."""
        self.number, self.case, self.patched, self.shapes = number, case, None, []
        checks = list(case["checks"])
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
            if not built:
                self.skip(name, "the model could not be built")
            elif name in yp_suite.CHECKS:
                self.report.check(number, name, lambda name=name: yp_suite.CHECKS[name](self))
            else:
                self.skip(name, "this probe knows no such check")
        if built:
            self.facts()
        if built and case.get("costs") is not None:
            self.report.event("start", case=number, check="costs")
            yp_cost.measure(self)
        self.patched = None
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
            model = yp_build.build(self.module, self.case["base"], self.case["final"], self.seed)
            self.base = Base(model.to(self.device), key)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            detail, trace = self.report.describe(error), self.report.trace(error)
            missing = type(error).__name__ == "MissingModule"
            self.report.event("base-failed", case=self.number, detail=detail, trace=trace, missing=missing)
            return False
        self.report.event("base-built", case=self.number, parameters=self.base.parameters)
        return True

    def fresh(self, seed):
        """Build the patched model anew."""
        return yp_build.build(self.module, self.case["patched"], self.case["final"], seed).to(self.device)

    def check_build(self):
        """The patched model can be built."""
        self.patched = self.fresh(self.seed)
        self.stride = max(yp_build.largest_stride(self.base.model), yp_build.largest_stride(self.patched))
        self.channels = yp_build.channels(self.base.model)
        self.new = [number for number, row in enumerate(self.case["rows"]) if row["new"]]

    def image(self, batch=1, height=0, width=0):
        """Give a batch for these models: square, four times the largest stride, unless told otherwise."""
        side = max(4 * self.stride, 64)
        return yp_build.image(batch, height or side, width or side, self.device, self.seed, self.channels)

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
        )
