"""Addresses that sent wrong keys wait before they may try again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from ratchet import clock

FREE = 5
"""Wrong keys that an address may send before it waits."""
FIRST_SECONDS = 30.0
LONGEST_SECONDS = 900.0
_FORGOTTEN_SECONDS = 3_600.0
"""After so long without a wrong key an address is as new."""
_MOST = 10_000
"""Addresses that are remembered; the ones longest quiet go first."""


@dataclass(slots=True)
class _Tries:
    wrong: int
    last: float
    until: float


class Waiting:
    """How long each address has to wait: 30 seconds after the fifth wrong key, twice as long after each one more.

    A key that was right at an address before goes on to be taken from there: who guesses keeps no neighbour out.
    """

    def __init__(self) -> None:
        self._tries = OrderedDict[str, _Tries]()
        self._right = OrderedDict[tuple[str, str], None]()

    def left(self, address: str) -> float:
        """Seconds that an address has yet to wait; 0 where it may try."""
        tries = self._tries.get(address)
        return 0.0 if tries is None else max(0.0, tries.until - clock.monotonic())

    def was_right(self, address: str, key_id: str | None) -> bool:
        """Whether a key (as it names itself) was right from an address before, so that it need not wait."""
        return key_id is not None and (address, key_id) in self._right

    def wrong(self, address: str) -> bool:
        """A key from an address was wrong; whether it is the one that it begins to wait with."""
        now = clock.monotonic()
        tries = self._tries.pop(address, None)
        if tries is None or now - tries.last > _FORGOTTEN_SECONDS:
            tries = _Tries(0, now, 0.0)
        tries.wrong, tries.last = tries.wrong + 1, now
        if tries.wrong >= FREE:
            tries.until = now + min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(tries.wrong - FREE, 10))
        self._tries[address] = tries
        while len(self._tries) > _MOST:
            self._tries.popitem(last=False)
        return tries.wrong == FREE

    def right(self, address: str, key_id: str) -> None:
        """A key from an address was right."""
        if (address, key_id) not in self._right:
            self._right[address, key_id] = None
            while len(self._right) > _MOST:
                self._right.popitem(last=False)
