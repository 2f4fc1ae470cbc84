from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.errors import RefusedError
from ratchet.registry.events import Event, champion, rollback_target, standing
from tests.registry.conftest import decision

START = datetime(2026, 1, 1, tzinfo=UTC)


def event(kind: Literal["promoted", "rolled_back"], version: str, seq: int = 1) -> Event:
    return Event(
        seq=seq, at=START + timedelta(hours=seq), event=kind, version=version, previous=None, actor="ann", reason="why"
    )


class Chain:
    """The rules said another way: each champion remembers whom it replaced, and a rollback returns to that one."""

    def __init__(self) -> None:
        self.link: tuple[str, Chain] | None = None

    def promote(self, version: str) -> Chain:
        after = Chain()
        after.link = (version, self)
        return after

    def back(self) -> Chain | None:
        before = self.link[1] if self.link else None
        return before if before is not None and before.link else None


@given(st.lists(st.one_of(st.integers(1, 5), st.none()), max_size=30))
def test_rollbacks_return_along_the_chain_of_champions(moves: list[int | None]) -> None:
    """A number promotes that version, None rolls back."""
    events: list[Event] = []
    chain = Chain()
    for seq, move in enumerate(moves, start=1):
        if move is not None and str(move) == champion(events):
            continue  # the ledger adds no event for the champion that stays
        if move is not None:
            events.append(event("promoted", str(move), seq))
            chain = chain.promote(str(move))
        else:
            before = chain.back()
            if before is None:
                with pytest.raises(RefusedError):
                    rollback_target(events)
                continue
            events.append(event("rolled_back", rollback_target(events), seq))
            chain = before
        assert chain.link is not None
        assert champion(events) == chain.link[0] == standing(events)[-1]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=20), st.integers(0, 25))
def test_the_champion_of_a_moment_is_that_of_the_events_until_then(versions: list[int], hours: int) -> None:
    events = [event("promoted", str(each), seq) for seq, each in enumerate(versions, start=1)]
    wanted = None if hours == 0 else str(versions[min(hours, len(versions)) - 1])
    assert champion(events, START + timedelta(hours=hours)) == wanted


def test_a_rollback_reaches_further_back_only_along_what_stands() -> None:
    events = [event("promoted", "1"), event("promoted", "2"), event("rolled_back", "1"), event("promoted", "3")]
    assert rollback_target(events, to="1") == "1"
    with pytest.raises(RefusedError, match="version 2 is not among the champions before 3"):
        rollback_target(events, to="2")
    with pytest.raises(RefusedError, match="version 3 is the champion already"):
        rollback_target(events, to="3")


def test_rollbacks_that_lead_nowhere_say_so() -> None:
    with pytest.raises(RefusedError, match="no champion to roll back from"):
        rollback_target([])
    with pytest.raises(RefusedError, match="version 1 is the first champion"):
        rollback_target([event("promoted", "1")])


def test_an_event_tells_what_happened() -> None:
    said_yes = Event(
        seq=2, at=START, event="promoted", version="2", previous="1", actor="flow", reason="better",
        evidence=decision("promote"),
    )  # fmt: skip
    assert str(said_yes) == "2026-01-01 00:00:00 UTC  1 -> 2  promoted by flow: better"
    assert not said_yes.override
    assert event("promoted", "1").override
    assert "nothing -> 1  overridden by ann: why" in str(event("promoted", "1"))
