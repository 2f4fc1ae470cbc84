"""Who falls into which arm: a pure function of a salt and of what traffic is split by."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from hashlib import blake2b

from ratchet import clock
from ratchet.registry.traffic import CHAMPION, SLOTS, Traffic
from ratchet.serving.request import Request

Key = Callable[[Request], str]
"""What a request is told apart by."""


def slot(salt: str, key: str) -> int:
    """The slot of a person, from 0 to `SLOTS` - 1: the same on every machine, in every version of Ratchet.

    >>> slot("a", "ann"), slot("a", "ann") == slot("a", "ann"), slot("b", "ann") == slot("a", "ann")
    (8523, True, False)
    """
    digest = blake2b(f"{salt}\0{key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % SLOTS


def keyed(by: str, subject: str | None = None) -> Key:
    """What requests are told apart by: ``subject``, ``tag:NAME``, or ``request``, by which each falls by itself.

    Where a request does not say, it falls by itself too.  ``subject`` is the column that names whose row it is.
    """
    if by == "request":
        return lambda request: clock.new_id()
    if by == "subject":
        return lambda request: request.subject or _of_row(request, subject) or clock.new_id()
    name = by.partition(":")[2]
    return lambda request: request.tags.get(name) or clock.new_id()


def _of_row(request: Request, column: str | None) -> str | None:
    value = None if column is None else request.row.get(column)
    return None if value is None else str(value)


class Router:
    """Tells the arm of each request."""

    def __init__(self, traffic: Traffic, key: Key) -> None:
        spans = sorted((start, end, version) for version, each in traffic.arms.items() for start, end in each)
        self._starts = [start for start, _, _ in spans]
        self._spans = spans
        self._salt = traffic.salt
        self._key = key

    def arm(self, request: Request) -> str:
        """The version whose arm a request falls into, or `CHAMPION`."""
        if not self._spans:
            return CHAMPION
        at = slot(self._salt, self._key(request))
        found = bisect_right(self._starts, at) - 1
        return self._spans[found][2] if found >= 0 and at < self._spans[found][1] else CHAMPION
