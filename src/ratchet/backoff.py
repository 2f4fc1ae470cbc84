"""Waiting longer each time something fails."""

from __future__ import annotations

from ratchet import clock

LONGEST_WAIT = 60.0
"""Seconds between two attempts, at most."""


class Backoff:
    """Says when the next attempt is due: at once, then after ``first`` seconds, doubled with each failure.

    >>> backoff = Backoff(first=0.5)
    >>> backoff.due
    True
    >>> backoff.failed()
    0.5
    >>> backoff.failed(), backoff.due
    (1.0, False)
    >>> backoff.succeeded(); backoff.due
    True
    """

    def __init__(self, *, first: float, longest: float = LONGEST_WAIT) -> None:
        self._first = first
        self._longest = longest
        self._wait = 0.0
        self._not_before = 0.0

    @property
    def due(self) -> bool:
        """Whether another attempt may be made now."""
        return clock.monotonic() >= self._not_before

    def failed(self) -> float:
        """Note a failure; returns the seconds until the next attempt."""
        self._wait = min(max(self._first, self._wait * 2), self._longest)
        self._not_before = clock.monotonic() + self._wait
        return self._wait

    def succeeded(self) -> None:
        """Note a success: the next failure waits ``first`` again."""
        self._wait = self._not_before = 0.0
