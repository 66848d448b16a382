"""Imports that the checkout asks for and this Python lacks, each in a Python of its own."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

PROBE = Path(__file__).parents[3] / "yolo_patcher" / "runtime" / "verify" / "probe"
LACKING = "no_such_package"


def run(
    tmp_path: Path,
    own: str,
    other: str = "",
    after: str = "",
    strict: str = "",
    strict_from: int = 1,
    root_is_package: bool = False,
) -> str:
    """Import `own`, a file of the checkout, beside `other`, an installed package; give what `after` prints."""
    (tmp_path / "repo" / "pkg").mkdir(parents=True, exist_ok=True)
    if root_is_package:
        (tmp_path / "repo" / "__init__.py").write_text("")
    (tmp_path / "repo" / "pkg" / "__init__.py").write_text("")
    (tmp_path / "repo" / "pkg" / "own.py").write_text(textwrap.dedent(own))
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "other.py").write_text(textwrap.dedent(other))
    ours = {strict: [[strict_from, 1000]]} if strict else {}
    code = f"""
import sys
sys.path[:0] = [{str(PROBE)!r}, {str(tmp_path / "repo")!r}, {str(tmp_path / "site")!r}]
import yp_standins
standins = yp_standins.StandIns({str(tmp_path / "repo")!r}, {ours!r})
standins.install()
import pkg.own as own
{textwrap.dedent(after)}
print(sorted(standins.stubbed))
"""
    ended = subprocess.run(
        [sys.executable, "-B", "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=600
    )
    return ended.stdout + (ended.stderr.strip().splitlines()[-1] if ended.returncode else "")


def check_stands_in(tmp_path: Path, own: str, after: str = "") -> None:
    """State that the file can be imported and lists exactly the lacking package."""
    assert run(tmp_path, own, after=after).splitlines()[-1:] == [f"['{LACKING}']"]


def check_still_fails(tmp_path: Path, own: str, error: str, **more: Any) -> None:
    """State that importing the file still raises."""
    assert error in run(tmp_path, own, **more).splitlines()[-1]


@pytest.mark.parametrize(
    "code",
    [
        "import no_such_package",
        "import no_such_package as n\nn.a.b.c(1, k=2)[3].d",
        "import no_such_package.sub.sub as s\ns.x",
        "import no_such_package.sub\nno_such_package.sub.x",
        "from no_such_package.sub import a, b as c\na.x",
        "import importlib\nimportlib.import_module('no_such_package.sub').x",
        "from importlib import import_module\nimport_module('no_such_package')",
        "def f():\n    import no_such_package\nf()",
        "exec('import no_such_package')",
    ],
)
def test_every_form_of_import(code: str, tmp_path: Path) -> None:
    check_stands_in(tmp_path, code)


@pytest.mark.parametrize(
    "code",
    [
        "@n.deco\ndef f(): return 7\nassert f() == 7",
        "@n.deco(3)\ndef f(): return 7\nassert callable(f)",
        "@n.deco\nclass A: x = 7\nassert A.x == 7",
        "class A(n.Base): x = 7\nassert A().x == 7",
        "class A(dict, n.Base): x = 7\nassert A(y=1)['y'] == 1",
        "class A(n.Base):\n    def __init__(self): super().__init__()\nA()",
        "class A(n.Base, card='x'): x = 7\nassert A().x == 7",
        "class A(dict, n.Base, n.Mixin, card='x'): x = 7\nclass B(n.Mixin, A, card='y'): pass\nassert B(y=1)['y'] == 1",
        "assert not isinstance(3, n.T) and isinstance(3, (n.T, int)) and not issubclass(int, n.T)",
        "with n.cm() as x, n.cm(): pass",
        "assert list(n.xs) == [] and len(n.xs) == 0 and 3 not in n.xs",
        "n.a + 1; 1 + n.a; -n.a; n.a ** 2; 2 / n.a; n.a @ n.b; n.a += 1",
        "n.x = n.x\nn.a[1] = 2\nn.y[0][1:2]",
        "assert not n.a > 1 and not n.a <= 2 and not n.flag",
        "f'{n.a} {n.a:.3f} {n.a!r}' + '%s' % n.a",
        "assert n.__version__ == '0.0.0' and isinstance(n.__version__, str)",
        "import typing\nX = typing.Optional[n.T]\ndef f(a: n.T = None) -> typing.Union[int, n.T]: pass",
        "def f(a: n.T | None): pass",
        "import copy, pickle\ncopy.deepcopy([n.a]); pickle.loads(pickle.dumps(n.a)); {n.a: 1}",
        "assert n.a == n.a and n.a != n.b and n.a is n.a",
        "assert n.a.b is n.a.b",
        "assert not hasattr(n, '__path__') and not hasattr(n.x, '__array__')",
    ],
)
def test_inert(code: str, tmp_path: Path) -> None:
    check_stands_in(tmp_path, "import no_such_package as n\n" + code)


@pytest.mark.parametrize("bases", ["n.Base, Real", "Real, n.Base", "n.Base, n.Mixin, Real"])
def test_keywords_of_a_class_reach_its_real_bases(bases: str, tmp_path: Path) -> None:
    code = f"""
        import no_such_package as n
        class Real:
            def __init_subclass__(cls, size, **rest):
                super().__init_subclass__(**rest)
                cls.size = size
        class A({bases}, size=7): pass
        assert A.size == 7 and issubclass(A, Real)
    """
    check_stands_in(tmp_path, code)


def test_keyword_that_no_base_takes(tmp_path: Path) -> None:
    check_still_fails(tmp_path, "class A(dict, size=7): pass", "takes no keyword arguments")


def test_base_class_on_python_3_6() -> None:
    """There the class statement calls the type of the first base."""
    code = (
        f"import sys; sys.path.insert(0, {str(PROBE)!r}); from yp_standin import StandIn; n = StandIn('n')\n"
        "A = StandIn('A', (n.Base, n.Mixin, dict), {'x': 7}, card='x')\n"
        "assert A.x == 7 and A(y=1)['y'] == 1\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=600)


@pytest.mark.parametrize("keywords", ["", ", card='x'"])
def test_class_of_the_patch_has_no_stand_in_as_a_base(keywords: str, tmp_path: Path) -> None:
    code = f"from no_such_package import Base\nclass A(dict, Base{keywords}): pass"
    check_still_fails(tmp_path, code, f"{LACKING}.Base is needed here", strict="pkg/own.py", strict_from=2)


@pytest.mark.parametrize("code", ["int(n.a)", "float(n.a)", "range(n.a)", "[1, 2][n.a]", "open(n.a)", "bytes(n.a)"])
def test_real_use_names_what_is_missing(code: str, tmp_path: Path) -> None:
    words = "MissingModule: no_such_package.a is needed here, and no_such_package is not installed in this Python"
    check_still_fails(tmp_path, f"import no_such_package as n\n{code}", words)


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    import no_such_package\nexcept ImportError:\n    n = None",
        "try:\n    import sys\n    import no_such_package as n\nexcept (ImportError, AssertionError):\n    n = None",
        "try:\n    import no_such_package as n\nexcept Exception as e:\n    print(e)\n    n = None",
        "try:\n    import no_such_package as n\nexcept:\n    n = None",
        "import contextlib\nn = None\nwith contextlib.suppress(ImportError):\n    import no_such_package as n",
        "import contextlib\nn = None\nwith contextlib.suppress(OSError, ImportError): import no_such_package as n",
        "import importlib\ntry:\n    n = importlib.import_module('no_such_package')\nexcept ImportError:\n    n = None",
    ],
)
def test_the_authors_own_fallback_comes_first(code: str, tmp_path: Path) -> None:
    assert run(tmp_path, code, after="assert own.n is None").splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "code",
    [
        "try:\n    import no_such_package\nexcept ImportError as e:\n    raise RuntimeError('install it') from e",
        "try:\n    import no_such_package\nexcept ImportError:\n    import os\n    os.system('pip install it')",
        "try:\n    import no_such_package\nexcept ImportError:\n    check_requirements('it')",
        "try:\n    import no_such_package\nexcept ValueError:\n    pass",
        "try:\n    pass\nfinally:\n    import no_such_package",
        "try:\n    import sys\nexcept ImportError:\n    pass\nelse:\n    import no_such_package",
        "try:\n    raise ImportError\nexcept ImportError:\n    import no_such_package",
    ],
)
def test_no_fallback_that_would_do(code: str, tmp_path: Path) -> None:
    check_stands_in(tmp_path, code)


def test_others_still_fail(tmp_path: Path) -> None:
    """Before and after the checkout got its stand-in, an installed package sees that there is nothing."""
    other = """
        import importlib, importlib.util, sys
        def probe():
            for ask in (__import__, importlib.import_module):
                try:
                    ask("no_such_package")
                except ImportError:
                    continue
                raise AssertionError
            assert "no_such_package" not in sys.modules
            assert importlib.util.find_spec("no_such_package") is None
        probe()
    """
    own = "import other\nimport no_such_package\nother.probe()"
    assert run(tmp_path, own, other).splitlines()[-1] == f"['{LACKING}']"


def test_part_of_an_installed_package_whose_own_requirement_lacks(tmp_path: Path) -> None:
    assert run(tmp_path, "from other import x\nx.y", "import no_such_package").splitlines()[-1] == f"['{LACKING}']"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import pkg.nothing", "No module named 'pkg.nothing'"),
        ("from pkg import nothing", "cannot import name 'nothing'"),
        ("from . import nothing", "cannot import name 'nothing'"),
        ("from .nothing import x", "No module named 'pkg.nothing'"),
        ("import torch_is_not_this.x, yaml.nothing", "yaml"),
        ("import json.nothing", "json.nothing"),
        ("import distutils.nothing", "distutils"),
        ("import other.nothing", "'other' is not a package"),
        ("from other import nothing", "cannot import name 'nothing'"),
    ],
)
def test_never_stands_in(code: str, error: str, tmp_path: Path) -> None:
    """Not for the checkout's own modules, nor the standard library, nor a part of what is installed."""
    check_still_fails(tmp_path, code, error)


