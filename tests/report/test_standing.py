"""What is said of the holdout, its uses and its numbers is what is on record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ratchet.gate import printed
from ratchet.gate.decide import decide
from ratchet.gate.printed import rounded
from ratchet.gate.uses import exam_share
from ratchet.progress import silent
from ratchet.registry.promotion import promote
from ratchet.registry.stages import shown
from ratchet.report.document import document
from ratchet.retrain.steps.collect import turn
from ratchet.retrain.workshop import Workshop
from ratchet.spec import Gate
from tests.gate.scenes import evidence, screen
from tests.report.conftest import decided
from tests.retrain.shops import take_in


@pytest.fixture
def held(shop: Workshop) -> Workshop:
    """The same, where both versions are held after the holdout was asked."""
    for number in ("1", "2"):
        decided(shop, number, decide(evidence(gate=Gate(floor=0.99), theirs=None)))
    return shop


def test_a_held_version_is_rounded_and_says_how_to_see_it_in_full(held: Workshop) -> None:
    found = document(held.records, "2")
    holdout = found["holdout"]
    assert holdout["shown"] == "rounded"
    assert "rounded to steps of about their standard error" in holdout["reading"]
    assert "ratchet show 2 --look" in holdout["reading"]
    assert "counts as a look" in holdout["reading"]
    assert "worst" not in found
    full = held.records.versions.get("2").scorecard.metrics["accuracy"]
    assert found["metrics"]["accuracy"]["value"] == rounded(full).value != full.value


def test_of_a_version_that_lost_to_the_champion_only_that_is_told(shop: Workshop) -> None:
    decided(shop, "2", decide(evidence(ours=0.7)))
    found = document(shop.records, "2")
    assert (found["holdout"]["shown"], found["metrics"], found["baselines"]) == ("left out", {}, {})
    assert "Not shown to be better than the champion." in found["summary"]
    assert "Out of fold its" in found["summary"]
    assert "each would tell of its rows; ratchet show 2 --look" in found["holdout"]["reading"]
    assert document(shop.records, "2", look=True)["metrics"]


def test_a_look_tells_all_is_recorded_once_and_says_what_it_costs(held: Workshop) -> None:
    before = document(held.records, "2")["holdout"]
    looks = [document(held.records, "2", look=True) for _ in range(2)]
    for found in looks:
        holdout, full = found["holdout"], held.records.versions.get("2").scorecard
        assert (holdout["shown"], holdout["looks"], holdout["exams"]) == ("in full", 1, before["exams"])
        assert found["metrics"]["accuracy"]["value"] == full.metrics["accuracy"].value
        assert found["confusion"] == [list(row) for row in full.confusion]
        assert found["worst"]
        k = before["next"]["exam"] + 1
        assert holdout["next"] == {"exam": k, "allowance": exam_share(k, 0.95)}
        assert holdout["reading"].startswith("Recorded as a look")
        assert f"number {k} of its generation" in holdout["reading"]
    assert document(held.records, "2")["holdout"]["shown"] == "rounded", "who has not looked is not shown"


def test_it_is_said_how_many_rows_were_never_asked(held: Workshop) -> None:
    """The rows that the newest version was not judged on are fresh; as many again turn the generation."""
    uses = document(held.records, "2")["holdout"]
    asked = uses["units"] - uses["fresh"]
    assert uses["uses"] == uses["exams"] == len(held.records.holdouts.uses(0))
    take_in(held, 100, seed=2)
    more = document(held.records, "2")["holdout"]
    fresh = more["fresh"]
    assert fresh > uses["fresh"]
    assert more["units"] == asked + fresh
    assert more["missing"] == asked - fresh
    assert f"{fresh:,} of them were never asked; with {asked - fresh:,} more" in more["sentence"]
    take_in(held, 1_000, seed=3)
    due = document(held.records, "2")["holdout"]
    assert due["missing"] == 0
    assert "with the next training" in due["sentence"]


def test_a_generation_that_is_over_says_so(held: Workshop) -> None:
    rows = document(held.records, "2")["holdout"]["rows"]
    take_in(held, 1_000, seed=3)
    turn(held, silent)
    found = document(held.records, "2")["holdout"]
    assert (found["over"], found["generation"], found["rows"]) == (True, 0, rows)
    assert "generation 0 of the holdout, which is over" in found["sentence"]
    assert found["next"]["exam"] == 1, "the next exam is of the new generation"


def test_who_promotes_against_the_gate_has_not_looked(held: Workshop) -> None:
    promote(held.records, "2", actor="bob", reason="I want it", override=True)
    found, version = document(held.records, "2"), held.records.versions.get("2")
    assert (found["stage"], found["holdout"]["shown"]) == ("champion", "rounded")
    listed = shown(version, held.records.ledger.events())
    assert listed.scorecard.metrics["accuracy"].value == found["metrics"]["accuracy"]["value"]
    assert listed.scorecard.summary == found["summary"]


def test_what_was_not_asked_shows_nothing_of_the_holdout(shop: Workshop) -> None:
    decided(shop, "2", decide(evidence(screen=screen(0.7, 0.8))))
    found: dict[str, Any] = document(shop.records, "2")
    assert (found["holdout"]["shown"], found["metrics"]) == ("not asked", {})
    assert "left out, as it was not asked; ratchet show 2 --look" in found["holdout"]["reading"]


def test_what_is_known_of_the_training_is_told_of_every_version(shop: Workshop) -> None:
    card = shop.records.versions.get("2").scorecard
    for outcome in (decide(evidence(ours=0.7)), decide(evidence(screen=screen(0.7, 0.8)))):
        shown_card = printed.scorecard(replace(card, training_notes=("3 rows were copies",)), outcome)
        assert shown_card.training_notes == ("3 rows were copies",)
