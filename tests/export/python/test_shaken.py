"""What goes into a package: the definitions that are needed, letter by letter, and no others."""

from __future__ import annotations

import ast

from ratchet.export.python.carried import Judge
from ratchet.export.python.edits import Edits
from ratchet.export.python.shaken import shaken
from ratchet.export.python.sources import Import, Name, module, names_of, spoken_of

NOTHING = Judge(frozenset())


def test_only_what_is_needed_goes_along() -> None:
    files = shaken([Name("ratchet.models.softmax", "softmax")], NOTHING)
    assert set(files) == {"models/softmax.py", "models/__init__.py", "arrays.py"}
    assert "from ..arrays import Probabilities" in files["models/softmax.py"]
    assert "def softmax(scores: npt.NDArray[Any]) -> Probabilities:" in files["models/softmax.py"]
    assert "Floats32" not in files["arrays.py"]
    assert '"""(rows, classes), each row sums to one."""' in files["arrays.py"], "what describes a name stays with it"


def test_what_speaks_of_a_library_stays_behind_with_all_that_speaks_of_it() -> None:
    assert NOTHING.hindrance(Name("ratchet.models.linear", "_solve")) == "sklearn"
    assert NOTHING.hindrance(Name("ratchet.models.linear", "_solve_scaled")) == "sklearn", "it calls that one"
    assert NOTHING.hindrance(Name("ratchet.models.linear", "LinearModel")) == ""
    assert NOTHING.hindrance(Name("ratchet.kinds.column", "Typed")) == "polars", "a field of it is a series"
    assert NOTHING.hindrance(Name("ratchet.serving.prediction", "Prediction")) == "msgspec"
    number = shaken([Name("ratchet.kinds.number", "Number")], NOTHING)["kinds/number.py"]
    assert "def parse(" in number
    assert "polars" not in number
    assert "def typed(" not in number


def test_of_tables_the_wanted_entries_go_along() -> None:
    judge = Judge(frozenset({"linear.v1"}))
    files = shaken([Name("ratchet.models.catalogue", "model_type")], judge)
    assert "LinearModel" in files["models/catalogue.py"]
    assert "Boosted" not in files["models/catalogue.py"]
    assert "models/boosted.py" not in files
    for text in files.values():
        ast.parse(text)


def test_names_are_found_where_they_are_spoken_of() -> None:
    home = module("ratchet.models.tensors")
    found = set(spoken_of(home.defined["views"], home))
    assert Name("ratchet.models.tensors", "_view") in found
    assert Import(Name("ratchet.models.plain_json", "read")) in found, "an attribute of a module of ours"
    assert names_of(ast.parse("x: int = 1").body[0]) == ["x"]


def test_a_statement_goes_with_its_comments_and_what_describes_it() -> None:
    lines = ["# why", "@f", "def a():", "    pass", "", "B = 1", '"""of B"""', "C = 2"]
    first, second, text, _ = ast.parse("\n".join(lines)).body
    edits = Edits(lines)
    edits.drop(first, second)
    edits.drop(second, text)
    assert edits.text() == "C = 2\n"
