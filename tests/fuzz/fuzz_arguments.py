"""Command lines: the usual ones, and arguments that nobody should type."""

from __future__ import annotations

from pathlib import Path
from random import Random

_WORDS = (
    "", " ", "x", "-", "--", "0", "-1", "9" * 30, "x" * 300, "a b", "a\nb", "a\tb", "\x1b[31m", "\udcff", "注意力",
    "🚀", "../x", "/etc/passwd", "/dev/zero", "/dev/null", ".", "..", "./x.yaml", "x.yaml", "x.yml", "*.yaml", "%s",
    "{x}", "{0}", "$(x)", "`x`", "a" * 255 + ".yaml", "~", "~nobody/x", "con", "nul.yaml", "é", "ﬁ", "İ", "²",
    "e\u0301", "٣", "[red]x", "[/]", "\\", "\\n", "a/b/c.yaml", ".yaml", "..yaml", "x.yaml/", "x" * 5000,
    "=", "=1", "a=", "@", "@@", ":", "::",
)  # fmt: skip
_SELECTORS = (
    "head", "backbone", "neck", "head:p3", "head:p9", "head:p", "head:p3,p4", "head:p3,,p4", "head:p3,p3", "head:P3",
    "head:p-1", "head:p" + "9" * 30, "head:p٣", "after:", "after:0", "after:6", "after:-1", "after:13", "after:99",
    "before:0", "before:9", "after:" + "9" * 5000, "after:C3", "after:C2f", "after:C2f[0]", "after:C2f[-1]",
    "after:C2f[99]", "after:C2f[", "after:C2f[]", "after:C2f[a]", "after:C2f[0:2]", "after:C2f[" + "9" * 5000 + "]",
    "after:nn.Upsample", "before:Detect", "after:Detect", "after:Conv:p4", "after:Conv[1]:p3", "after:٣", "after:²",
    "neck:p4", "backbone:p4", "backbone:p1,p2,p3", "sideways", "HEAD", " head ", "head,neck", "before:Concat",
    "after:Concat", "after:SPPF", "before:SPPF", "after:C2f[٣]",
)  # fmt: skip
_SETTINGS = (
    "reduction=8", "reduction=0", "reduction=-1", "reduction=1e3", "reduction=" + "9" * 5000, "reduction=", "reduction",
    "reduction=nan", "reduction=٣", "reduction=8 ", "bias=true", "bias=maybe", "strict=true", "se.reduction=4",
    "x.reduction=4", "sae.cardinality=64", "REDUCTION=8", "=8", "a=b=c", "reduction=0x10", "reduction=1_0",
)  # fmt: skip
_MODELS = (
    "yolov8",
    "yolov8n",
    "yolov8s",
    "yolov5",
    "yolov5s",
    "yolov5m",
    "yolov5s.yaml",
    "yolov8.yaml",
    "yolo11",
    "YOLOv8N",
)
_SCALES = ("n", "s", "m", "l", "x", "", "N", "nn", "9", "é", "\n")
_OUTPUTS = (
    "out.yaml",
    "out",
    "yolov8-x.yaml",
    "yolov8.yaml",
    "yolov5s.yaml",
    "OUT.YAML",
    "a/b.yaml",
    "../b.yaml",
    "b.yml",
)
_RECIPES = (
    "se",
    "sae",
    "gam",
    "context-aggregation",
    "SE",
    "senetv2",
    "se@head",
    "se@after:3",
    "sae@neck",
    "gam@backbone:p4",
)
FORMATS = ("table", "svg", "dot", "mermaid")


def usual(random: Random, repo: Path, model: str | None = None) -> list[str]:
    """Give a command that writes nothing, for a checkout.

    Args:
        random: decides.
        repo: the checkout.
        model: the path of the model YAML to look at; None for the default.
    """
    named = ["--model", model] if model and random.random() < 0.8 else []
    recipe = random.choice(("se", "sae", "gam", "se@neck", "sae@head", "gam@backbone", "se@after:3", "se@before:9"))
    command = random.choice(
        ("dry run", "dry run", "--check", "inspect", "inspect", "check", "check", "status", "revert")
    )
    argv = {
        "dry run": ["apply", recipe, "--no-verify", "--dry-run", *named],
        "--check": ["apply", recipe, "--check", *named],
        "inspect": ["inspect", *named],
        "check": ["check", model or random.choice(_MODELS)],
        "status": ["status"] if random.random() < 0.5 else ["reapply", "--no-verify", "--dry-run"],
        "revert": ["revert", "--all", "--dry-run"],
    }[command]
    return [*argv, *_how(random, argv[0]), "--repo", str(repo)]


def kept(random: Random, repo: Path) -> list[str]:
    """Give a command that writes nothing, for a checkout that holds patches."""
    argv = random.choice((
        ["status"], ["status"], ["revert", "--dry-run"], ["revert", "--all", "--dry-run"], ["revert", "--dry-run", "x"],
        ["reapply", "--no-verify", "--dry-run"], ["apply", "se", "--no-verify", "--dry-run"],
        ["apply", "se@head", "--check"], ["apply", "gam@backbone", "--no-verify", "--dry-run"], ["inspect"],
    ))  # fmt: skip
    return [*argv, *_how(random, argv[0]), "--repo", str(repo)]


def _how(random: Random, command: str) -> list[str]:
    if random.random() < 0.5:
        return ["--json"]
    return ["--format", random.choice(FORMATS)] if command == "inspect" else []


def odd(random: Random, repo: Path) -> list[str]:
    """Give a command with odd arguments that writes nothing."""

    def one_of(usual: tuple[str, ...]) -> str:
        return random.choice(usual) if random.random() < 0.6 else random.choice(_WORDS)

    def some(option: str, usual: tuple[str, ...], chance: float) -> list[str]:
        words = [one_of(usual)] if random.random() < chance else []
        words += [one_of(usual)] if words and random.random() < 0.15 else []
        return [part for word in words for part in (option, word)]

    command = random.choice(("apply", "apply", "apply", "inspect", "check", "revert", "show", "other"))
    if command == "apply":
        argv = ["apply", one_of(_RECIPES), *([one_of(_RECIPES)] if random.random() < 0.2 else [])]
        argv += [*some("--position", _SELECTORS, 0.6), *some("--set", _SETTINGS, 0.4), *some("--output", _OUTPUTS, 0.4)]
        argv += [*some("--model", _MODELS, 0.4), *some("--scale", _SCALES, 0.3)]
        argv += random.choice((["--no-verify", "--dry-run"], ["--check"]))
    elif command == "inspect":
        argv = [
            "inspect",
            *some("--model", _MODELS, 0.8),
            *some("--scale", _SCALES, 0.5),
            *some("--format", FORMATS, 0.3),
        ]
    elif command == "check":
        argv = ["check", one_of(_MODELS), *some("--scale", _SCALES, 0.5)]
    elif command == "revert":
        argv = ["revert", "--dry-run", *(one_of(("se-head", "x")) for _ in range(random.randrange(3)))]
    elif command == "show":
        argv = random.choice((["show", one_of(_RECIPES)], ["list"]))
        argv += some("--recipe", (".", "x.yaml"), 0.3)
    else:
        argv = [one_of(("status", "apply", "inspect", "nonsense", "--version", "--help")), *some("--x", ("y",), 0.3)]
    argv += ["--json"] if random.random() < 0.4 else []
    if argv[0] in ("show", "list"):
        return argv
    where = (
        str(repo) if random.random() < 0.9 else random.choice((*_WORDS, str(repo / "ultralytics"), str(repo / "x.py")))
    )
    return [*argv, "--repo", where]
