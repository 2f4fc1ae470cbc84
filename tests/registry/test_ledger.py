from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ratchet import clock
from ratchet.errors import NotFoundError, RefusedError
from ratchet.registry.events import champion
from ratchet.registry.ledger import Ledger
from ratchet.store.database import Database
from tests.registry.conftest import decision

AddVersions = Callable[..., None]
YES, NO = decision("promote"), decision("hold")


@pytest.fixture
def ledger(database: Database, add_versions: AddVersions) -> Ledger:
    add_versions(database, 5)
    return Ledger(database, "reviews")


def promote(ledger: Ledger, *versions: int) -> None:
    for version in versions:
        ledger.promote(str(version), actor="flow", reason="", evidence=YES)


def test_a_new_ledger_has_no_champion(ledger: Ledger) -> None:
    assert ledger.champion() is None
    assert ledger.events() == []
    with pytest.raises(RefusedError, match="no champion"):
        ledger.rollback(actor="ann", reason="wrong")


def test_a_promotion_names_who_why_and_on_what_evidence(ledger: Ledger) -> None:
    promote(ledger, 1)
    event = ledger.promote("3", actor="flow", reason="", evidence=YES)
    assert (event.version, event.previous, event.actor, event.reason) == ("3", "1", "flow", "it is better by 0.021")
    assert event.evidence == YES
    assert not event.override
    assert ledger.events()[-1] == event
    assert ledger.champion() == "3"


def test_an_override_needs_a_written_reason(ledger: Ledger) -> None:
    for evidence in (None, NO):
        with pytest.raises(RefusedError, match="has not passed the gate"):
            ledger.promote("2", actor="ann", reason="  ", evidence=evidence)
    assert ledger.champion() is None
    event = ledger.promote("2", actor="ann", reason="the holdout is stale", evidence=NO)
    assert event.override
    assert ledger.champion() == "2"


def test_nobody_is_no_actor(ledger: Ledger) -> None:
    with pytest.raises(RefusedError, match="who"):
        ledger.promote("1", actor="", reason="because")
    with pytest.raises(RefusedError, match="reason"):
        ledger.rollback(actor="ann", reason="")
    assert ledger.events() == []


@pytest.mark.parametrize("version", ["6", "0", "-1", "latest", "01", "9" * 40, "1; DROP TABLE ledger", ""])
def test_a_version_that_does_not_exist_cannot_be_champion(ledger: Ledger, version: str) -> None:
    with pytest.raises(NotFoundError, match="there are 1 to 5"):
        ledger.promote(version, actor="ann", reason="because")
    assert ledger.events() == []


def test_promoting_the_champion_again_changes_nothing(ledger: Ledger) -> None:
    promote(ledger, 1, 2)
    before = ledger.events()
    assert ledger.promote("2", actor="ann", reason="again") == before[-1]
    assert ledger.events() == before


def test_a_run_has_one_event_whoever_became_champion_since(ledger: Ledger) -> None:
    made = ledger.succeed("1", over=None, run_id="r1", actor="flow", decision=YES)
    assert made is not None
    assert (made.run_id, made.reason, made.evidence) == ("r1", YES.sentence, YES)
    promote(ledger, 2)
    assert ledger.succeed("1", over=None, run_id="r1", actor="flow", decision=YES) == made
    assert [event.version for event in ledger.events()] == ["1", "2"]


def test_a_version_follows_only_the_champion_it_was_held_against(ledger: Ledger) -> None:
    promote(ledger, 1, 2)
    for over in ("1", None):
        assert ledger.succeed("3", over=over, run_id="r3", actor="flow", decision=YES) is None
    assert ledger.champion() == "2"
    assert ledger.succeed("3", over="2", run_id="r3", actor="flow", decision=YES) is not None
    assert ledger.champion() == "3"


