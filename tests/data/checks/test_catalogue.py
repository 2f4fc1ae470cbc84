import re
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from ratchet.data import checks
from ratchet.data.checks.catalogue import CHECKS
from ratchet.data.schema import Schema
from ratchet.kinds.kind import Kind
from ratchet.progress import Progress
from ratchet.spec.learning import ACCEPTABLE

ALL = {"t": Kind.TEXT, "n": Kind.NUMBER, "c": Kind.CATEGORY, "d": Kind.DATE, "i": Kind.IMAGE, "a": Kind.AUDIO}
TYPES: dict[str, Any] = {
    "t": pl.String, "n": pl.Float64, "c": pl.String, "d": pl.Datetime("us"), "i": pl.Binary, "a": pl.Binary,
    "label": pl.String,
}  # fmt: skip


def frame(count: int, labels: list[str]) -> pl.DataFrame:
    columns: dict[str, list[Any]] = {"t": [None, "", "a"], "n": [None, 1.0, 1.0], "c": [None, "x", "x"]}
    cells: dict[str, list[Any]] = {
        name: [values[each % 3] for each in range(count)] for name, values in columns.items()
    }
    empty: dict[str, list[Any]] = {name: [None] * count for name in ("d", "i", "a")}
    return pl.DataFrame(
        {**cells, **empty, "label": [labels[each % len(labels)] for each in range(count)]}, schema=TYPES
    )


@pytest.mark.parametrize("count", [0, 1, 2, 3, 10, 60, 600])
@pytest.mark.parametrize("labels", [["a"], ["a", "b"], [f"class {each}" for each in range(2_000)]])
def test_no_table_is_too_poor_to_be_checked(count: int, labels: list[str]) -> None:
    schema = Schema(columns=ALL, label="label")
    with np.errstate(all="raise", under="ignore"):
        found = checks.run(frame(count, labels), schema, known=count // 2)
    for each in found:
        assert each.todo
        assert 0 <= each.share <= 1
        assert not each.sentence.endswith(".")


def test_most_harmful_first_and_the_same_each_time() -> None:
    rng = np.random.default_rng(0)
    labels = rng.choice(["a", "b"], 1_000, p=[0.95, 0.05])
    table = pl.DataFrame({"n": rng.normal(size=1_000), "copy": labels, "id": [f"k{each}" for each in range(1_000)]})
    table = table.with_columns(label=pl.Series(labels))
    kinds = {"n": Kind.NUMBER, "copy": Kind.CATEGORY, "id": Kind.CATEGORY}
    steps: list[Progress] = []
    schema = Schema(columns=kinds, label="label")
    first = checks.run(table, schema, progress=steps.append)
    assert [each.check for each in first[:3]] == ["leakage", "dominating_class", "id_columns"]
    severities = ["error", "warning", "note"]
    assert [each.severity for each in first] == sorted((each.severity for each in first), key=severities.index)
    assert first == checks.run(table, schema)
    assert [step.done for step in steps] == list(range(len(CHECKS) + 1))


def test_a_wide_table_gives_no_flood_of_findings() -> None:
    names = [f"c{each}" for each in range(40)]
    table = pl.DataFrame({**{name: [None] * 90 + [1.0, 2.0] * 5 for name in names}, "label": ["a", "b"] * 50})
    found = checks.run(table, Schema(columns=dict.fromkeys(names, Kind.NUMBER), label="label"))
    empty = [each for each in found if each.check == "empty_columns"]
    assert len(empty) == 5
    assert empty[-1].sentence.startswith(
        "36 more columns have the same trouble (empty_columns): 'c4', 'c5', 'c6', 'c7'"
    )


def test_the_reference_has_a_line_for_each_check() -> None:
    reference = Path(__file__).parents[3] / "docs" / "reference" / "checks.md"
    lines = re.findall(r"^\| `(\w+)` \|", reference.read_text(encoding="utf-8"), re.MULTILINE)
    names = [check.__name__.removeprefix("check_") for check in CHECKS]
    assert [name for name in lines if name != "unread_columns"] == names, "in the order of harm"


def test_the_errors_of_every_check_can_be_accepted() -> None:
    names = [check.__name__.removeprefix("check_") for check in CHECKS]
    assert sorted([*names, "unread_columns", "gap"]) == list(ACCEPTABLE)
