"""Who somebody is: the check that every request to a closed server passes."""

from __future__ import annotations

from dataclasses import replace

from ratchet.access.audit import Audit
from ratchet.access.keys import Key, Keys, id_of
from ratchet.access.limits import network_of
from ratchet.access.ring import Ring
from ratchet.access.roles import Role
from ratchet.access.sessions import Sessions
from ratchet.access.strangers import Strangers
from ratchet.access.waiting import Waiting
from ratchet.access.who import Who
from ratchet.errors import TooOftenError, UnknownCallerError
from ratchet.store.database import Database

_MOST_KNOWN = 4_096


class Access:
    """Keys and sessions of one workspace, as a door asks for them.

    Promises: a key is looked up without the database (`Ring`); one that is revoked opens nothing two seconds later in
    any server that calls `tend` each second.
    """

    def __init__(self, database: Database, audit: Audit) -> None:
        self.keys = Keys(database, audit)
        self.sessions = Sessions(database, audit)
        self.ring = Ring(self.keys)
        self._waiting = Waiting()
        self._strangers = Strangers(audit)
        self._known: dict[tuple[str, str], tuple[Key, Who]] = {}

    def by_key(self, secret: str, address: str) -> Who:
        """Whose key it is that was sent from an address.

        Raises `UnknownCallerError` where it is none that is active, `TooOftenError` where too many before were wrong.
        """
        place = network_of(address)
        if (left := self._waiting.left(place)) and not self._waiting.was_right(place, id_of(secret)):
            raise TooOftenError(
                "too many wrong keys came from this address", todo="wait, then send a key that holds", seconds=left
            )
        key = self.ring.find(secret)
        if key is None:
            if self._waiting.wrong(place):
                self._strangers.add(place)
            raise UnknownCallerError(
                "a key that is not known here, was revoked, or is over",
                todo="ask whoever runs this server for one: ratchet keys add NAME",
            )
        self._waiting.right(place, key.id)
        return self._whose(key, address)

    def by_cookie(self, cookie: str, address: str) -> Who | None:
        """Whose session it is; None where there is none.  Reads the database, at most once a second for each."""
        found = self.sessions.find(cookie)
        return None if found is None else replace(found, address=address)

    def _whose(self, key: Key, address: str) -> Who:
        """Who has a key, made once for each address until the ring brings another."""
        known, who = self._known.get((key.id, address), (None, None))
        if who is None or known is not key:
            scopes = None if key.scopes is None else frozenset(key.scopes)
            who = Who(name=key.name, role=Role(key.role), via="key", key=key.id, address=address, scopes=scopes)
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key.id, address] = key, who
        return who

    def tend(self) -> None:
        """Follow what was added and revoked, and tell of who waits; a server calls it about once a second.

        Never raises.
        """
        self.ring.tend()
        self._strangers.tell()