def test_rollbacks_walk_back_and_promotions_lay_on_top(ledger: Ledger) -> None:
    promote(ledger, 1, 2, 3)
    assert ledger.rollback(actor="ann", reason="3 is slow") == "2"
    promote(ledger, 4)
    assert ledger.rollback(actor="ann", reason="4 is wrong") == "2"
    assert ledger.rollback(actor="ann", reason="2 as well") == "1"
    with pytest.raises(RefusedError, match="version 1 is the first champion"):
        ledger.rollback(actor="ann", reason="all bad")
    assert [event.previous for event in ledger.events()] == [None, "1", "2", "3", "2", "4", "2"]


def test_a_rollback_can_go_to_an_earlier_champion(ledger: Ledger) -> None:
    promote(ledger, 1, 2, 3)
    assert ledger.rollback(actor="ann", reason="both bad", to="1") == "1"
    assert ledger.champion() == "1"


def test_the_champion_of_any_moment(ledger: Ledger) -> None:
    start = clock.now()
    promote(ledger, 1, 2)
    ledger.rollback(actor="ann", reason="wrong")
    events = ledger.events()
    assert ledger.champion(at=start - timedelta(seconds=1)) is None
    assert [ledger.champion(at=event.at) for event in events] == ["1", "2", "1"]
    between = events[0].at + (events[1].at - events[0].at) / 2
    assert ledger.champion(at=between) == champion(events, between)
    assert ledger.champion(at=datetime(2999, 1, 1, tzinfo=UTC)) == "1"


def test_times_never_go_back(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    promote(ledger, 1)
    yesterday = clock.now() - timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: yesterday)
    promote(ledger, 2)
    first, second = ledger.events()
    assert second.at >= first.at
    assert ledger.champion(at=second.at) == "2"


def test_ledgers_of_classifiers_do_not_mix(database: Database, add_versions: AddVersions) -> None:
    add_versions(database, 2, "reviews")
    add_versions(database, 2, "risk")
    promote(Ledger(database, "reviews"), 1, 2)
    promote(Ledger(database, "risk"), 1)
    assert Ledger(database, "risk").champion() == "1"
    with pytest.raises(RefusedError):
        Ledger(database, "risk").rollback(actor="ann", reason="wrong")


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(st.one_of(st.integers(1, 5), st.none()), max_size=12))
def test_any_sequence_of_changes_ends_as_a_stack_would(
    database: Database, add_versions: AddVersions, moves: list[int | None]
) -> None:
    """A number promotes that version, None rolls back; the ledger is opened anew for every move."""
    name = f"c{clock.new_id()}"
    add_versions(database, 5, name)
    stack: list[str] = []
    for move in moves:
        ledger = Ledger(database, name)
        if move is not None:
            promote(ledger, move)
            stack += [str(move)] if stack[-1:] != [str(move)] else []
        elif len(stack) < 2:
            with pytest.raises(RefusedError):
                ledger.rollback(actor="ann", reason="wrong")
        else:
            stack.pop()
            assert ledger.rollback(actor="ann", reason="wrong") == stack[-1]
        assert Ledger(database, name).champion() == (stack[-1] if stack else None)


PROMOTE_MANY = """
import sys
from ratchet.registry.ledger import Ledger
from ratchet.store.database import Database
ledger = Ledger(Database.open(sys.argv[1]), "reviews")
for turn in range(15):
    ledger.promote(str(1 + (turn + int(sys.argv[2])) % 5), actor=sys.argv[2], reason="race")
    if turn % 4 == 3:
        ledger.rollback(actor=sys.argv[2], reason="race")
"""


def test_processes_that_promote_at_once_make_one_chain(
    database: Database, database_url: str, add_versions: AddVersions
) -> None:
    add_versions(database, 5)
    workers = [subprocess.Popen([sys.executable, "-c", PROMOTE_MANY, database_url, str(each)]) for each in range(2)]
    assert [worker.wait(timeout=120) for worker in workers] == [0, 0]
    events = Ledger(database, "reviews").events()
    assert {event.actor for event in events} == {"0", "1"}
    assert [event.previous for event in events] == [None, *(event.version for event in events[:-1])]
    assert all(event.version != event.previous for event in events if event.event == "promoted")
