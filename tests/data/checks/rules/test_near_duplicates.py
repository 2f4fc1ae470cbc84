import re
from collections.abc import Callable

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.near_duplicates import check_near_duplicates
from ratchet.data.checks.rules.repeated_rows import check_repeated_rows
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]

LONG = "the quick brown fox jumps over the lazy dog while nobody at all is looking at them number"


def test_near_duplicates_show_where_they_differ(make: MakeRows) -> None:
    texts = [f"{LONG} one", f"{LONG} two", "something else"]
    (found,) = check_near_duplicates(make({"t": Kind.TEXT}, {"t": texts, "label": list("aba")}))
    assert found.count == 2
    assert found.examples == ("rows 1 and 2: '…king at them number one' ~ '…king at them number two'",)


def test_copies_that_are_equal_are_not_near_duplicates(make: MakeRows) -> None:
    rows = make({"t": Kind.TEXT}, {"t": [LONG, LONG, "x"], "label": list("aba")})
    assert not list(check_near_duplicates(rows))
    assert len(list(check_repeated_rows(rows))) == 1


def test_rows_of_numbers_show_the_columns_in_which_they_differ(make: MakeRows) -> None:
    rng = np.random.default_rng(0)
    numbers = {name: rng.normal(size=300) for name in "abcd"}
    for name in ("a", "c"):
        numbers[name][7] = numbers[name][3] + 1e-6
    for name in ("b", "d"):
        numbers[name][7] = numbers[name][3]
    kinds = dict.fromkeys(numbers, Kind.NUMBER)
    rows = make(kinds, {**numbers, "label": ["x", "y", "y"] * 100})
    (found,) = check_near_duplicates(rows)
    (example,) = found.examples
    assert re.fullmatch(r"rows 4 and 8: a (-?[\d.]+) ~ (-?[\d.]+), c (-?[\d.]+) ~ (-?[\d.]+)", example)
