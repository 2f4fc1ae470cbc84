"""The keys a door holds in memory, so that no request waits for the database."""

from __future__ import annotations

import hmac
import logging

from ratchet import clock
from ratchet.access.keys import Key, Keys, digest, id_of
from ratchet.errors import RatchetError

_log = logging.getLogger("ratchet.access")
_NOBODYS = bytes(32)


class Ring:
    """The active keys as they were when it was last refreshed; while the database is away it keeps those it has.

    Promises: `find` compares in a time that does not depend on how much of a key is right, and takes no lock.  A key
    that was right is known by its text until the next refresh: a dict compares texts only where their hashes, which are
    keyed (SipHash), are equal, so its time tells nothing of them either.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._held: dict[str, tuple[Key, bytes]] = {}
        self._found: dict[str, Key] = {}

    def find(self, secret: str) -> Key | None:
        """The key that a caller sent, while it is active; None for any other text."""
        key = self._found.get(secret) or self._compared(secret)
        if key is None or (key.expires_at is not None and key.expires_at <= clock.now()):
            return None
        return key

    def _compared(self, secret: str) -> Key | None:
        found = self._found
        key, known = self._held.get(id_of(secret) or "", (None, _NOBODYS))
        if not hmac.compare_digest(digest(secret.encode("utf-8", "replace")), known) or key is None:
            return None
        found[secret] = key
        return key

    def refresh(self) -> None:
        """Take over what was added or revoked since, as `find` then knows; a server calls it about once a second."""
        self._held, self._found = {key.id: (key, known) for key, known in self._keys.digests()}, {}

    def tend(self) -> None:
        """Refresh; never raises."""
        try:
            self.refresh()
        except RatchetError as error:
            _log.warning("keys are those of a moment ago: %s", error.problem)

    def __len__(self) -> int:
        return len(self._held)
