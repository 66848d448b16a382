"""Check texts against the made-up checkout's `parse_model`."""

from __future__ import annotations

from made_up import MADE_UP
from synthetic import MODULES, PARSE_MODEL, parse_model_of

from yolo_patcher.check.run import Checked, check_model
from yolo_patcher.checkout.text import decode_yaml
from yolo_patcher.model.vocabulary import Vocabulary
from yolo_patcher.signature import Signature

GATE = "Gate"
_PARSE_MODEL = PARSE_MODEL.replace(
    "        elif m in {Detect}:\n",
    """\
        elif m is CBLinear:
            c2 = args[0]
            c1 = ch[f]
        elif m is CBFuse:
            c2 = ch[f[-1]]
        elif m in {Detect}:
""",
)
_NAMES = frozenset({*MODULES, "CBLinear", "CBFuse", GATE})
VOCABULARY = Vocabulary(parse_model_of(_PARSE_MODEL), _NAMES, True, {"Known": Signature()}, MADE_UP.classes)


def checked(text: str, scale: str | None = None) -> Checked:
    """Check a model YAML in which `Gate` may be used, a module that `parse_model` has no branch for."""
    return check_model(decode_yaml("m.yaml", text.encode()), VOCABULARY, scale)


def codes(text: str) -> list[str]:
    """Give the codes of what is found."""
    return [finding.code for finding in checked(text).findings]


def check_found(text: str, code: str, message: str, fix: str) -> None:
    """Check that a finding of a code has a message and a fix."""
    found = [one for one in checked(text).findings if one.code == code]
    assert found, [one.message for one in checked(text).findings]
    assert any(message in one.message and fix in one.fix for one in found), found


def check_fine(text: str) -> None:
    """Check that nothing is found."""
    assert [one.message for one in checked(text).findings] == []
