"""A comparison tells of the holdout, so it is a look, and says so."""

from __future__ import annotations

import pytest

from ratchet.errors import DataError
from ratchet.gate.uses import exam_share
from ratchet.report.comparison import document
from ratchet.retrain.workshop import Workshop


def test_a_comparison_is_recorded_once_and_says_what_it_costs(shop: Workshop) -> None:
    generation = shop.records.newest().split.generation
    before = shop.records.holdouts.uses(generation)
    found = document(shop.records, "1", "2")
    (look,) = shop.records.holdouts.uses(generation)[len(before) :]
    assert (look.kind, look.champion, look.version) == ("look", "1", "2")
    assert found["holdout"]["reading"].startswith("Recorded as a look at the holdout")
    document(shop.records, "1", "2")
    assert len(shop.records.holdouts.uses(generation)) == len(before) + 1


def test_a_version_is_not_compared_with_itself_nor_is_that_a_look(shop: Workshop) -> None:
    generation = shop.records.newest().split.generation
    before = shop.records.holdouts.uses(generation)
    with pytest.raises(DataError, match="the same version twice") as caught:
        document(shop.records, "1", "1")
    assert caught.value.exit_code == 2
    assert shop.records.holdouts.uses(generation) == before


def test_a_comparison_speaks_only_of_what_it_has_looked_at(shop: Workshop) -> None:
    rules = [each["rule"] for each in document(shop.records, "1", "2")["decision"]["checks"]]
    assert "better" in rules
    assert not {"findings", "screen"} & set(rules)


def test_the_cost_is_that_of_the_next_exam(shop: Workshop) -> None:
    reading = document(shop.records, "1", "2")["holdout"]["reading"]
    exams = [each for each in shop.records.holdouts.uses(0) if each.kind == "look" or each.champion is not None]
    k = len(exams) + 1
    assert f"is number {k} of its generation" in reading
    assert f"{100 * exam_share(k, 0.95):.2g} % of the time, where" in reading
    assert reading.endswith(f"without this look it could err {100 * exam_share(k - 1, 0.95):.2g} %.")
