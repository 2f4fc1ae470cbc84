from __future__ import annotations

from collections.abc import Callable

import pytest

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.class_names import check_class_names
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]


def rows(make: MakeRows, counts: dict[str, int]) -> CheckedRows:
    labels = [name for name, count in counts.items() for _ in range(count)]
    return make({"n": Kind.NUMBER}, {"n": list(range(len(labels))), "label": labels})


def test_one_class_written_in_several_ways_is_said_with_its_counts(make: MakeRows) -> None:
    (found,) = check_class_names(rows(make, {"Spam": 30, "spam": 20, "SPAM": 1, "ham": 40, "Ham": 2}))
    assert found.sentence == (
        "The classes 'SPAM' (1 row), 'Spam' (30 rows) and 'spam' (20 rows) look like one class written in several "
        "ways, and 1 more such group of classes"
    )
    assert (found.severity, found.count, found.numbers["groups"]) == ("warning", 93, 2)
    assert found.examples[1] == "'Ham' (2 rows) and 'ham' (40 rows)"
    assert "--correct" in found.todo


@pytest.mark.parametrize("pair", [("Needs Work", "needs_work"), ("1", "1.0"), ("ﬁne", "fine"), ("Ja", "ja\u00a0")])
def test_spacing_numbers_and_forms_of_letters_make_no_class(make: MakeRows, pair: tuple[str, str]) -> None:
    (found,) = check_class_names(rows(make, {pair[0]: 10, pair[1]: 10, "other": 10}))
    assert found.count == 20


@pytest.mark.parametrize("name", ["NULL", "NA", "nan", "none", "-", "N/A"])
def test_a_class_called_like_a_missing_value_is_said(make: MakeRows, name: str) -> None:
    (found,) = check_class_names(rows(make, {"yes": 30, "no": 20, name: 7}))
    assert found.sentence.startswith(f"The class '{name}' (7 rows) looks like a label that is missing")
    assert (found.severity, found.count) == ("warning", 7)
    assert "rows without a label are set aside" in found.todo


@pytest.mark.parametrize("names", [("C", "C++"), ("A", "A-", "A+"), ("pos", "neg"), ("1", "10"), ("re-sign", "resign")])
def test_classes_of_their_own_are_no_finding(make: MakeRows, names: tuple[str, ...]) -> None:
    assert not list(check_class_names(rows(make, dict.fromkeys(names, 10))))
