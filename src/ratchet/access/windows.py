"""How much was asked in the last minute, or today: counted exactly, in memory that is bounded.

One class does for both.  A window counts in ticks: of a second, and what was counted stays for 61 of them; or of a day,
and it stays for that one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from ratchet import clock

MINUTE_TICKS = 61
"""Seconds that a count stays: the one that is going on, of which a part is over, and sixty before it."""
DAY_TICKS = 1
DAY_SECONDS = 86_400
MOST_KNOWN = 10_000
"""Callers, and addresses, whose windows are kept; the ones longest quiet go first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """One limit."""

    name: str
    """Its key under ``[access]``."""
    most: int
    of: Literal["caller", "address"]
    counts: Literal["requests", "rows"]
    daily: bool
    """Counted over a day (UTC); else over any sixty seconds."""

    @property
    def ticks(self) -> int:
        """For how many ticks what was counted stays."""
        return DAY_TICKS if self.daily else MINUTE_TICKS

    @property
    def tick_seconds(self) -> int:
        """How long a tick is."""
        return DAY_SECONDS if self.daily else 1


class Taken(NamedTuple):
    """What became of an attempt to take some of what the limits allow."""

    refused: int | None
    """The place of the policy that refused, so that nothing was taken of any; None: it was taken of all of them."""
    seconds: int
    """After how long the refused would be taken; 0 where nothing was refused."""
    left: tuple[int, ...]
    """Of each policy two numbers: how much is left, and in how many seconds more will be."""


class Window:
    """How much was counted in the last so many ticks.

    Promises: whichever ticks in a row one takes, no more than ``most`` was added in them by who asked for `room` first;
    takes as many numbers as there were ticks with a count.

    >>> window = Window(most=3, ticks=2)
    >>> window.add(7, 2); window.add(8, 1); window.room(8), window.wait(8, 2), window.room(9)
    (0, 1, 2)
    """

    __slots__ = ("_counts", "_most", "_ticks", "_total")

    def __init__(self, most: int, ticks: int) -> None:
        self._most = most
        self._ticks = ticks
        self._total = 0
        self._counts = deque[list[int]]()  # [tick, count], the oldest first

    def room(self, tick: int) -> int:
        """How much may be added at a tick, which is none before the last one."""
        counts = self._counts
        while counts and counts[0][0] <= tick - self._ticks:
            self._total -= counts.popleft()[1]
        return self._most - self._total

    def add(self, tick: int, count: int) -> None:
        """Count some."""
        counts = self._counts
        if counts and counts[-1][0] >= tick:
            counts[-1][1] += count
        else:
            counts.append([tick, count])
        self._total += count

    def wait(self, tick: int, count: int) -> int:
        """In how many ticks there is room for a count: as if it were empty by then, for one that never fits."""
        missing = count - self.room(tick)
        if missing <= 0:
            return 0
        for each, freed in self._counts:
            missing -= freed
            if missing <= 0:
                return each + self._ticks - tick
        return self._ticks

    def more(self, tick: int) -> int:
        """In how many ticks more will be left than is now."""
        return self._counts[0][0] + self._ticks - tick if self._counts else self._ticks


class Windows:
    """The windows of every caller and address of one classifier, in this process.

    Promises: of parallel attempts exactly as many are taken as the policies allow; each is taken of every policy or of
    none; memory is bounded, whatever callers and addresses come.  Threads may share it.
    """

    def __init__(
        self,
        policies: Sequence[Policy],
        *,
        monotonic: Callable[[], float] = clock.monotonic,
        epoch: Callable[[], float] = clock.epoch,
        most_known: int = MOST_KNOWN,
    ) -> None:
        self._policies = tuple(policies)
        self._monotonic = monotonic
        self._epoch = epoch
        self._most_known = most_known
        self._lock = threading.Lock()
        self._known: dict[str, OrderedDict[str, list[Window]]] = {"caller": OrderedDict(), "address": OrderedDict()}
        # Those of a caller come first, so that a caller's windows and an address' are in the order of the policies.
        self._split = sum(each.of == "caller" for each in policies)
        self._places = [(each.daily, each.counts == "rows") for each in policies]

    def take(self, caller: str, address: str, requests: int, rows: int) -> Taken:
        """Take so many requests and rows of a caller at an address, of all policies or of none."""
        time = int(self._epoch())
        second, day = int(self._monotonic()), time // DAY_SECONDS
        left: list[int] = []
        with self._lock:
            windows = self._windows("caller", caller)
            if self._split < len(self._places):
                windows = windows + self._windows("address", address)
            counted: list[tuple[Window, int, int]] = []
            for (daily, of_rows), window in zip(self._places, windows, strict=True):
                tick, count = day if daily else second, rows if of_rows else requests
                room = window.room(tick)
                if count > room:
                    return self._refused(windows, len(counted), count, (second, time))
                counted.append((window, tick, count))
                left.append(room - count)
                left.append((day + 1) * DAY_SECONDS - time if daily else window.more(tick))
            for window, tick, count in counted:
                if count:
                    window.add(tick, count)
        return Taken(None, 0, tuple(left))

    def note(self, caller: str, requests: int, rows: int) -> None:
        """What a caller has asked earlier today, of which this process knows nothing yet."""
        day = int(self._epoch()) // DAY_SECONDS
        with self._lock:
            for (daily, of_rows), window in zip(self._places[: self._split], self._windows("caller", caller)):  # noqa: B905
                if daily:
                    window.add(day, rows if of_rows else requests)

    def _windows(self, of: Literal["caller", "address"], name: str) -> list[Window]:
        known = self._known[of]
        found = known.get(name)
        if found is not None:
            known.move_to_end(name)
            return found
        if len(known) >= self._most_known:
            known.popitem(last=False)
        found = known[name] = [Window(each.most, each.ticks) for each in self._policies if each.of == of]
        return found

    def _refused(self, windows: Sequence[Window], place: int, count: int, now: tuple[int, int]) -> Taken:
        second, time = now
        left: list[int] = []
        for policy, window in zip(self._policies, windows, strict=True):
            tick = time // DAY_SECONDS if policy.daily else second
            left.append(max(window.room(tick), 0))
            left.append((tick + 1) * DAY_SECONDS - time if policy.daily else window.more(tick))
        daily = self._policies[place].daily
        seconds = left[2 * place + 1] if daily else windows[place].wait(second, count)
        return Taken(place, seconds, tuple(left))
