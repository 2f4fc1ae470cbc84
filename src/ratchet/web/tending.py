"""What a server does while it answers: it looks after its classifiers and its keys, again and again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI

from ratchet.access.access import Access
from ratchet.classifier import Classifier
from ratchet.system import System
from ratchet.web.kept import folder_of, sweep
from ratchet.web.threads import Threads
from ratchet.web.usage import Upkeep

TEND_SECONDS = 1.0
FIRST_SECONDS = 10.0
"""How long the first request waits for champions to be loaded; one that takes longer answers when it is."""
LAST_SECONDS = 2.0
"""How long stopping waits for the tending that goes on; one that takes longer is left."""


def tended(
    system: System, access: Access | None, every: float, upkeep: Upkeep, tell: Callable[[], None] | None = None
) -> Callable[[FastAPI], Any]:
    """Each classifier is tended once before the first request, so that a champion is in memory; then again and again.

    Each by itself, in a thread of its own: one whose database is slow to answer holds up no other.  ``tell`` is called
    as often, and last of all, where other workers are to know what this one has measured.
    """

    async def tend(each: Classifier | Access, once: asyncio.Event, stop: asyncio.Event) -> None:
        thread = Threads(1)
        while not stop.is_set():
            await thread.run(each.tend)
            once.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), every)

    async def telling(tell: Callable[[], None], stop: asyncio.Event) -> None:
        while not stop.is_set():
            tell()
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), every)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        stop = asyncio.Event()
        for folder in {folder_of(each) for each in system.classifiers.values()}:
            sweep(folder)
        tended: list[Classifier | Access] = [*system.classifiers.values(), *([] if access is None else [access])]
        upkept = asyncio.create_task(upkeep.run(stop, every))
        onces = [(each, asyncio.Event()) for each in tended]
        tasks = [asyncio.create_task(tend(each, once, stop)) for each, once in onces]
        tasks += [] if tell is None else [asyncio.create_task(telling(tell, stop))]
        try:
            with suppress(TimeoutError):
                await asyncio.wait_for(
                    asyncio.gather(upkeep.begun.wait(), *[once.wait() for _, once in onces]), FIRST_SECONDS
                )
            yield
        finally:
            stop.set()
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*tasks, upkept), LAST_SECONDS)
            if tell is not None:
                tell()

    return lifespan
