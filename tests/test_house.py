"""What the code promises of itself; `python -m bench.house` prints the measures."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from bench import house
from bench.house import MOST_FUNCTION_LINES, ROOT, File


@pytest.fixture(scope="module")
def ours() -> list[File]:
    return house.files(ROOT / "src")


def _file(text: str, name: str = "a.b") -> File:
    return File(name, text)


def test_no_file_is_long(ours: list[File]) -> None:
    assert house.long_files(ours) == []


def test_nine_functions_in_ten_are_short(ours: list[File]) -> None:
    assert house.share_within(house.function_lines(ours), MOST_FUNCTION_LINES) >= 0.9


def test_every_function_says_what_it_returns(ours: list[File]) -> None:
    assert house.untyped(ours) == []


def test_nothing_imports_in_a_circle(ours: list[File]) -> None:
    graph = house.imports(ours)
    assert len(graph["ratchet.system"]) > 5, "imports are seen"
    assert house.cycles(graph) == []
    assert house.cycles(house.between_rooms(graph)) == []


SPOKEN_TO = {"access", "classifier", "reach", "system", "settings", "errors", "progress", "clock", "platforms", "words"}
"""The rooms that a door may know: the verbs, who may use them, and the plain words and values they are said in."""


def test_the_doors_are_forbidden_every_room_but_those_they_speak_to() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (doors,) = [each for each in contracts if each["type"] == "forbidden"]
    house = ROOT / "src" / "ratchet"
    rooms = {path.stem for path in house.iterdir() if (path / "__init__.py").exists() or path.suffix == ".py"}
    assert doors["source_modules"] == ["ratchet.web", "ratchet.cli"]
    closed = rooms - SPOKEN_TO - {"__init__", "web", "cli"}
    assert set(doors["forbidden_modules"]) == {f"ratchet.{room}" for room in closed}


def test_each_array_type_is_defined_once(ours: list[File]) -> None:
    assert any("Ints" in each.array_types for each in ours), "definitions are seen"
    assert house.types_defined_twice(ours) == []


_FAMILIES = ("boosted", "fasttext", "forest", "linear", "network", "one_feature", "svm", "xgboost")


def test_what_is_known_of_a_metric_or_a_kind_stands_in_its_own_file(ours: list[File]) -> None:
    def places(names: set[str]) -> set[str]:
        return {place.partition(":")[0] for place in house.tables_keyed_by(names, ours)}

    measured = "ratchet.data.checks.rules.dominating_class"  # the numbers of a finding, by their metrics' names
    assert places(house.METRIC_NAMES) == {"ratchet.metrics.catalogue", measured}
    encoders = {f"ratchet.models.{name}" for name in _FAMILIES}
    precedence = "ratchet.data.split.rule"  # which of the columns that part rows decides
    graph = "ratchet.export.onnx.write"  # the types that an ONNX graph takes columns as
    assert places(house.KIND_NAMES) == encoders | {precedence, graph}


def _possessive(file: File) -> list[str]:
    """The possessive quantifiers in the patterns of a file; escapes and character classes are no quantifiers."""
    calls = [each for each in file.nodes if isinstance(each, ast.Call) and ast.unparse(each.func).startswith("re.")]
    found = [each.value for call in calls for each in ast.walk(call) if isinstance(each, ast.Constant)]
    texts = [each.decode("latin-1") if isinstance(each, bytes) else str(each) for each in found]
    return [text for text in texts if re.search(r"[*+?}]\+", re.sub(r"\\.|\[\^?\]?[^\]]*\]", "x", text))]


def test_no_pattern_is_possessive(ours: list[File]) -> None:
    """Python before 3.11.4, which Debian 12 has, gives wrong matches for them."""
    assert _possessive(_file("re.compile(rb'(?:a|b)*+c')\nre.match('x++', y)")) == ["(?:a|b)*+c", "x++"]
    assert _possessive(_file(r"re.compile('\\++[*+]+a+b*')")) == []
    assert [name for name, found in ((each.name, _possessive(each)) for each in ours) if found] == []


FILE = '''"""What it is for.

More.
"""

# why
x = 1  # because


def f() -> int:
    """One."""
    return 1
'''
NAMES = """
def f(): ...
def _g(): ...
class C:
    def m(self): ...
    def __init__(self): ...
class _D:
    def m(self): ...
"""


def test_a_file_is_counted_line_by_line() -> None:
    file = _file(FILE)
    assert (file.lines, file.comments, file.code) == (12, 2, 4)
    assert house.function_lines([file]) == [3]
    assert house.untyped([file, _file("def f(): ...\n", "c")]) == ["c:1"]


def test_array_types_defined_twice_are_named() -> None:
    text = "Ints = npt.NDArray[np.int64]\nn = 3\n"
    assert house.types_defined_twice([_file(text, "a"), _file("Ints = 3", "b")]) == []
    assert house.types_defined_twice([_file(text, "a"), _file(text, "b")]) == ["Ints in a, b"]


def test_a_circle_is_found_among_files_and_among_rooms(tmp_path: Path) -> None:
    for name, text in {
        "one/a": "from p.two import c",
        "one/b": "import typing",
        "two/c": "def f():\n    import p.one.b",
        "d": "import p.e",
        "e": "from p.d import x\nif TYPE_CHECKING:\n    import p.one.a",
    }.items():
        path = tmp_path / "p" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    graph = house.imports(house.files(tmp_path))
    assert house.cycles(graph) == [["p.d", "p.e"]]
    assert house.cycles(house.between_rooms(graph)) == [["p.d", "p.e"], ["p.one", "p.two"]]


def test_arrays_are_dense_where_numpy_is_everywhere() -> None:
    line = "x = np.sum(np.ones(3))\n"
    assert _file("import numpy as np\n" + line * 5).is_dense
    assert not _file("import numpy as np\n" + line * 4).is_dense, "too few to need a word"
    assert not _file("import numpy as np\n" + line * 5 + "y = 1\n" * 40).is_dense
    assert house.comments_where_dense([_file("import numpy as np  # why\n" + line * 19), _file("# no\n")]) == 5


def test_the_table_has_every_measure(ours: list[File]) -> None:
    table = house.table(ours, house.files(ROOT / "tests"))
    assert f"| files | {len(ours)} |" in table
    assert "| typed returns | 100.0% |" in table
    assert "| import cycles among files / rooms | 0 / 0 |" in table


def test_public_is_what_no_underscore_hides() -> None:
    assert len(_file(NAMES).public) == 4, "the module, f, C and C.m"
    assert _file(NAMES, "a._b").public == []
