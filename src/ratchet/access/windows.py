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
    """How many requests and rows were counted in the last so many ticks; takes as many numbers as that.

    >>> window = Window(ticks=2)
    >>> window.add(7, (1, 20)); window.add(8, (1, 5)); window.turn(8), window.total, window.wait(8, 1, 15)
    (1, [2, 25], 1)
    >>> window.turn(9), window.total
    (1, [1, 5])
    """

    __slots__ = ("_at", "_counts", "_left", "_ticks", "total")

    def __init__(self, ticks: int) -> None:
        self._ticks = ticks
        self._counts = deque[tuple[int, list[int]]]()  # (tick, [requests, rows]), the oldest first
        self._at, self._left = -1, ticks  # the tick of the last turn, and what it returned
        self.total = [0, 0]
        """Requests and rows, as `turn` left them."""

    def turn(self, tick: int) -> int:
        """Forget what is too old at a tick, which is none before the last one; in how many ticks the next will be."""
        if tick == self._at:  # as for nearly every request of a busy caller
            return self._left
        counts, total, ticks = self._counts, self.total, self._ticks
        while counts and counts[0][0] + ticks <= tick:
            _, (requests, rows) = counts.popleft()
            total[0] -= requests
            total[1] -= rows
        self._at, self._left = tick, counts[0][0] + ticks - tick if counts else ticks
        return self._left

    def add(self, tick: int, counted: tuple[int, int]) -> None:
        """Count requests and rows."""
        counts, total, (requests, rows) = self._counts, self.total, counted
        if counts and counts[-1][0] >= tick:
            last = counts[-1][1]
            last[0] += requests
            last[1] += rows
        else:
            counts.append((tick, [requests, rows]))
        total[0] += requests
        total[1] += rows

    def wait(self, tick: int, kind: int, missing: int) -> int:
        """In how many ticks so many requests (``kind`` 0) or rows (1) less are counted; all ticks, where never."""
        for each, counted in self._counts:
            missing -= counted[kind]
            if missing <= 0:
                return each + self._ticks - tick
        return self._ticks


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
        self._monotonic = monotonic
        self._epoch = epoch
        self._lock = threading.Lock()
        self._callers = _Known((MINUTE_TICKS, DAY_TICKS), most_known)
        self._addresses = _Known((MINUTE_TICKS,), most_known)
        # Of each policy: which of the windows (a caller's minute and day, an address' minute), what of it, how much.
        self._plan = [
            (2 if each.of == "address" else int(each.daily), int(each.counts == "rows"), each.most) for each in policies
        ]

    def take(self, caller: str, address: str, requests: int, rows: int) -> Taken:
        """Take so many requests and rows of a caller at an address, of all policies or of none."""
        counted, time, second = (requests, rows), int(self._epoch()), int(self._monotonic())
        day = time // DAY_SECONDS
        left: list[int] = []
        refused = None
        with self._lock:
            minute, today = self._callers.get(caller)
            (here,) = self._addresses.get(address)
            today.turn(day)
            windows = (minute, today, here)
            more = (minute.turn(second), (day + 1) * DAY_SECONDS - time, here.turn(second))
            for at, kind, most in self._plan:
                rest = most - windows[at].total[kind] - counted[kind]
                if rest < 0 and refused is None:
                    refused = len(left) // 2
                left += rest, more[at]
            if refused is None:
                minute.add(second, counted)
                today.add(day, counted)
                here.add(second, counted)
                return Taken(None, 0, tuple(left))
            at, kind, _ = self._plan[refused]
            seconds = more[1] if at == 1 else windows[at].wait(second, kind, -left[2 * refused])
        for place, (_, kind, _) in enumerate(self._plan):
            left[2 * place] = max(left[2 * place] + counted[kind], 0)  # nothing was taken
        return Taken(refused, seconds, tuple(left))

    def note(self, caller: str, requests: int, rows: int) -> None:
        """What a caller has asked earlier today, of which this process knows nothing yet."""
        with self._lock:
            self._callers.get(caller)[1].add(int(self._epoch()) // DAY_SECONDS, (requests, rows))


class _Known:
    """The windows of callers, or of addresses: of the last so many."""

    def __init__(self, ticks: Sequence[int], most: int) -> None:
        self._ticks = ticks
        self._most = most
        self._found = OrderedDict[str, list[Window]]()

    def __len__(self) -> int:
        return len(self._found)

    def get(self, name: str) -> list[Window]:
        found = self._found.get(name)
        if found is not None:
            self._found.move_to_end(name)
            return found
        if len(self._found) >= self._most:
            self._found.popitem(last=False)
        found = self._found[name] = [Window(ticks) for ticks in self._ticks]
        return found
