"""The anchor is the last version of which more was shown than that it is not much worse."""

from __future__ import annotations

from dataclasses import dataclass

from ratchet.gate.anchor import anchor
from ratchet.gate.decision import Check, Decision


@dataclass(frozen=True)
class _Change:
    version: str
    evidence: Decision | None = None
    event: str = "promoted"


def _decision(rule: str, *, better_p: float = 0.5, outcome: str = "promote") -> Decision:
    numbers = {"alpha": 0.01, "better_p": better_p} if rule == "no_worse" else {"alpha": 0.01}
    check = Check(rule=rule, passed=outcome == "promote", sentence="", plain="", numbers=numbers)
    return Decision(outcome="promote" if outcome == "promote" else "hold", checks=(check,), sentence="")


_FIRST = _Change("1", _decision("beats_majority"))


def _better(version: str) -> _Change:
    return _Change(version, _decision("better"))


def _no_worse(version: str, better_p: float = 0.5) -> _Change:
    return _Change(version, _decision("no_worse", better_p=better_p))


def _back(version: str) -> _Change:
    return _Change(version, event="rolled_back")


def test_the_first_champion_is_the_anchor_and_before_it_there_is_none() -> None:
    assert anchor([]) is None
    assert anchor([_FIRST]) == "1"
    assert anchor([_Change("4")]) == "4", "put there by a person"


def test_a_staircase_of_no_worse_moves_no_anchor() -> None:
    assert anchor([_FIRST, *(_no_worse(str(step)) for step in range(2, 9))]) == "1"


def test_what_is_shown_better_becomes_the_anchor() -> None:
    assert anchor([_FIRST, _better("2"), _no_worse("3"), _no_worse("4")]) == "2"
    assert anchor([_FIRST, _no_worse("2", better_p=0.009), _no_worse("3")]) == "2"
    assert anchor([_FIRST, _no_worse("2", better_p=0.011)]) == "1"


def test_better_than_a_champion_that_is_no_anchor_moves_nothing() -> None:
    """The champion may lie a margin below the anchor: what is better than it may still be worse than that."""
    assert anchor([_FIRST, _no_worse("2"), _better("3"), _no_worse("4")]) == "1"


def test_a_person_vouches_for_whom_they_put_there() -> None:
    assert anchor([_FIRST, _Change("2"), _no_worse("3")]) == "2"
    assert anchor([_FIRST, _Change("2", _decision("better", outcome="hold"))]) == "2"


def test_a_rollback_makes_it_what_it_was_when_that_version_became_champion() -> None:
    assert anchor([_FIRST, _no_worse("2"), _better("3"), _back("2")]) == "1"
    assert anchor([_FIRST, _better("2"), _no_worse("3"), _better("4"), _back("3"), _no_worse("5")]) == "2"
    assert anchor([_FIRST, _better("2"), _back("1"), _better("3")]) == "3"
    assert anchor([_FIRST, _no_worse("2"), _better("3"), _Change("2")]) == "2", "by hand it is vouched for"