@pytest.mark.parametrize(
    "code",
    [
        "import above.repo.pkg.own",
        "import above.part\nfrom above.repo.pkg.own import x",
        "from above.repo.pkg.own import x",
        "import importlib\nimportlib.import_module('above.repo.pkg.own')",
    ],
)
def test_the_package_that_the_checkout_is_a_part_of(code: str, tmp_path: Path) -> None:
    """Here `repo` itself is a package: it is imported as `above.repo` where the folder above is on the path."""
    words = "above.repo is imported as a part of a package above --repo; give --repo the folder that holds `above`"
    check_still_fails(tmp_path, code, words, root_is_package=True)


def test_the_package_above_where_the_tree_holds_a_part_of_it_alone(tmp_path: Path) -> None:
    (tmp_path / "repo" / "pkg" / "sub").mkdir(parents=True)
    (tmp_path / "repo" / "pkg" / "sub" / "part.py").write_text("")
    words = "above is imported as a part of a package above --repo; give --repo the folder that holds `above`"
    check_still_fails(tmp_path, "from above.pkg.sub.part import x", words)


@pytest.mark.parametrize(("name", "package"), [("pkg", True), ("x.nothing", True), ("pkg.own", False)])
def test_other_packages_may_have_parts_of_the_same_names(name: str, package: bool, tmp_path: Path) -> None:
    printed = run(tmp_path, f"import {LACKING}.{name} as n", root_is_package=package)
    assert printed.splitlines()[-1] == f"['{LACKING}']"


