"""Runs: noted from the first stage to the end, whatever the end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from ratchet.errors import NotFoundError
from ratchet.registry.runs import Runs
from ratchet.store.database import Database


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database.open(database_url)
    yield opened
    opened.close()


@pytest.fixture
def runs(database: Database) -> Runs:
    return Runs(database, "loans")


def test_a_run_is_noted_stage_by_stage(runs: Runs) -> None:
    with runs.start("collect") as this:
        assert (runs.get(this.id).state, runs.get(this.id).stage) == ("running", "collect")
        this.stage("train")
        assert runs.get(this.id).stage == "train"
        this.finish({"version": "1"})
    done = runs.get(this.id)
    assert (done.state, done.outcome, done.error) == ("finished", {"version": "1"}, None)
    assert done.finished_at is not None
    assert done.finished_at >= done.started_at


def test_a_run_that_raises_is_noted_with_its_reason(runs: Runs) -> None:
    with suppress(ZeroDivisionError), runs.start("collect") as this:
        this.stage("score")
        raise ZeroDivisionError("division by zero")
    failed = runs.get(this.id)
    assert (failed.state, failed.stage, failed.error) == ("failed", "score", "ZeroDivisionError: division by zero")


def test_a_run_of_another_classifier_is_not_found(runs: Runs, database: Database) -> None:
    with Runs(database, "other").start("collect") as this:
        pass
    with pytest.raises(NotFoundError, match=this.id):
        runs.get(this.id)
