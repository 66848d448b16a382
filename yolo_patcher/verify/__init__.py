"""Building the patched model and running it, in the user's Python, in a process of its own."""

from yolo_patcher.verify.results import CHECKS, Case, Check, Row, Verification
from yolo_patcher.verify.run import BaseFailed, check_base, run_probe

__all__ = ["CHECKS", "BaseFailed", "Case", "Check", "Row", "Verification", "check_base", "run_probe"]
