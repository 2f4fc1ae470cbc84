"""The numbers of versions: how one is asked for, and what is said of one that is not there."""

from __future__ import annotations

import sqlalchemy as sa

from ratchet.errors import NotFoundError
from ratchet.store.tables import versions

Named = str | int
"""A version as it is asked for: ``"2"`` and ``2`` are the same."""


def named(version: Named) -> str:
    """The text of a version's number; raises `NotFoundError` for what can be none.

    >>> named(2), named("2")
    ('2', '2')
    """
    if isinstance(version, int) and not isinstance(version, bool):
        return str(version)
    if isinstance(version, str) and version.strip():
        return version
    raise NotFoundError(
        f"a version is asked for by its number, and {version!r} is none", todo='give one, such as 2 or "2"'
    )


def as_number(text: str) -> int | None:
    """The number a version is asked for by, or None where it can be none of ours.

    >>> as_number("7"), as_number("07"), as_number("latest"), as_number("9" * 30)
    (7, None, None, None)
    """
    return int(text) if text.isascii() and text.isdigit() and not text.startswith("0") and len(text) < 10 else None


def missing(connection: sa.Connection, classifier: str, number: str) -> NotFoundError:
    """What to say of a version that does not exist."""
    last = connection.scalar(sa.select(sa.func.max(versions.c.number)).where(versions.c.classifier == classifier))
    there_are = f"there are 1 to {last}" if last else "there are none yet"
    return NotFoundError(
        f"'{classifier}' has no version {number}; {there_are}",
        todo="ratchet show, or classifier.versions(), lists them" if last else "ratchet train makes the first",
    )
