"""When a call is made again, and how long to wait till then."""

from __future__ import annotations

from dataclasses import dataclass
from random import SystemRandom

import httpx

_chance = SystemRandom()
AGAIN = frozenset((429, 503))
"""The server has done nothing then, and says when to ask again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Retry:
    """How often a call is made at most, and how long is waited between two; ``Retry(attempts=1)`` never repeats one."""

    attempts: int = 4
    first: float = 0.1
    """Seconds before the second attempt; each further wait is twice as long, and varies, so that many do not meet."""
    most: float = 10.0
    """The longest wait; a server that asks for a longer one is not asked again."""

    def wait(self, attempt: int, retry_after: float | None) -> float | None:
        """Seconds to wait after a number of attempts, at least what the server said; None: give up.

        >>> Retry(attempts=2).wait(2, None), Retry(most=5).wait(1, 60.0), Retry().wait(1, 3.0)
        (None, None, 3.0)
        """
        if attempt >= self.attempts or (retry_after is not None and retry_after > self.most):
            return None
        longest = min(self.most, self.first * 2 ** (attempt - 1))
        return max(retry_after or 0.0, _chance.uniform(longest / 2, longest))


def may_repeat(error: httpx.TransportError, *, idempotent: bool) -> bool:
    """Whether a call that broke may be made again: it changes nothing twice, or never reached the server."""
    return idempotent or isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds that an answer asks to wait; None where it names none.

    >>> retry_after(httpx.Headers({"Retry-After": "2"})), retry_after(httpx.Headers({"Retry-After": "soon"}))
    (2.0, None)
    """
    said = headers.get("retry-after", "")
    return float(said) if said.isdecimal() else None
