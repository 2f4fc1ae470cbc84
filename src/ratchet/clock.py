"""The only source of time, ids and randomness, so that tests and reruns can hold them still."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from datetime import UTC, datetime

import numpy as np

_ID = re.compile(r"[0-9a-f]{26}")


def now() -> datetime:
    """This moment, in UTC, to the microsecond."""
    return datetime.now(UTC)


def epoch() -> float:
    """Seconds since 1970, for counting hours and days where making a `datetime` would cost too much."""
    return time.time()


def monotonic() -> float:
    """Seconds since some fixed point: for measuring how long things take and when a budget ends."""
    return time.monotonic()


def new_id() -> str:
    """A fresh 26-character id; ids made later sort later (milliseconds first, then 80 random bits).

    >>> first, second = new_id(), new_id()
    >>> len(first), first != second
    (26, True)
    """
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(7)}"


def is_id(text: str) -> bool:
    """Whether `new_id` can have made it.

    >>> is_id(new_id()), is_id("none"), is_id(26 * chr(0))
    (True, False, False)
    """
    return _ID.fullmatch(text) is not None


def first_id(moment: datetime) -> str:
    """The id that sorts before every id made at a moment or later, and after every earlier one.

    >>> first_id(now()) <= new_id() < first_id(datetime(9999, 1, 1, tzinfo=UTC))
    True
    """
    return f"{max(int(moment.timestamp() * 1_000), 0):012x}"


def seed(*names: object) -> int:
    """A 32-bit seed derived from names: the same names give the same seed on every machine.

    >>> seed("reviews", 1) == seed("reviews", 1)
    True
    """
    text = "\x1f".join(str(name) for name in names)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


def rng(*names: object) -> np.random.Generator:
    """A random generator seeded by names."""
    return np.random.default_rng(seed(*names))
