"""The kits of the lower seams find broken promises too; what keeps them is tested in its own room."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ratchet.engine.inline import InlineEngine
from ratchet.progress import Progress
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.testing import blobs, databases, engines, jobs, trackers
from ratchet.tracking.tracker import RunRecord


class CommitsAtOnce(Database):
    """Keeps what a block that raises has written."""

    @contextmanager
    def begin(self, *, alone: str | None = None, patience: float | None = None) -> Iterator[sa.Connection]:
        with self._engine.connect() as connection:
            try:
                yield connection
            finally:
                connection.commit()


def test_a_database_that_keeps_half_a_transaction_is_found(tmp_path: Path) -> None:
    CommitsAtOnce.open(f"sqlite:///{tmp_path}/a.db").close()
    with pytest.raises(AssertionError, match="left a row"):
        databases.check_all_or_nothing(lambda: CommitsAtOnce.open(f"sqlite:///{tmp_path}/a.db"))


class Trusting(Blobs):
    """Believes every key."""

    def exists(self, key: str) -> bool:
        return self._files.exists(key)


def test_a_store_that_believes_every_key_is_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="is refused"):
        blobs.check_keys(lambda: Trusting.open(tmp_path))


class Deaf(InlineEngine):
    """Hands every function's error to nobody."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **limits: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args))
        except Exception:
            future.set_result(None)
        return future


@pytest.mark.parametrize("check", [engines.check_errors, engines.check_closed])
def test_an_engine_that_swallows_errors_or_works_on_is_found(check: Callable[[Callable[[], Any]], None]) -> None:
    with pytest.raises(AssertionError):
        check(Deaf)


def test_an_engine_that_cannot_kill_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "hold_everything", lambda: time.sleep(0.01))
    with pytest.raises(AssertionError, match="ends with a JobError"):
        engines.check_deaf_to_signals(InlineEngine)


class OneIdForAll:
    """Loses runs."""

    name = "one"

    def hear(self, classifier: str, run: str, progress: Progress) -> None:
        pass

    def forget(self, classifier: str, run: str) -> None:
        pass

    def record(self, run: RunRecord) -> str | None:
        return "1"

    def champion(self, classifier: str, run: str, version: str) -> None:
        pass


class NewIdEachTime(OneIdForAll):
    """Takes a run that is told again for another."""

    ids = count()

    def record(self, run: RunRecord) -> str | None:
        return str(next(self.ids))


def test_a_tracker_that_makes_two_of_one_run_is_found() -> None:
    with pytest.raises(AssertionError, match="one run has one id"):
        trackers.check_same_run(NewIdEachTime)


def test_a_tracker_that_loses_runs_is_found() -> None:
    with pytest.raises(AssertionError, match="tell runs apart"):
        trackers.check_runs(OneIdForAll)


def test_a_tracker_that_takes_any_champion_is_found() -> None:
    with pytest.raises(AssertionError, match="NotFoundError"):
        trackers.check_unknown_champion(OneIdForAll)


@pytest.mark.parametrize("check", [trackers.check_heard, trackers.check_left_by_half])
def test_a_tracker_that_makes_a_second_run_of_one_that_was_heard_is_found(
    check: Callable[[Callable[[], Any]], None],
) -> None:
    with pytest.raises(AssertionError, match="one run has one id"):
        check(NewIdEachTime)


def test_a_tracker_that_forgets_a_whole_run_is_found() -> None:
    with pytest.raises(AssertionError, match="not forgotten"):
        trackers.check_forgotten(NewIdEachTime)
