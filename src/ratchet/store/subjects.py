"""The seam to forgetting: every place that holds rows can say how many are a subject's, and let go of them.

A *subject* is whose row it is, as the caller names that person.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True, slots=True)
class Forgotten:
    """What one place let go of: a line of the receipt."""

    place: str
    rows: int
    """Rows, lines or files that went."""


class HoldsRows(Protocol):
    """One place that holds rows of one classifier.

    Promises of `forget`: when it returns, nothing in the place tells of the subject's rows that were made before, and
    none of them comes back; the rows of others are what they were.  It may be called again: a subject without rows is
    no mistake, and a call that was killed is finished by the next.  Rows that come later are new, and are kept; a place
    may hold those of the first minute after as made before, since clocks differ.
    """

    place: str
    """What the place is called in a receipt."""

    def count(self, subject: str) -> int:
        """How many rows of a subject lie here."""
        ...

    def forget(self, subject: str) -> Forgotten:
        """Let go of a subject's rows; raises `UnavailableError` where the place is away, and can be called again."""
        ...


def digest(subject: str) -> str:
    """What is kept of a subject's name where the name itself must not be.

    >>> digest("ann")[:12]
    '6aae98e73b84'
    """
    return hashlib.sha256(f"subject\x1f{subject}".encode("utf-8", "surrogatepass")).hexdigest()
