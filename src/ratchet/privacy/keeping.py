"""What is kept of one row and of whose it is, as a classifier's spec says."""

from __future__ import annotations

from ratchet.privacy.pseudonym import AS_THEY_ARE, Pseudonyms, named
from ratchet.privacy.treatment import Row, Treatments
from ratchet.settings import Settings
from ratchet.spec.privacy import Privacy


class Keeping:
    """How the log of one classifier keeps rows and subjects."""

    def __init__(self, privacy: Privacy, pseudonyms: Pseudonyms, treatments: Treatments) -> None:
        self.pseudonyms = pseudonyms
        self.treatments = treatments
        self.column = privacy.subject
        """The column that names whose row it is."""

    @classmethod
    def of_workspace(cls, privacy: Privacy, settings: Settings) -> Keeping:
        """As a spec says, with the keys of a workspace's secret."""
        return cls(privacy, Pseudonyms.of_workspace(settings), Treatments.of_workspace(privacy, settings))

    def subject(self, said: str | None, row: Row) -> str | None:
        """Whose row it is, as it is kept: the row's own column says so before what was said of all rows together."""
        own = named(row.get(self.column)) if self.column is not None else None
        name = said if own is None else own
        return None if name is None else self.pseudonyms.of(name)


def _no_key() -> bytes:
    raise AssertionError("nothing is hashed here")


AS_IT_IS = Keeping(Privacy(), AS_THEY_ARE, Treatments(Privacy(), _no_key))
"""Keeps all of a row, and plain names."""
