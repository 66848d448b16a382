"""The models of the request, built to the classes and the scale of a checkpoint, and which of them it was made with."""

import copy

import yp_build

FACTS = ("nc", "ch", "channels", "kpt_shape")


def built(module, name, final, facts, seed=0):
    """Build a model by name, with facts of its checkpoint instead of its YAML's."""
    model = yp_build.build(module, name, final, seed)
    told = getattr(model, "yaml", None) or {}
    wanted = {key: value for key, value in facts.items() if value is not None and told.get(key) != value}
    if not wanted:
        return model
    told = copy.deepcopy(told)
    told.update(wanted)
    yp_build.seed_everything(seed)
    return yp_build.model_class(module, final)(told, ch=told.get("ch") or told.get("channels") or 3)


def facts_of(checkpoint, state, model, last):
    """Give the number of classes and the like, from the checkpoint's model or else from its tensors."""
    facts = {key: checkpoint.fact(key) for key in FACTS}
    if facts["nc"] is None:
        facts["nc"] = classes_by_shape(state, model, last)
    return {key: value for key, value in facts.items() if value is not None}


def classes_by_shape(state, model, last):
    """Work out the classes from the final row's tensors: what one more class makes longer tells it.

    A length may follow from the classes in several ways, as the larger of two widths, so that what each tensor tells is
    tried, and the number is taken with which most tensors fit.

    Args:
        state: the checkpoint's state dict.
        model: a function that builds the model from facts.
        last: what the names of the final row's tensors begin with.
    """

    def shapes(count):
        return {name: one.shape for name, one in model({"nc": count}).state_dict().items() if name.startswith(last)}

    here, more = shapes(80), shapes(81)
    told = {}
    for name, shape in here.items():
        given = state[name].shape if name in state else ()
        for length, other, its in zip(shape, more.get(name, shape), given):
            step = other - length
            if step > 0 and (its - length) % step == 0 and 80 + (its - length) // step > 0:
                count = 80 + (its - length) // step
                told[count] = told.get(count, 0) + 1
    fits = {}
    for count in sorted(told, key=told.get, reverse=True)[:4]:
        fits[count] = sum(name in state and state[name].shape == shape for name, shape in shapes(count).items())
    return max(fits, key=fits.get) if fits else None


def agreement(state, model, last):
    """Give how many tensors of a checkpoint a model has, name and shape, and the first that it has not.

    The final row may differ: other versions of a repository have other final rows.
    """
    there = {name: tuple(one.shape) for name, one in model.state_dict().items()}
    names = sorted(set(there) | set(state), key=order)
    same = [name for name in names if name in state and there.get(name) == tuple(state[name].shape)]
    differing = [name for name in names if name not in set(same) and not name.startswith(last)]
    # A checkpoint without the counters of batches is as good.
    differing = [name for name in differing if not name.endswith("num_batches_tracked")]
    return len(same), differing[0] if differing else None


def order(name):
    """Sort names of tensors by the row's number."""
    return [int(part) if part.isdigit() else 0 for part in name.split(".")[:3]] + [0], name
