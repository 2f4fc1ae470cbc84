"""Threads of one classifier's own."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
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


def test_work_of_a_caller_who_is_cancelled_is_never_begun() -> None:
    done: list[int] = []
    free = threading.Event()

    async def main() -> None:
        threads = Threads(1)
        busy = asyncio.create_task(threads.run(free.wait))
        queued = asyncio.create_task(threads.run(done.append, 1))
        await asyncio.sleep(0.01)
        queued.cancel()
        with pytest.raises(asyncio.CancelledError):
            await queued
        free.set()
        assert await busy
        await threads.run(done.append, 2)

    asyncio.run(main())
    assert done == [2]


def test_threads_are_begun_when_needed_and_ended_with_the_object() -> None:
    def ours() -> list[threading.Thread]:
        return [each for each in threading.enumerate() if each.name == "ratchet-web" and each not in before]

    async def main() -> None:
        threads = Threads(2)
        assert ours() == []
        for _ in range(5):
            await threads.run(int)
        assert 1 <= len(ours()) <= 2
        await asyncio.gather(*[threads.run(int) for _ in range(5)])
        assert len(ours()) <= 2

    before = threading.enumerate()
    asyncio.run(main())
    gc.collect()
    for each in ours():
        each.join(10)
    assert ours() == []


def test_a_process_ends_though_one_of_them_waits() -> None:
    code = (
        "import asyncio, threading; from ratchet.web.threads import Threads; threads = Threads()\n"
        "async def main(): await asyncio.wait_for(threads.run(threading.Event().wait, 300), 0.1)\n"
        "try: asyncio.run(main())\nexcept TimeoutError: print('left')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert (done.stdout, done.stderr) == ("left\n", "")


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
