"""What a checkpoint holds: whole models or a bare state dict, and the facts about them that rebuilding needs."""

import os

import torch

NOT_CARRIED = ("yaml", "yaml_file", "save", "model", "stride", "training", "criterion", "inplace", "traced", "pt_path")


class Unfit(Exception):
    """A file that can't be carried over: what is wrong, and what to do."""

    def __init__(self, message, help=""):
        Exception.__init__(self, message)
        self.help = help


class Checkpoint(object):
    """A checkpoint.

    Attributes:
        document: what the file holds, when that is a dictionary of more than tensors; else None.
        models: whole models by their keys in the document (`model`, `ema`); of a file that is one, by "".
        states: the state dict of each, by the same keys; of a bare state dict, by its key or "".
    """

    def __init__(self, content):
        self.document, self.models, self.states = None, {}, {}
        if isinstance(content, torch.nn.Module):
            self.models[""] = content
        elif isinstance(content, dict) and content and all(torch.is_tensor(one) for one in content.values()):
            self.states[""] = dict(content)
        elif isinstance(content, dict):
            self.document = content
            for key in ("model", "ema", "state_dict"):
                value = content.get(key)
                if isinstance(value, torch.nn.Module):
                    self.models[key] = value
                elif isinstance(value, dict) and value and all(torch.is_tensor(one) for one in value.values()):
                    self.states[key] = dict(value)
        for key, model in self.models.items():
            self.states[key] = model.state_dict()
        if not self.states:
            raise Unfit(
                "it holds no model and no state dict",
                "A checkpoint has its model under `model` or `ema`, or is a state dict.",
            )
        self.prefix = self.common_prefix()

    def common_prefix(self):
        """Give what stands in front of a row's number in names of tensors, as `model.`."""
        names = next(iter(self.states.values()))
        for prefix in ("model.", "module.model.", "model.model.", ""):
            if any(name[len(prefix) :].split(".")[0].isdigit() for name in names if name.startswith(prefix)):
                return prefix
        raise Unfit("its tensors are not those of a YOLO model: {} ...".format(", ".join(sorted(names)[:3])))

    def state(self, key):
        """Give a state dict under the names that models of the checkout have."""
        length = len(self.prefix)
        return {"model." + name[length:]: one for name, one in self.states[key].items() if name.startswith(self.prefix)}

    @property
    def first(self):
        """The key of the model that the checkpoint is used for: what was trained, or else its average."""
        return next(iter(self.states))

    def fact(self, *names):
        """Give the first of several facts that a whole model knows of itself; None where none does."""
        for model in self.models.values():
            told = getattr(model, "yaml", None)
            for name in names:
                if isinstance(told, dict) and told.get(name) is not None:
                    return told[name]
        return None


def read_safetensors(path):
    """Give the tensors of a safetensors file."""
    try:
        from safetensors.torch import load_file
    except ImportError:
        raise Unfit("this Python has no safetensors, which the file needs", "pip install safetensors") from None
    return load_file(path)


def is_safetensors(path):
    """Tell a safetensors file by what it begins with: the length of its header, and the header's brace."""
    with open(path, "rb") as file:
        head = file.read(9)
        file.seek(0, os.SEEK_END)
        size = file.tell()
    return len(head) == 9 and head[8:] == b"{" and int.from_bytes(head[:8], "little") <= size - 8


def carry_facts(old, new):
    """Give a rebuilt model what the old one knows beside its tensors: class names, arguments, hyper-parameters."""
    for name, value in vars(old).items():
        if not name.startswith("_") and name not in NOT_CARRIED and not isinstance(value, torch.nn.Module):
            setattr(new, name, value)
    frozen = [name for name, one in old.named_parameters() if not one.requires_grad]
    if frozen and len(frozen) == len(list(old.named_parameters())):
        for one in new.parameters():
            one.requires_grad_(False)
    new.train(old.training)
