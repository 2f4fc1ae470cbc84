"""A pending version says how far its bet is, and a person may promote it once that is won."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ratchet.errors import RefusedError
from ratchet.gate.decide import decide
from ratchet.gate.pending import Odds
from ratchet.registry import pending, promotion
from ratchet.report import document as report
from ratchet.report.document import document
from ratchet.retrain.workshop import Workshop
from tests.gate.scenes import evidence
from tests.report.conftest import decided

SHORT = Odds(rows=60, now=9.0, needed=81.0, reached=False, done=0.5)
WON = Odds(rows=90, now=100.0, needed=81.0, reached=True, done=1.0)


@pytest.fixture
def waiting(shop: Workshop) -> Workshop:
    """The same, where the second version waits for rows that settle it."""
    found = decide(evidence(rows=400, ours=0.82, theirs=0.80))
    decided(shop, "2", replace(found, terms="macro_f1 of bad, better, at 0.95"))
    assert shop.records.versions.get("2").decision.pending
    return shop


def test_a_pending_version_says_how_its_bet_stands(waiting: Workshop) -> None:
    found = document(waiting.records, "2")
    assert found["stage"] == "pending"
    assert found["pending"]["rows"] == 0, "no row has joined since its exam"
    assert found["pending"]["sentence"].startswith("Pending: odds of 1 to 1 on 0 rows")
    assert document(waiting.records, "1")["pending"] is None


@pytest.mark.parametrize(("odds", "said"), [(SHORT, "Once they are reached"), (WON, "Enough: ratchet promote 2")])
def test_it_says_who_makes_it_champion(
    waiting: Workshop, monkeypatch: pytest.MonkeyPatch, odds: Odds, said: str
) -> None:
    monkeypatch.setattr(report, "odds", lambda records, version: odds)
    assert said in document(waiting.records, "2")["pending"]["sentence"]


def test_a_person_may_promote_what_the_bet_has_settled(waiting: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(promotion, "odds", lambda records, version: SHORT)
    with pytest.raises(RefusedError, match="not let through"):
        promotion.promote(waiting.records, "2", actor="ann")
    monkeypatch.setattr(promotion, "odds", lambda records, version: WON)
    event = promotion.promote(waiting.records, "2", actor="ann")
    assert not event.override
    assert event.evidence is not None
    assert (event.evidence.outcome, event.evidence.pending) == ("promote", False)
    settled = document(waiting.records, "2")
    assert (settled["stage"], settled["decision"]["outcome"]) == ("champion", "promote")
    assert settled["holdout"]["shown"] == "in full"


def test_who_was_champion_since_waits_for_nothing(waiting: Workshop) -> None:
    """A version that people took away again does not come back by itself."""
    assert [each.number for each in pending.waiting(waiting.records)] == ["2"]
    waiting.records.ledger.promote("2", actor="ann", reason="for a while")
    waiting.records.ledger.rollback(actor="ann", reason="complaints")
    assert waiting.records.ledger.champion() == "1"
    assert pending.waiting(waiting.records) == []
    found = document(waiting.records, "2")
    assert (found["stage"], found["pending"]) == ("archived", None)