def test_file_of_the_patch_gets_none(tmp_path: Path) -> None:
    words = "No module named 'no_such_package'"
    check_still_fails(tmp_path, "import no_such_package", words, strict="pkg/own.py")


def test_versions_and_numbers(tmp_path: Path) -> None:
    """The few things without which models can't be built."""
    own = """
        import importlib.metadata
        assert importlib.metadata.version("no_such_package") == "0.0.0"
        try:
            version = importlib.metadata.version("no-such-other")
        except importlib.metadata.PackageNotFoundError:
            version = None
        assert version is None
    """
    check_stands_in(tmp_path, own)


def test_real_answers() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(PROBE)!r}); from yp_standins import StandIn; n = StandIn('numpy')\n"
        "assert float(-n.log((1 - 0.01) / 0.01)) < -4.59 and n.pi > 3.14 and not n.log(n.x)\n"
        "p = StandIn('pkg_resources').parse_version\n"
        "assert p('1.10.0+cu118') > p('1.9.1') and p('2.0.0') >= p('1.10')\n"
        "assert StandIn('packaging').version.parse('1.2') == (1, 2)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=600)


@pytest.mark.parametrize("file", sorted(PROBE.glob("*.py")), ids=lambda file: file.name)
def test_probe_is_old_python_and_needs_torch_only(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"), feature_version=(3, 6))
    # The export check imports these two where they are, and is skipped where not.
    exporters = {"onnx", "onnxruntime"} if file.name == "yp_export.py" else set()
    allowed = sys.stdlib_module_names | {"torch", "yaml"} | exporters | {path.stem for path in PROBE.glob("yp_*.py")}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.module is not None
            assert node.module.split(".")[0] in allowed
        elif isinstance(node, ast.Import):
            assert {alias.name.split(".")[0] for alias in node.names} <= allowed
        assert not isinstance(node, ast.NamedExpr)
