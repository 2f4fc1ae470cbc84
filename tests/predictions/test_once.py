"""A request that is sent again: by many at once, after a death, after a day, after it was forgotten."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ratchet import clock, platforms
from ratchet.errors import RefusedError, UnavailableError
from ratchet.predictions.log import PredictionLog
from ratchet.predictions.once import KEPT_SECONDS, Once
from ratchet.serving.prediction import Prediction, Score
from ratchet.serving.request import Request
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database

ASKED = Request(classifier="films", row={"text": "good"}, caller="shop")


class Desk:
    """What answers, and has it logged."""

    def __init__(self, log: PredictionLog) -> None:
        self.log = log

    @property
    def logged(self) -> int:
        return self.log.state().logged

    def answer(self, asked: Sequence[Request]) -> list[Prediction]:
        made = Prediction(
            id=asked[0].id or clock.new_id(), label="pos", name="Positive", confidence=0.9,
            scores=(Score("pos", "Positive", 0.9),), version="1", ms=0.1, set=("pos",),
        )  # fmt: skip
        self.log.record(asked, [made])
        return [made]


@pytest.fixture
def desk(database: Database, blobs: Blobs, tmp_path: Path) -> Iterator[Desk]:
    log = PredictionLog(database, blobs, "films", tmp_path / "spool")
    yield Desk(log)
    log.close()


@pytest.fixture
def once(desk: Desk, tmp_path: Path) -> Once:
    return Once(tmp_path / "answered", desk.log)


def test_the_answer_is_that_of_the_log(once: Once, desk: Desk, tmp_path: Path) -> None:
    first = once.answer(ASKED, "a", desk.answer)
    assert once.answer(ASKED, "a", desk.answer) == first
    assert Once(tmp_path / "answered", desk.log).answer(ASKED, "a", desk.answer) == first
    assert desk.logged == 1


def test_another_caller_has_keys_of_its_own(once: Once, desk: Desk) -> None:
    other = Request(classifier="films", row={"text": "good"}, caller="bank")
    assert once.answer(ASKED, "a", desk.answer).id != once.answer(other, "a", desk.answer).id


def test_what_died_before_it_was_logged_is_answered_with_the_same_id(once: Once, desk: Desk) -> None:
    ids: list[str | None] = []

    def dies(asked: Sequence[Request]) -> list[Prediction]:
        ids.append(asked[0].id)
        raise UnavailableError("no log")

    with pytest.raises(UnavailableError):
        once.answer(ASKED, "a", dies)
    assert once.answer(ASKED, "a", desk.answer).id == ids[0]


def test_only_one_of_many_at_once_is_answered(once: Once, desk: Desk) -> None:
    def ask(_: int) -> str | None:
        try:
            return once.answer(ASKED, "a", desk.answer).id
        except RefusedError:
            return None

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(ask, range(64))) - {None}
    assert len(ids) == desk.logged == 1


def test_while_another_process_answers_it_is_refused(once: Once, desk: Desk, tmp_path: Path) -> None:
    once.answer(ASKED, "a", desk.answer)
    (path,) = (tmp_path / "answered").iterdir()
    with path.open("rb") as file:
        platforms.lock(file.fileno())
        with pytest.raises(RefusedError, match="being answered"):
            once.answer(ASKED, "a", desk.answer)


def test_after_a_day_a_key_is_known_no_more(once: Once, desk: Desk, tmp_path: Path) -> None:
    first = once.answer(ASKED, "a", desk.answer)
    once.answer(ASKED, "b", desk.answer)
    long_ago = clock.epoch() - KEPT_SECONDS - 60
    for path in (tmp_path / "answered").iterdir():
        os.utime(path, (long_ago, long_ago))
    assert once.answer(ASKED, "a", desk.answer).id != first.id
    Once(tmp_path / "answered", desk.log).answer(ASKED, "c", desk.answer)
    assert len(list((tmp_path / "answered").iterdir())) == 2


def test_what_is_kept_of_it_says_nothing(once: Once, desk: Desk, tmp_path: Path) -> None:
    once.answer(ASKED, "order of ann", desk.answer)
    (path,) = (tmp_path / "answered").iterdir()
    told = path.name + path.read_text()
    assert not any(word in told for word in ("good", "ann", "pos", "shop"))
    assert path.stat().st_mode & 0o077 == 0
