"""What is kept of the rows that are answered, and for how long."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ratchet.spec.section import Section

Treatment = Literal["keep", "hash", "drop", "redact"]
"""What the log keeps of a cell: it whole, a keyed hash, nothing, or a text without what names somebody."""


class Privacy(Section):
    """What is kept of the rows that are answered, and for how long."""

    columns: dict[str, Treatment] = Field(default_factory=dict)
    """Column -> ``keep`` (the default), ``hash``, ``drop``, or ``redact``: what the log keeps of its cells."""
    subject: str | None = Field(default=None, min_length=1)
    """The column that names whose row it is; it is kept with the rows as a keyed hash, and is never learned from."""
    keep_days: int | None = Field(default=None, ge=1, le=36_500)
    """Logged answers, their labels and quarantined rows go after so many days; kept for ever by default."""
    encrypt: tuple[str, ...] = ()
    """Columns whose cells are encrypted where they are kept: in the log, its spool, and the parts of datasets."""
