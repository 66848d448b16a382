"""Import libcst, parse files and emit them again: what a codemod that sees whole files can't do without."""

import sys
from pathlib import Path

import libcst

for path in sys.argv[1:]:
    content = Path(path).read_bytes()
    assert libcst.parse_module(content).bytes == content
