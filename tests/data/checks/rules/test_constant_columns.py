from collections.abc import Callable
from datetime import datetime

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.constant_columns import check_constant_columns, check_empty_columns, check_mixed_columns
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]


def test_constant_and_empty_columns(make: MakeRows) -> None:
    kinds = {"one": Kind.CATEGORY, "none": Kind.NUMBER, "few": Kind.NUMBER, "fine": Kind.NUMBER}
    columns = {
        "one": ["same"] * 10,
        "none": [None] * 10,
        "few": [1.0, 2.0, *[None] * 8],
        "fine": list(range(10)),
        "label": ["a", "b"] * 5,
    }
    rows = make(kinds, columns)
    (constant,) = check_constant_columns(rows)
    assert (constant.column, constant.sentence) == ("one", "The column 'one' has one value in every row")
    assert constant.examples == ("one is always 'same'",)
    none, few = check_empty_columns(rows)
    assert (none.column, none.severity, none.sentence) == ("none", "warning", "The column 'none' is empty in every row")
    assert few.sentence == "The column 'few' is empty in 8 of 10 rows (80.0 %)"


def test_words_among_numbers_are_named(make: MakeRows) -> None:
    values = [*map(str, range(20)), "unknown", "unknown", "n/k"]
    rows = make({"age": Kind.CATEGORY}, {"age": values, "label": ["a"] * 12 + ["b"] * 11})
    (found,) = check_mixed_columns(rows)
    assert found.sentence == "The column 'age' holds numbers in 20 rows and words in 3: 'unknown', 'n/k'"
    assert found.count == 3


def test_codes_with_letters_are_not_mixed(make: MakeRows) -> None:
    values = ["A1", "B2", "C3", "4", "5"] * 4
    assert not list(check_mixed_columns(make({"c": Kind.CATEGORY}, {"c": values, "label": list("ab") * 10})))


def test_one_picture_in_every_row_is_constant(make: MakeRows) -> None:
    kinds = {"same": Kind.IMAGE, "other": Kind.IMAGE, "day": Kind.DATE}
    days = [datetime(2026, 1, 1)] * 2 + [None]
    columns = {"same": [b"one"] * 3, "other": [b"one", b"two", b"one"], "day": days, "label": list("aba")}
    (found,) = check_constant_columns(make(kinds, columns))
    assert found.examples == ("same is always a file",)
