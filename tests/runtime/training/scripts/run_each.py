"""Run several scripts one after the other in one process, each as `python SCRIPT WORDS...` would: `run_each.py JSON`.

Importing what YOLOv5 imports takes three times as long as its training on eight images.
"""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

for script, *words in json.loads(sys.argv[1]):
    sys.argv = [script, *words]
    sys.path.insert(0, str(Path(script).parent))
    runpy.run_path(script, run_name="__main__")
    sys.path.remove(str(Path(script).parent))
