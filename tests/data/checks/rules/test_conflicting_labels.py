from collections import Counter
from collections.abc import Callable

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.conflicting_labels import check_conflicting_labels
from ratchet.data.schema import Schema
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz")), min_size=1, max_size=40))
def test_ceiling_is_what_the_best_answer_to_each_row_gets(pairs: list[tuple[str, str]]) -> None:
    frame = pl.DataFrame(pairs, schema=["c", "label"], orient="row")
    rows = CheckedRows(frame=frame, schema=Schema(columns={"c": Kind.CATEGORY}, label="label"))
    counts: dict[str, Counter[str]] = {}
    for value, label in pairs:
        counts.setdefault(value, Counter())[label] += 1
    torn = sum(each.total() for each in counts.values() if len(each) > 1)
    found = list(check_conflicting_labels(rows))
    assert len(found) == (1 if torn else 0)
    if torn:
        assert found[0].count == torn
        assert (
            abs(found[0].numbers["ceiling"] - sum(max(each.values()) for each in counts.values()) / len(pairs)) < 1e-9
        )


def test_texts_with_two_labels_are_a_warning_with_both_labels(make: MakeRows) -> None:
    texts = ["good film", "good film", *(f"film number {each}" for each in range(98))]
    rows = make({"t": Kind.TEXT}, {"t": texts, "label": ["pos", "neg", *["pos"] * 98]})
    (found,) = check_conflicting_labels(rows)
    assert (found.severity, found.count) == ("warning", 2)
    assert "no model can be right on more than 99.0 %" in found.sentence
    assert found.examples == ("neg in row 2; pos in row 1: 'good film'",)


def test_a_coarse_table_is_told_to_add_columns(make: MakeRows) -> None:
    rows = make({"c": Kind.CATEGORY}, {"c": ["a", "b"] * 50, "label": ["x", "x", "y", "x"] * 25})
    (found,) = check_conflicting_labels(rows)
    assert found.severity == "note"
    assert "add the column" in found.todo


def test_rows_of_many_columns_are_told_by_those_that_are_theirs(make: MakeRows) -> None:
    places = [*range(399), 0]
    columns: dict[str, list[object]] = {
        f"c{each:02}": [f"v{row * (each + 3) % (each + 2)}" for row in places] for each in range(11)
    }
    columns |= {"same": ["x"] * 400, "id": [float(row) for row in places]}
    kinds = {name: Kind.NUMBER if name == "id" else Kind.CATEGORY for name in columns}
    (found,) = check_conflicting_labels(make(kinds, {**columns, "label": [*["a"] * 399, "b"]}))
    (example,) = found.examples
    assert example.startswith("a in row 1; b in row 400: id = 0, c10 = 'v0', ")
    assert example.endswith(" and 4 more columns"), "the column that is the same in every row says nothing"
