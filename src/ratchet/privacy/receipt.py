"""What is told of a forgetting: the receipt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ratchet.store.subjects import Forgotten

NOT_REACHED = (
    "backups, snapshots and replicas of the database and of the blobs: after restoring one, forget again",
    "what left Ratchet: exported classifiers, reports, scored files, runs and artifacts that a tracker was told",
    "the spool of machines that have not shipped since: their records are left out as they come",
    "rows that were taken in without saying whose they are",
)
"""What no forgetting reaches, whatever it finds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LearnedFrom:
    """A version that learned from rows of somebody."""

    version: str
    champion: bool
    """Whether it answers now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What a forgetting did; it names nobody."""

    classifier: str
    subject: str
    """The pseudonym."""
    at: datetime
    actor: str
    places: tuple[Forgotten, ...]
    """What each place let go of."""
    versions: tuple[LearnedFrom, ...]
    """The versions that learned from rows of theirs: a model does not unlearn them, and is trained again without."""
    not_reached: tuple[str, ...] = NOT_REACHED

    @property
    def rows(self) -> int:
        """Rows, lines and files that went."""
        return sum(each.rows for each in self.places)

    def __str__(self) -> str:
        lines = [f"{each.place}: {each.rows:,}" for each in self.places]
        learned = [
            f"version {each.version}{' (champion)' if each.champion else ''} learned from rows of theirs"
            for each in self.versions
        ]
        missed = [f"not reached: {each}" for each in self.not_reached]
        return "\n".join([f"Forgotten by {self.classifier}: {self.subject}", *lines, *learned, *missed])
