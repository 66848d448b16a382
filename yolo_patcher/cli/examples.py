"""The examples with which the help of each command ends."""

from __future__ import annotations

EXAMPLES = {
    "apply": ("sae --repo yolov5 --position head", "gam@backbone sae@head --repo ultralytics --dry-run"),
    "transfer": ("yolov8n.pt --repo ultralytics -o patched.pt", "trained.pt --to-base -o base.pt"),
    "revert": ("yolov8-sae-head --repo ultralytics", "--all --dry-run"),
    "status": ("--repo ultralytics", "--export"),
    "reapply": ("--repo ultralytics", "--dry-run"),
    "verify": ("--scale n --scale x --check export", "--try se@head:reduction=8 --try cbam --report t.html"),
    "list": ("--tag lightweight --sort params", "--recipe my-recipes"),
    "show": ("cbam", "gam --repo ultralytics --model yolo11 --scale s"),
    "inspect": ("--repo ultralytics --model yolov8s", "--model yolo11 --format svg > yolo11.svg"),
    "check": ("my-yolov8.yaml --repo ultralytics", "yolo11 --json"),
    "doctor": ("--repo ultralytics", "--python /usr/bin/python3"),
}
"""What follows `yolo-patcher COMMAND`, twice for each command."""


def examples(command: str) -> str:
    """Give the end of a command's help."""
    return "\n\n".join(("Examples:", *(f"yolo-patcher {command} {words}" for words in EXAMPLES[command])))
