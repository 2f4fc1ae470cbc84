"""Who answers beside the champion: shares and slots, and what the ledger says of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.errors import NotFoundError, RefusedError, RequestError
from ratchet.registry.ledger import Ledger
from ratchet.registry.traffic import SLOTS, Traffic, split
from ratchet.store.database import Database
from tests.registry.conftest import decision

SHARES = st.dictionaries(st.sampled_from("3456"), st.integers(1, SLOTS // 4).map(lambda slots: slots / SLOTS))


def _slots(traffic: Traffic) -> dict[str, set[int]]:
    return {each: {at for span in spans for at in range(*span)} for each, spans in traffic.arms.items()}


@given(st.lists(SHARES, min_size=1, max_size=5))
def test_shares_are_exact_and_nobody_moves_without_need(changes: list[dict[str, float]]) -> None:
    before = Traffic()
    for shares in changes:
        after = split(before, shares, (), salt="s")
        was, now = _slots(before), _slots(after)
        assert after.shares == pytest.approx(shares)
        assert sum(map(len, now.values())) == len(set().union(*now.values())), "no slot has two arms"
        for version in set(was) & set(now):
            assert was[version] <= now[version] or now[version] <= was[version]
        before = after


@pytest.fixture
def ledger(database: Database, add_versions: Callable[..., None]) -> Ledger:
    add_versions(database, 5)
    ledger = Ledger(database, "reviews")
    ledger.promote("1", actor="flow", reason="", evidence=decision("promote"))
    return ledger


def test_a_change_says_who_and_why_and_leaves_the_champion(ledger: Ledger) -> None:
    event = ledger.split({"3": 0.1}, ["4"], actor="ann", reason="to compare")
    assert (event.event, event.version, event.actor, event.reason) == ("traffic", "1", "ann", "to compare")
    assert str(event).endswith("traffic: 3 10 %, 4 in shadow  by ann: to compare")
    assert ledger.traffic() == event.traffic
    assert ledger.champion() == "1"
    assert [each.event for each in ledger.events()] == ["promoted"]
    assert [each.event for each in ledger.history()] == ["promoted", "traffic"]
    assert ledger.split({"3": 0.1}, ["4"], actor="bob", reason="again") == event, "nothing changed"
    assert ledger.promote("1", actor="x", reason="again").event == "promoted"
    grown = ledger.split({"3": 0.2}, (), actor="ann", reason="more")
    assert grown.traffic.salt == event.traffic.salt, "the same people stay"
    assert not ledger.split({}, (), actor="ann", reason="enough").traffic
    assert ledger.split({"3": 0.1}, (), actor="ann", reason="anew").traffic.salt != grown.traffic.salt


def test_a_promotion_and_a_rollback_end_the_share_of_their_version_alone(ledger: Ledger) -> None:
    ledger.split({"3": 0.1, "4": 0.1}, ["5"], actor="ann", reason="to compare")
    ledger.promote("3", actor="flow", reason="", evidence=decision("promote"))
    assert (ledger.champion(), ledger.traffic().versions) == ("3", ("4", "5"))
    ended, promoted = ledger.history()[-2:]
    assert (ended.event, ended.version, ended.reason) == ("traffic", "1", "version 3 becomes the champion")
    assert (promoted.event, promoted.version, promoted.previous) == ("promoted", "3", "1")
    ledger.split({"1": 0.5}, (), actor="ann", reason="to compare with the one before")
    ledger.rollback(actor="ann", reason="it was better")
    assert (ledger.champion(), bool(ledger.traffic())) == ("1", False)
    assert [each.event for each in ledger.events()] == ["promoted", "promoted", "rolled_back"]


@pytest.mark.parametrize(
    ("shares", "shadow", "words"),
    [
        ({"1": 0.1}, [], "another than the champion"),
        ({}, ["1"], "another than the champion"),
        ({"3": 0.6, "4": 0.5}, [], "at most 100 %"),
        ({"3": 1.1}, [], "a share from"),
        ({"3": 0.0}, [], "a share from"),
        ({"3": float("nan")}, [], "a share from"),
        ({"3": 0.1}, ["3"], "does not listen in"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_all_as_it_is(
    ledger: Ledger, shares: dict[str, float], shadow: list[str], words: str
) -> None:
    with pytest.raises(RequestError) as raised:
        ledger.split(shares, shadow, actor="ann", reason="to try")
    assert words in str(raised.value.problems[0])
    assert not ledger.traffic()


def test_a_version_that_is_none_a_reason_that_is_none_and_no_champion(
    ledger: Ledger, database: Database, add_versions: Callable[..., None]
) -> None:
    with pytest.raises(NotFoundError, match="no version 9"):
        ledger.split({"9": 0.1}, (), actor="ann", reason="to try")
    with pytest.raises(RefusedError, match="reason"):
        ledger.split({"3": 0.1}, (), actor="ann", reason=" ")
    with pytest.raises(RefusedError, match="no champion"):
        Ledger(database, "others").split({"3": 0.1}, (), actor="ann", reason="to try")
