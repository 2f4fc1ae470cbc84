"""Threads of one classifier's own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from ratchet.errors import UnavailableError
from ratchet.web.threads import Threads


def test_work_is_done_beside_the_event_loop_and_its_errors_come_back() -> None:
    async def main() -> None:
        threads = Threads()
        assert await threads.run(threading.get_ident) != threading.get_ident()
        assert await threads.run(int, "11", base=2) == 3
        with pytest.raises(ValueError, match="invalid literal"):
            await threads.run(int, "x")

    asyncio.run(main())


def test_who_waits_too_long_is_told_and_the_work_is_never_begun() -> None:
    done: list[int] = []
    free = threading.Event()

    async def main() -> None:
        threads, others = Threads(2, patience=0.05), Threads(2, patience=0.05)
        busy = [asyncio.create_task(threads.run(free.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(UnavailableError, match=r"2 requests .* none ended in 0\.05 s"):
            await threads.run(done.append, 1)
        await others.run(done.append, 2)
        free.set()
        assert await asyncio.gather(*busy) == [True, True]  # work that has begun ends, however long it takes
        await threads.run(done.append, 3)

    asyncio.run(main())
    assert done == [2, 3]


def test_items_are_made_one_by_one_in_threads() -> None:
    made: list[int] = []

    def items(last: str) -> Iterator[object]:
        for item in (None, 0, last):
            made.append(threading.get_ident())
            yield item
        if last == "broken":
            raise ValueError("no more")

    async def taken(last: str) -> list[object]:
        return [item async for item in Threads(1).each(items(last))]

    assert asyncio.run(taken("last")) == [None, 0, "last"]
    assert threading.get_ident() not in made
    with pytest.raises(ValueError, match="no more"):
        asyncio.run(taken("broken"))
