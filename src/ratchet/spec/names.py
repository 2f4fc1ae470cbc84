"""What a column may be called."""

from __future__ import annotations

RESERVED = frozenset({"_id", "_row", "_side", "_unit", "_chosen", "_subject"})
"""What is kept beside each row under these names; a column of a table's own would be taken for it."""
LONGEST = 1_000
"""Characters: a longer name is a text that slipped into the header."""


def why_not(name: str) -> str | None:
    r"""Why a column cannot be called so, or None.

    >>> why_not("age"), why_not("_id"), why_not("")
    (None, 'a name that is kept for what is known of each row', 'no name')
    >>> why_not("a\0b")
    'a name with a NUL character'
    """
    if name in RESERVED:
        return "a name that is kept for what is known of each row"
    if not name:
        return "no name"
    if len(name) > LONGEST:
        return f"a name of {len(name):,} characters"
    if "\0" in name:  # PostgreSQL keeps no such text
        return "a name with a NUL character"
    return None
