"""With which arguments the new rows' classes were called: recorded while the model is built, held against the plan."""

import contextlib
import inspect

from yp_report import Failed


@contextlib.contextmanager
def recorded(classes, calls):
    """Note in `calls`, by the identity of the object, the class's name, and what its constructor got and takes.

    Args:
        classes: the classes by the names by which they are planned; what is no class is left out.
        calls: takes the name of the class, the values by the names of its arguments, and these in their order.
    """
    replaced = []

    def replace(name, cls):
        init = cls.__init__
        own = "__init__" in vars(cls)

        def __init__(self, *args, **kwargs):
            try:
                bound = inspect.signature(init).bind(self, *args, **kwargs)
                bound.apply_defaults()
                calls[id(self)] = (name, dict(bound.arguments), signature_names(init))
            except (TypeError, ValueError):  # the constructor itself says what is wrong
                pass
            init(self, *args, **kwargs)

        cls.__init__ = __init__
        replaced.append((cls, init, own))

    for name, cls in classes.items():
        if isinstance(cls, type):
            replace(name, cls)
    try:
        yield
    finally:
        for cls, init, own in replaced:
            if own:
                cls.__init__ = init
            else:
                del cls.__init__


def signature_names(init):
    """Give the names of a constructor's parameters as they stand in its source."""
    return [name for name, one in inspect.signature(init).parameters.items() if one.kind in (0, 1, 3)]


def as_asked(session):
    """Fail when a new row, or a module in it, was built with another value than the one that was asked for."""
    for number in session.new:
        by_class = session.case["rows"][number]["settings"]
        for module in session.patched.model[number].modules():
            if id(module) not in session.calls:
                continue
            class_name, got, names = session.calls[id(module)]
            wrong = [differences(settings, got, names) for settings in by_class.get(class_name, ())]
            if wrong and all(wrong):
                name, wanted, value = wrong[0][0]
                detail = "row {} ({}) was built with {}={!r}, asked for is {}={!r}"
                raise Failed(detail.format(number, type(module).__name__, name, value, name, wanted))


def differences(settings, got, names):
    """Give name, wanted value and value of each setting that the constructor knows and did not get."""
    return [
        (name, wanted, got[name]) for name, wanted in sorted(settings.items()) if name in names and got[name] != wanted
    ]
