"""What each tracker has still to be told, kept until it was: one small blob for each thing owed."""

from __future__ import annotations

from ratchet import clock
from ratchet.store.blobs import Blobs

_CHAMPION = "champion-"


class Outbox:
    """The debts of one classifier's trackers.

    Promises: what is owed is there from before it happens until it was told, whatever dies in between; only that there
    is something to tell is kept, so that what is told is what holds then.
    """

    def __init__(self, blobs: Blobs, classifier: str) -> None:
        self._blobs = blobs
        self._folder = f"outbox/{classifier}"

    def owe_run(self, tracker: str, run: str) -> None:
        """A run is to be told, or what was told of it to be taken back."""
        self._blobs.put(self._key(tracker, run), b"")

    def owe_champion(self, tracker: str) -> None:
        """The champion changes: whoever it is in the end is to be told."""
        self._blobs.put(self._key(tracker, f"{_CHAMPION}{clock.new_id()}"), b"")

    def runs(self, tracker: str) -> list[str]:
        """The runs that are owed, oldest first."""
        return sorted(each for each in self._owed(tracker) if not each.startswith(_CHAMPION))

    def changes(self, tracker: str) -> list[str]:
        """The changes of champion that are owed."""
        return sorted(each for each in self._owed(tracker) if each.startswith(_CHAMPION))

    def told(self, tracker: str, what: str) -> None:
        """A run, or a change, is owed no more."""
        self._blobs.delete(self._key(tracker, what))

    def _owed(self, tracker: str) -> list[str]:
        folder = f"{self._folder}/{tracker}"
        return [key[len(folder) + 1 :] for key in self._blobs.list(folder)]

    def _key(self, tracker: str, what: str) -> str:
        return f"{self._folder}/{tracker}/{what}"
