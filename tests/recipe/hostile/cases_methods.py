"""Methods: what they use must be there; what they do is theirs, but none of it runs before the verify process."""

from __future__ import annotations

from hostile_case import SING, Case, in_template

ANCHOR = "    def forward(self, x):\n"


def _forward(code: str, part: str = "") -> Case:
    return in_template(f"in forward: {code}", ANCHOR, f"{ANCHOR}        {code}\n", 14, part)


METHODS = [
    _forward("os.getcwd()", "uses os"),
    _forward("Path('canary').touch()", "uses Path"),
    _forward("subprocess.run('touch canary')", "uses subprocess"),
    _forward("Conv(1, 1)", "uses Conv"),
    _forward("torch.load('x')", "uses torch"),
    _forward("x = 10 ** 9 if False else 99999999999999999999999", "too large"),
    _forward("class Inner: pass", "holds another class"),
]

SLEEPING = [
    _forward(SING),
    _forward(f"import os; {SING}"),
    _forward("__import__('os').system('touch canary')"),
    _forward("eval(\"open('canary', 'w')\")"),
    _forward("setattr(nn, 'Conv2d', None)"),
    _forward("super(MyGate, self).forward(x)"),
    _forward("breakpoint()"),
    _forward("""print('x "+open(1)+" y')"""),
    _forward("while True: pass"),
    in_template("init", "        super().__init__()\n", f"        super().__init__()\n        {SING}\n", 0, ""),
    *(
        in_template(
            f"defines {name}", f"    {ANCHOR.strip()}\n", f"    def {name}(self, *a): {SING}\n\n{ANCHOR}", 0, ""
        )
        for name in ("__del__", "__reduce__", "__setstate__", "__new__", "__getattr__", "__call__", "__deepcopy__")
    ),
]
