"""A challenger whose exam was unclear goes on, on rows that were labelled since."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from ratchet.data.ingest.ingest import ingest
from ratchet.gate.decision import Check, Decision
from ratchet.gate.pending import Odds
from ratchet.progress import silent
from ratchet.registry.pending import odds, waiting
from ratchet.registry.stages import decision_now
from ratchet.report.document import document
from ratchet.retrain.stage import Stage, StagedDecision, StagedTraining
from ratchet.retrain.steps.gate import gate
from ratchet.retrain.steps.promote import promote
from ratchet.retrain.steps.register import register
from ratchet.retrain.steps.score import score
from ratchet.retrain.steps.settle import settle
from ratchet.retrain.steps.train import train
from ratchet.retrain.workshop import Workshop
from tests.retrain.conftest import RUN, Made
from tests.retrain.shops import open_shop, take_in

_TERMS = "macro_f1 of bad, better, at 0.95"


def registered(shop: Workshop, scored: str, outcome: str) -> str:
    """Register what was scored, with what the gate said turned into ``outcome``."""
    stage = Stage.of(shop, scored)
    staged = stage.read(gate(shop, scored, silent), StagedDecision)
    number = register(
        shop,
        stage.write(replace(staged, judged=replace(staged.judged, decision=_turned(staged.judged.decision, outcome)))),
        silent,
    )
    assert number is not None
    return number


def _turned(found: Decision, outcome: str) -> Decision:
    if outcome == "promote":
        return replace(found, outcome="promote")
    unclear = Check(rule="better", passed=None, sentence="Perhaps better.", plain="Perhaps better.")
    return replace(
        found, outcome="need_data", checks=(unclear,), asked=True, exam=1, pending=True, terms=found.terms or _TERMS
    )


@pytest.fixture
def pending(shop: Workshop, made: Made) -> Workshop:
    """Version 1, which always guesses, is champion; version 2, a real model, is pending."""
    stage = Stage(shop, RUN)
    trained = stage.read(made.training, StagedTraining)
    guessing = stage.write(replace(trained, candidate=trained.baselines["majority.v1"]))
    registered(shop, score(shop, guessing, silent), "promote")
    promote(shop, "1", "ann", silent)
    run = shop.records.runs.begin("the real model", actor="ann")
    assert registered(shop, score(shop, train(shop, run.id, made.dataset, silent), silent), "need_data") == "2"
    run.finish({})
    return shop


def stands(shop: Workshop) -> Odds:
    (version,) = waiting(shop.records)
    found = odds(shop.records, version)
    assert found is not None
    return found


def test_without_new_rows_nothing_is_settled(pending: Workshop) -> None:
    found = stands(pending)
    assert (found.rows, found.now, found.reached) == (0, 1.0, False)
    assert settle(pending, "ann", silent) == "none"
    assert document(pending.records, "2")["pending"]["done"] == 0.0


def test_new_rows_that_are_not_held_out_settle_it(pending: Workshop) -> None:
    before = pending.records.newest()
    more = pending.records.datasets.get(take_in(pending, 700, seed=5))
    found = stands(pending)
    sides = {name: more.sides[name] - before.sides[name] for name in ("train", "tune")}
    assert (found.rows, found.reached) == (sum(sides.values()), True)
    assert settle(pending, "bob", silent) == "2"
    event = pending.records.ledger.events()[-1]
    assert (event.version, event.actor, event.previous) == ("2", "bob", "1")
    assert event.evidence is not None
    assert (event.evidence.outcome, event.evidence.pending) == ("promote", False)
    assert "labelled since its exam" in event.reason
    assert settle(pending, "bob", silent) == "none"
    assert len(pending.records.ledger.events()) == 2


def test_what_settled_a_version_is_its_decision_from_then_on(pending: Workshop) -> None:
    take_in(pending, 700, seed=5)
    settle(pending, "bob", silent)
    version = pending.records.versions.get("2")
    decision = decision_now(version, pending.records.ledger.events())
    assert (version.decision.outcome, decision.outcome) == ("need_data", "promote")
    shown = document(pending.records, "2")
    assert (shown["decision"]["outcome"], shown["pending"], shown["holdout"]["shown"]) == ("promote", None, "in full")


def test_the_same_rows_give_the_same_odds_and_later_rows_change_none_before(pending: Workshop) -> None:
    take_in(pending, 60, seed=7)
    first = stands(pending)
    assert stands(pending) == first
    take_in(pending, 80, seed=8)
    assert stands(pending).rows > first.rows


def test_rows_that_people_chose_to_label_are_not_bet_on(pending: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    take_in(pending, 60, seed=7)
    frame = pending.records.datasets.frame
    monkeypatch.setattr(
        type(pending.records.datasets), "frame",
        lambda _, dataset, columns=None: frame(dataset, columns).with_columns(pl.lit(True).alias("_chosen")),
    )  # fmt: skip
    assert stands(pending).rows == 0


def test_another_champion_ends_it(pending: Workshop) -> None:
    pending.records.ledger.promote("2", actor="ann", reason="I want it")
    assert waiting(pending.records) == []


def test_a_bet_keeps_the_terms_of_its_exam(pending: Workshop) -> None:
    take_in(pending, 700, seed=5)
    lenient = open_shop(pending.workspace, gate={"rule": "no_worse", "margin": 0.3})
    (version,) = waiting(lenient.records)
    assert odds(lenient.records, version) is None
    assert settle(lenient, "ann", silent) == "none"
    assert stands(pending).reached, "by its own terms it goes on"


def test_rows_that_are_told_apart_otherwise_cannot_settle_it(pending: Workshop, tmp_path: Path) -> None:
    other = open_shop(pending.workspace, columns={"income": "number", "age": "number"})
    ingest(other.records.datasets, [], other.records.spec, quarantine=tmp_path)
    (version,) = waiting(other.records)
    assert odds(other.records, version) is None
    assert settle(other, "ann", silent) == "none"
