from collections.abc import Callable

import numpy as np

from ratchet.data.checks.checked_rows import CheckedRows
from ratchet.data.checks.rules.leakage import check_label_in_words, check_leakage
from ratchet.kinds.kind import Kind

MakeRows = Callable[..., CheckedRows]


RNG = np.random.default_rng(0)
LABELS = RNG.choice(["bad", "good"], 2_000, p=[0.7, 0.3])


def test_the_label_in_other_words(make: MakeRows) -> None:
    columns = {"code": np.where(LABELS == "good", "G1", "B0"), "label": LABELS}
    (found,) = check_leakage(make({"code": Kind.CATEGORY}, columns))
    assert found.severity == "error"
    assert found.sentence.startswith("The column 'code' gives the label away: it is the label in other words")
    assert "ignore" in found.todo


def test_a_finer_column_from_which_the_label_follows(make: MakeRows) -> None:
    stars = np.where(LABELS == "good", RNG.integers(7, 11, 2_000), RNG.integers(1, 5, 2_000)).astype(float)
    (found,) = check_leakage(make({"stars": Kind.NUMBER}, {"stars": stars, "label": LABELS}))
    assert "each of its 8 values goes with one label (stars > 4 -> good; else bad)" in found.sentence


def test_a_value_that_is_only_there_for_one_class(make: MakeRows) -> None:
    paid = np.where(LABELS == "good", 1.0, np.nan)
    (found,) = check_leakage(make({"paid": Kind.NUMBER}, {"paid": paid, "label": LABELS}))
    assert (found.severity, found.column) == ("error", "paid")


def test_a_suspiciously_strong_column_is_a_warning(make: MakeRows) -> None:
    value = (LABELS == "good") + RNG.normal(0, 0.2, 2_000)
    (found,) = check_leakage(make({"value": Kind.NUMBER}, {"value": value, "label": LABELS}))
    assert found.severity == "warning"
    assert "suspiciously much" in found.sentence


def test_honest_columns_and_ids_are_no_leak(make: MakeRows) -> None:
    kinds = {"id": Kind.CATEGORY, "n": Kind.NUMBER, "c": Kind.CATEGORY}
    columns = {
        "id": [f"id{each}" for each in range(2_000)],
        "n": (LABELS == "good") * 0.5 + RNG.normal(size=2_000),
        "c": RNG.choice(["x", "y"], 2_000),
        "label": LABELS,
    }
    assert not list(check_leakage(make(kinds, columns)))


def test_a_text_that_spells_the_label_out(make: MakeRows) -> None:
    columns = {"path": [f"train/{label.upper()}/{each}.jpg" for each, label in enumerate(LABELS)], "label": LABELS}
    (found,) = check_label_in_words(make({"path": Kind.TEXT}, columns))
    assert found.sentence == "The column 'path' spells the label out in 100 % of the rows"
    assert not list(check_label_in_words(make({"t": Kind.TEXT}, {"t": ["good and bad"] * 2_000, "label": LABELS})))
