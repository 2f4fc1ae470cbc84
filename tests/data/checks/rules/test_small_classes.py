from collections.abc import Callable

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.small_classes import check_dominating_class, check_small_classes
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]


KINDS = {"n": Kind.NUMBER}


def columns(**counts: int) -> dict[str, list[object]]:
    labels: list[object] = [name for name, count in counts.items() for _ in range(count)]
    return {"n": list(range(len(labels))), "label": labels}


def test_one_tiny_class_is_named_with_its_rows(make: MakeRows) -> None:
    (found,) = check_small_classes(make(KINDS, columns(a=100, rare=3)))
    assert found.sentence == "The class 'rare' has 3 rows: too few to learn it or to judge it"
    assert (found.severity, found.count, found.numbers["smallest"]) == ("warning", 3, 3)


def test_several_small_classes_are_counted(make: MakeRows) -> None:
    (found,) = check_small_classes(make(KINDS, columns(a=100, b=20, c=30)))
    assert found.sentence == "2 classes have fewer than 50 rows: 'b' has 20 rows, 'c' has 30 rows"
    assert found.severity == "note"


def test_large_classes_are_no_finding(make: MakeRows) -> None:
    assert not list(check_small_classes(make(KINDS, columns(a=60, b=50))))
    assert not list(check_dominating_class(make(KINDS, columns(a=60, b=50))))


def test_guessing_a_dominating_class_is_put_in_numbers(make: MakeRows) -> None:
    (found,) = check_dominating_class(make(KINDS, columns(no=909, yes=91)))
    assert "Always guessing 'no' scores an accuracy of 0.91 (909 of 1,000 rows)" in found.sentence
    assert abs(found.numbers["macro_f1"] - 0.5 * 2 * 0.909 / 1.909) < 1e-9
    assert found.severity == "warning"


def test_guessing_is_never_rounded_up_to_certain(make: MakeRows) -> None:
    (found,) = check_dominating_class(make(KINDS, columns(no=9_999, yes=1)))
    assert "0.9999 (9,999" in found.sentence


def test_a_single_class_is_left_to_others(make: MakeRows) -> None:
    assert not list(check_dominating_class(make(KINDS, columns(no=100))))
