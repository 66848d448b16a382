"""Carry a checkpoint over: read it, find its model among those of the request, build the target, and save it."""

import functools
import os

import torch
import yw_checkpoint
import yw_models
import yw_unpickle
from yw_checkpoint import Unfit


def run(report, request, module, device, seconds, standins):
    """Do the work of one request, and answer `transferred`, or `unfit` with what is wrong."""
    report.event("start", case=None, check="reading")
    try:
        checkpoint = read(request, report)
        report.event("read", keys=sorted(checkpoint.states))
        answer = Transfer(report, request, module, checkpoint).carry()
    except Unfit as error:
        report.event("unfit", message=str(error), help=error.help)
        return
    except OSError as error:
        report.event("unwritten", message=error.strerror or str(error))
        return
    report.event("transferred", **answer)


def read(request, report):
    """Give the checkpoint of a request."""
    path = request["weights"]
    if yw_checkpoint.is_safetensors(path):
        return yw_checkpoint.Checkpoint(yw_checkpoint.read_safetensors(path))
    try:
        if request["trust"]:
            try:
                content = torch.load(path, map_location="cpu", weights_only=False)
            except TypeError:
                content = torch.load(path, map_location="cpu")
        else:
            content = yw_unpickle.Reader(request["root"]).load(path)
    except yw_unpickle.Refused as error:
        raise Unfit(
            "it names {}, which no checkpoint of this repository needs".format(error),
            "Nothing of it was run. Where you made the file, pass --trust: its code then runs with your rights.",
        ) from None
    except Exception as error:
        raise Unfit("it is no checkpoint that torch reads: {}".format(report.describe(error))) from None
    return yw_checkpoint.Checkpoint(content)


class Transfer(object):
    """One checkpoint on its way from one model of a request to another."""

    def __init__(self, report, request, module, checkpoint):
        self.report, self.request, self.module, self.checkpoint = report, request, module, checkpoint
        self.target = request["models"][request["target"]]

    def carry(self):
        """Build, copy and save; give the answer."""
        source, scale, facts = self.source()
        if source is self.target:
            raise Unfit(
                "its model is {} already, so there is nothing to transfer".format(self.target["path"]),
                "Train with it as it is, or name another model: --to-base, --patch ID or --model YAML.",
            )
        name = self.target["loads"].get(scale) or self.target["loads"][self.target["scale"]]
        self.report.event("start", case=None, check="building")
        content, rows = {}, None
        for key in self.checkpoint.states:
            model = yw_models.built(self.module, name, self.target["final"], facts)
            found = copied(self.checkpoint.state(key), model, source["origins"], self.target["origins"])
            old = self.checkpoint.models.get(key)
            if old is not None:
                yw_checkpoint.carry_facts(old, model)
            if any(one.dtype == torch.float16 for one in self.checkpoint.states[key].values()):
                model.half()
            content[key] = model
            rows = rows or self.rows(found, model, source)
        self.report.event("start", case=None, check="saving")
        torch.save(self.document(content), self.request["out"])
        return dict(
            rows,
            source={"path": source["path"], "scale": scale},
            target={"path": self.target["path"], "load": name},
            nc=facts.get("nc"),
            bytes=os.path.getsize(self.request["out"]),
            keys=sorted(content),
        )

    def source(self):
        """Find the model that the checkpoint was made with: that whose tensors it has; its scale and facts too."""
        state = self.checkpoint.state(self.checkpoint.first)
        told = self.checkpoint.fact("scale")
        best = (-1, None, "")
        for model in self.request["models"]:
            last = "model.{}.".format(len(model["origins"]) - 1)
            scales = [told] if told in model["loads"] else [model["scale"]]
            scales += [scale for scale in model["loads"] if told not in model["loads"] and scale not in scales]
            for scale in scales:
                name = model["loads"][scale]
                build = functools.partial(yw_models.built, self.module, name, model["final"])
                facts = yw_models.facts_of(self.checkpoint, state, build, last)
                live = yw_models.built(self.module, name, model["final"], facts)
                same, first = yw_models.agreement(state, live, last)
                if first is None and same:
                    return model, scale, facts
                best = max(best, (same, name, first), key=lambda one: one[0])
        raise Unfit(
            "its tensors are those of no model of this patch: of {} tensors {} fit {}, and {} does not".format(
                len(state), best[0], best[1], best[2]
            ),
            "Name the model that the weights are of with --model, and its scale with --scale.",
        )

    def rows(self, found, model, source):
        """Say what became of each tensor, by row of the target, and what loading by name would have done."""
        state, there = self.checkpoint.state(self.checkpoint.first), model.state_dict()
        by_name = [name for name in there if name in state and state[name].shape == there[name].shape]
        came_from = found["from"]
        rows = []
        for number, row in enumerate(model.model):
            names = [name for name in there if name.startswith("model.{}.".format(number))]
            kept = sum(name in came_from for name in names)
            changed = sum(name in found["changed"] for name in names)
            entry = {"row": number, "module": type(row).__name__, "from": None, "kept": kept, "changed": changed}
            origin = self.target["origins"][number]
            if origin in source["origins"]:
                entry["from"] = source["origins"].index(origin)
            rows.append(dict(entry, new=len(names) - kept - changed))
        return {
            "tensors": len(state),
            "kept": len(came_from),
            "new": len(there) - len(came_from) - len(found["changed"]),
            "changed": sorted(found["changed"]),
            "dropped": sorted(found["dropped"], key=yw_models.order),
            "rows": rows,
            "by_name": len(by_name),
            "misplaced": [name for name in by_name if came_from.get(name) != name],
        }

    def document(self, content):
        """Give what is saved: the checkpoint with its models replaced, and nothing of the run that it came from."""
        if list(content) == [""] and self.checkpoint.models:
            return content[""]
        document = dict(self.checkpoint.document or {"train_args": {}, "ema": None, "updates": None})
        document.pop("state_dict", None)
        for key, model in content.items():
            document["ema" if key == "ema" else "model"] = model
        # A run can't be resumed with parameters that its optimiser does not know: training begins anew.
        document.update(epoch=-1, optimizer=None, best_fitness=None)
        for name in ("scaler", "scheduler"):
            if name in document:
                document[name] = None
        return document


def copied(state, model, source, target):
    """Put each tensor on the row of the same origin; give where each came from, and what did not fit."""
    place = {origin: number for number, origin in enumerate(source)}
    there = model.state_dict()
    came_from, changed, used = {}, [], set()
    with torch.no_grad():
        for name, tensor in there.items():
            if not name.startswith("model."):
                continue
            number, rest = name.split(".", 2)[1:]
            origin = target[int(number)]
            old = "model.{}.{}".format(place[origin], rest) if origin in place else None
            if old not in state:
                continue
            used.add(old)
            if state[old].shape != tensor.shape:
                changed.append(name)
                continue
            tensor.copy_(state[old])
            came_from[name] = old
            # Whatever float type the file has, a value that fits is the same value.
            if not torch.equal(tensor.to(state[old].dtype), state[old]) and not state[old].isnan().any():
                raise Unfit("{} has values that single precision can't hold".format(old))
    return {"from": came_from, "changed": changed, "dropped": [name for name in state if name not in used]}
