from collections.abc import Callable

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.mixed_columns import check_mixed_columns
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]


def test_words_among_numbers_are_named(make: MakeRows) -> None:
    values = [*map(str, range(20)), "unknown", "unknown", "n/k"]
    rows = make({"age": Kind.CATEGORY}, {"age": values, "label": ["a"] * 12 + ["b"] * 11})
    (found,) = check_mixed_columns(rows)
    assert found.sentence == "The column 'age' holds numbers in 20 rows and words in 3: 'unknown' and 'n/k'"
    assert found.count == 3


def test_codes_with_letters_are_not_mixed(make: MakeRows) -> None:
    values = ["A1", "B2", "C3", "4", "5"] * 4
    assert not list(check_mixed_columns(make({"c": Kind.CATEGORY}, {"c": values, "label": list("ab") * 10})))
