"""Runs: one at a time, watched from outside, and taken up when their process dies."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta

import psutil
import pytest
import sqlalchemy as sa

from ratchet import clock
from ratchet.errors import NotFoundError, RefusedError, WorkspaceError
from ratchet.progress import Progress
from ratchet.registry.owner import is_gone, this_process
from ratchet.registry.runs import Runs
from ratchet.store import tables
from ratchet.store.database import Database

ELSEWHERE = "another-host/4711/5f3c+12345"


@pytest.fixture
def runs(database: Database) -> Runs:
    return Runs(database, "loans")


def owned_by(database: Database, run_id: str, owner: str, *, silent_for: float = 0.0) -> None:
    """Make a run look as if another process had it in hand."""
    until = clock.now() + timedelta(seconds=60 - silent_for)
    with database.begin() as connection:
        mine = sa.update(tables.runs).where(tables.runs.c.id == run_id)
        connection.execute(mine.values(owner=owner, lease_until=until))


def test_a_run_is_noted_step_by_step(runs: Runs) -> None:
    with runs.begin("a", actor="ann", reason="new rows") as this:
        this.stage("collect")
        begun = runs.get(this.id)
        assert (begun.state, begun.stage, begun.actor, begun.reason) == ("running", "collect", "ann", "new rows")
        assert this.step("train", lambda: "runs/x") == "runs/x"
        assert this.step("train", lambda: "runs/y") == "runs/x"
        assert runs.get(this.id).steps == {"asked": "a", "train": "runs/x"}
        assert this.again("train", lambda: "runs/y") == this.made("train") == "runs/y"
        assert runs.get(this.id).steps == {"asked": "a", "train": "runs/y"}
        this.finish({"version": "1"})
    done = runs.get(this.id)
    assert (done.state, done.outcome, done.error) == ("finished", {"version": "1"}, None)
    assert done.finished_at is not None
    assert done.finished_at >= done.started_at
    assert runs.list("running") == []


def test_a_run_that_raises_is_noted_with_its_reason(runs: Runs) -> None:
    with suppress(ZeroDivisionError), runs.begin("a", actor="ann") as this:
        this.stage("score")
        raise ZeroDivisionError("division by zero")
    failed = runs.get(this.id)
    assert (failed.state, failed.stage, failed.error) == ("failed", "score", "ZeroDivisionError: division by zero")


def test_a_run_of_another_classifier_is_not_found(runs: Runs, database: Database) -> None:
    with Runs(database, "other").begin("a", actor="ann") as this:
        this.finish({})
    with pytest.raises(NotFoundError, match=this.id):
        runs.get(this.id)


def test_there_is_one_run_at_a_time(runs: Runs, database: Database) -> None:
    this = runs.begin("a", actor="ann")
    this.stage("train")
    with pytest.raises(WorkspaceError, match=r"is in the step 'train'.* sign of life"):
        runs.begin("a", actor="bob")
    owned_by(database, this.id, ELSEWHERE)
    with pytest.raises(WorkspaceError, match="process 4711 on another-host"):
        runs.begin("a", actor="bob")
    Runs(database, "other").begin("a", actor="bob")


def test_a_run_without_a_sign_of_life_for_its_term_is_taken_up(runs: Runs, database: Database) -> None:
    lost = runs.begin("a", actor="ann")
    lost.note("collect", "d1")
    owned_by(database, lost.id, ELSEWHERE, silent_for=61)
    again = runs.begin("a", actor="bob")
    assert (again.id, again.actor, again.made("collect"), again.left) == (lost.id, "ann", "d1", ())
    assert len(runs.list()) == 1


def test_a_run_whose_process_died_here_is_taken_up_at_once(runs: Runs, database: Database) -> None:
    lost = runs.begin("a", actor="ann")
    code = "from ratchet.registry.owner import this_process; print(this_process())"
    owner = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert is_gone(owner)
    assert not is_gone(this_process())
    owned_by(database, lost.id, owner)
    assert runs.begin("a", actor="bob").id == lost.id


def test_a_process_id_that_was_given_again_is_no_sign_of_life() -> None:
    assert is_gone(f"{this_process()}0")


def test_a_clock_that_is_set_makes_no_living_process_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    owner, booted = this_process(), psutil.boot_time()
    monkeypatch.setattr("psutil._pslinux.boot_time", lambda: booted + 3600, raising=False)  # as after `date -s`
    assert not is_gone(owner)


def test_dead_runs_that_asked_for_something_else_are_handed_over(runs: Runs, database: Database) -> None:
    first = runs.begin("a", actor="ann")
    owned_by(database, first.id, ELSEWHERE, silent_for=61)
    second = runs.begin("b", actor="ann")
    assert second.id != first.id
    (left,) = second.left
    left.abandon("nobody asks for it any more")
    assert (runs.get(first.id).state, runs.get(first.id).error) == ("abandoned", "nobody asks for it any more")


def test_nothing_is_written_to_a_run_that_another_process_took_up(runs: Runs, database: Database) -> None:
    this = runs.begin("a", actor="ann")
    owned_by(database, this.id, ELSEWHERE)
    with pytest.raises(RefusedError, match="not in this process's hands"):
        this.note("train", "mine")
    with suppress(ZeroDivisionError), this:
        raise ZeroDivisionError
    assert (runs.get(this.id).state, runs.get(this.id).steps) == ("running", {"asked": "a"})


def test_progress_and_signs_of_life_are_seen_from_outside(database: Database) -> None:
    runs = Runs(database, "loans", term=timedelta(seconds=0.6))
    with runs.begin("a", actor="ann") as this:
        for done in range(1000):
            this.report(Progress(stage="search", done=done, total=1000))
        deadline = clock.monotonic() + 20
        while runs.get(this.id).progress is None and clock.monotonic() < deadline:
            time.sleep(0.05)
        seen = runs.get(this.id)
        assert seen.progress is not None
        assert (seen.progress["stage"], seen.progress["done"]) == ("search", 999)
        while runs.get(this.id).heartbeat_at <= seen.heartbeat_at and clock.monotonic() < deadline:
            time.sleep(0.05)
        assert runs.get(this.id).lease_until > seen.lease_until
        this.finish({})


def test_a_run_that_was_told_to_stop_is_taken_up_at_once(runs: Runs) -> None:
    with suppress(KeyboardInterrupt), runs.begin("a", actor="ann") as this:
        this.note("check", "done")
        raise KeyboardInterrupt
    assert runs.get(this.id).state == "stopped"
    assert runs.list("running") == []
    again = runs.begin("a", actor="bob")
    assert (again.id, again.made("check")) == (this.id, "done")
    taken = runs.get(this.id)
    assert (taken.state, taken.finished_at, taken.error) == ("running", None, None)


def test_a_run_that_was_told_to_stop_is_handed_over_where_something_else_is_asked(runs: Runs) -> None:
    with suppress(KeyboardInterrupt), runs.begin("a", actor="ann") as this:
        raise KeyboardInterrupt
    (left,) = runs.begin("b", actor="ann").left
    left.abandon("nobody asks for it any more")
    assert runs.get(this.id).state == "abandoned"
