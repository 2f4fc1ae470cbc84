"""Rows that arrive together are answered together, and each gets its own answer or error."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest

from ratchet.errors import Problem, RowError, UnavailableError
from ratchet.serving.prediction import Prediction
from ratchet.serving.request import Request
from ratchet.web.batching import Batcher


class Recorder:
    """Answers with the row's own number; refuses negative ones as a predictor does, all at once."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.threads: set[int] = set()

    def __call__(self, requests: Sequence[Request]) -> list[Prediction]:
        rows = [request.row for request in requests]
        self.batches.append(len(rows))
        self.threads.add(threading.get_ident())
        wrong = [at for at, row in enumerate(rows, 1) if row["n"] < 0]
        if wrong:
            found = tuple(Problem(where=f"row {at}: n", found="less", expected="more") for at in wrong)
            raise RowError("negative", problems=found)
        return [Prediction(str(row["n"]), "a", "A", 1.0, (), "1", 0.0) for row in rows]


def ask(batcher: Batcher, numbers: Sequence[int]) -> list[Any]:
    async def together() -> list[Any]:
        return await asyncio.gather(
            *[batcher.ask(Request(classifier="films", row={"n": number})) for number in numbers], return_exceptions=True
        )

    return asyncio.run(together())


def test_rows_of_one_moment_make_one_batch_and_keep_their_order() -> None:
    recorder = Recorder()
    answers = ask(Batcher(recorder, most_rows=8), range(20))
    assert [answer.id for answer in answers] == [str(at) for at in range(20)]
    assert recorder.batches == [8, 8, 4]


def test_what_has_not_answered_yet_is_asked_in_a_thread_since_it_may_wait_for_a_database() -> None:
    threads: set[int] = set()

    def away(requests: Sequence[Request]) -> list[Prediction]:
        threads.add(threading.get_ident())
        raise UnavailableError("no champion")

    async def main() -> None:
        batcher = Batcher(away)
        for _ in range(50):
            with pytest.raises(UnavailableError):
                await batcher.ask(Request(classifier="films", row={}))

    asyncio.run(main())
    assert len(threads) == 1
    assert threading.get_ident() not in threads


def test_one_requests_mistake_is_not_anothers() -> None:
    answers = ask(Batcher(Recorder()), [1, -2, 3, -4])
    assert [answer.id for answer in answers[::2]] == ["1", "3"]
    for answer in answers[1::2]:
        assert isinstance(answer, RowError)
        assert answer.problems[0].where == "row 1: n"


def test_what_cannot_be_logged_fails_for_all() -> None:
    def full(requests: Sequence[Request]) -> list[Prediction]:
        raise UnavailableError("the disk is full")

    assert [type(answer) for answer in ask(Batcher(full), [1, 2])] == [UnavailableError] * 2


@pytest.mark.parametrize(("quick_seconds", "in_loop"), [(60.0, True), (0.0, False)])
def test_slow_answers_leave_the_loop_free(quick_seconds: float, in_loop: bool) -> None:
    recorder = Recorder()
    batcher = Batcher(recorder, quick_seconds=quick_seconds)
    batcher._row_seconds = 0.001
    assert [answer.id for answer in ask(batcher, [1, 2])] == ["1", "2"]
    assert (threading.get_ident() in recorder.threads) == in_loop


def test_a_client_that_went_away_harms_no_other() -> None:
    batcher = Batcher(Recorder())

    async def leave() -> list[Any]:
        futures = [batcher.ask(Request(classifier="films", row={"n": number})) for number in range(3)]
        futures[1].cancel()
        return await asyncio.gather(*futures, return_exceptions=True)

    first, second, third = asyncio.run(leave())
    assert (first.id, third.id) == ("0", "2")
    assert isinstance(second, asyncio.CancelledError)
    assert [answer.id for answer in ask(batcher, [7])] == ["7"]


def test_answers_that_fail_slowly_leave_the_loop_free() -> None:
    threads = list[int]()

    def full(requests: Sequence[Request]) -> list[Prediction]:
        threads.append(threading.get_ident())
        time.sleep(0.05)
        raise UnavailableError("neither the disk nor the database takes them")

    async def main() -> None:
        batcher = Batcher(full, quick_seconds=0.02)
        batcher._row_seconds = 0.001
        for _ in range(3):
            with pytest.raises(UnavailableError):
                await batcher.ask(Request(classifier="films", row={}))

    asyncio.run(main())
    assert threads[0] == threading.get_ident()
    assert threading.get_ident() not in threads[1:]
