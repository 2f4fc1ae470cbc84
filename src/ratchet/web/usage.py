"""The limits of a server's classifiers, and the looking after of what was counted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress

from ratchet.access.counting import Counting
from ratchet.access.limits import Limits
from ratchet.access.shared import Shared
from ratchet.classifier import Classifier
from ratchet.system import System
from ratchet.web.threads import Threads

_log = logging.getLogger("ratchet.web")


def home_of(system: System) -> Classifier:
    """The classifier in whose workspace a server keeps what belongs to all of them: its first one."""
    return next(iter(system.classifiers.values()))


def limits_of(system: System) -> dict[str, Limits]:
    """The limits of each classifier; those whose settings name the same Redis share it."""
    shared = {
        url: Shared(url)
        for url in {each.settings.limits_url for each in system.classifiers.values()}
        if url is not None
    }
    return {
        name: Limits(each.spec.access, name, shared=shared.get(each.settings.limits_url or ""))
        for name, each in system.classifiers.items()
    }


class Upkeep:
    """Brings what was counted to the database while a server runs, and at its end; begins where the day stands."""

    def __init__(self, limits: Mapping[str, Limits], counting: Counting) -> None:
        self._limits = limits
        self._counting = counting
        self.begun = asyncio.Event()
        """Set once it is known what was asked today."""

    async def run(self, stop: asyncio.Event, every: float) -> None:
        """Until ``stop`` is set."""
        thread = Threads(1)
        await thread.run(self._remember)
        self.begun.set()
        while not stop.is_set():
            await thread.run(self._counting.tend)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), every)
        await thread.run(self._counting.tend)

    def _remember(self) -> None:
        """What callers have asked today is not forgotten with the process."""
        if not any(each.daily for limits in self._limits.values() for each in limits.policies):
            return
        try:
            today = self._counting.today()
        except Exception as error:
            _log.error("quotas of a day begin anew: what was asked today cannot be read: %s", error)
            return
        for (classifier, caller), (requests, rows) in today.items():
            if classifier in self._limits:
                self._limits[classifier].note(caller, requests, rows)
