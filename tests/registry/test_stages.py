from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import pytest

from ratchet.evaluation.scorecard import Scorecard
from ratchet.gate.decision import Decision, Outcome
from ratchet.registry.events import Event
from ratchet.registry.stages import decision_now, stage, staged
from ratchet.registry.versions import Version

NOW = datetime(2026, 3, 4, tzinfo=UTC)
CARD = Scorecard(classes=("a", "b"), metrics={}, per_class={}, confusion=(), baselines={})


def version(number: str, outcome: Outcome = "promote") -> Version:
    return Version(
        number=number,
        family="linear.v1",
        dataset_id="d",
        learning_hash="l",
        created_at=NOW,
        scorecard=CARD,
        decision=Decision(outcome=outcome, checks=(), sentence="so it is"),
        run_id=f"run{number}",
        bundle_key=f"bundles/{number}",
    )


def pending(number: str, against: str) -> Version:
    asked = version(number, "need_data")
    return replace(asked, champion=against, decision=replace(asked.decision, pending=True))


def event(number: str, kind: Literal["promoted", "rolled_back"] = "promoted") -> Event:
    return Event(seq=0, at=NOW, event=kind, version=number, previous=None, actor="ann", reason="")


@pytest.mark.parametrize(
    ("asked", "events", "wanted"),
    [
        (version("1"), [], "challenger"),
        (version("1"), [event("1")], "champion"),
        (version("2"), [event("1")], "challenger"),
        (version("2"), [event("1"), event("3")], "archived"),
        (version("1"), [event("1"), event("2")], "archived"),
        (version("2"), [event("1"), event("2"), event("1", "rolled_back")], "archived"),
        (version("1"), [event("1"), event("2"), event("1", "rolled_back")], "champion"),
        (version("2", "hold"), [event("1")], "held"),
        (version("2", "need_data"), [event("1")], "held"),
        (version("2", "hold"), [event("1"), event("2")], "champion"),
        (pending("2", against="1"), [event("1")], "pending"),
        (pending("2", against="1"), [event("1"), event("3")], "held"),
        (pending("2", against="1"), [event("1"), event("2")], "champion"),
    ],
)
def test_the_stage_follows_from_decision_and_ledger(asked: Version, events: list[Event], wanted: str) -> None:
    assert stage(asked, events) == wanted


def test_the_decision_stands_until_rows_have_settled_it() -> None:
    asked = pending("2", against="1")
    settled = replace(asked.decision, outcome="promote", pending=False)
    by_rows = replace(event("2"), evidence=settled)
    by_hand = replace(event("2"), evidence=asked.decision)
    assert decision_now(asked, [event("1"), by_rows]) == settled
    assert decision_now(asked, [event("1"), by_hand]) == asked.decision
    assert decision_now(asked, [replace(by_rows, version="1")]) == asked.decision


def test_versions_keep_all_that_they_say() -> None:
    first, second = staged([version("2"), version("1")], [event("1")])
    assert (first.stage, second.stage) == ("challenger", "champion")
    assert (first.scorecard, first.bundle_id) == (CARD, "2")
    assert replace(second, stage="held").number == "1"
