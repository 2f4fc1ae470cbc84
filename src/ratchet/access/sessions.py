"""Sessions: a cookie for pages, given to a person for a key or by an identity provider; the API takes keys only."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ratchet import clock
from ratchet.access.audit import Audit
from ratchet.access.chain import append
from ratchet.access.roles import Role
from ratchet.access.who import Who, acting
from ratchet.store.database import Database
from ratchet.store.tables import keys, sessions

IDLE = timedelta(hours=12)
"""A session that nobody used for so long is over."""
LONGEST = timedelta(days=7)
"""No session lasts longer."""
_SEEN = timedelta(minutes=5)
"""How exactly it is known when a session was used last."""
_HELD_SECONDS = 1.0
"""How long a server goes by what it read of a session: a revoked key holds no longer anywhere."""
_MOST_HELD = 1_000


@dataclass(frozen=True, slots=True)
class _Held:
    who: Who | None
    until: float


class Sessions:
    """The sessions that a database holds.

    Promises: a cookie is kept nowhere, only its SHA-256; a session ends with its key.
    """

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit
        self._held: dict[bytes, _Held] = {}

    def begin(self, who: Who) -> str:
        """A new session for somebody; what the cookie holds.  It is never one that a browser brought along."""
        cookie = secrets.token_urlsafe(32)
        now = clock.now()
        values = {
            "digest": _digest(cookie).hex(),
            "key_id": who.key,
            "name": who.name,
            "role": who.role,
            "scopes": sa.null() if who.scopes is None else sorted(who.scopes),
            "created_at": now,
            "seen_at": now,
            "ends_at": now + LONGEST,
        }
        with acting(who), self._audit.begin() as connection:
            connection.execute(sa.delete(sessions).where(_over(now)))
            connection.execute(sa.insert(sessions).values(**values))
            append(connection, action="signin", target=who.name)
        return cookie

    def find(self, cookie: str) -> Who | None:
        """Whose session it is, while it goes on; None for any other text.  Raises `UnavailableError`."""
        digest, now = _digest(cookie), clock.monotonic()
        held = self._held.get(digest)
        if held is None or held.until <= now:
            held = _Held(self._read(digest), now + _HELD_SECONDS)
            if len(self._held) >= _MOST_HELD:
                self._held.clear()
            self._held[digest] = held
        return held.who

    def end(self, cookie: str) -> None:
        """End a session, if it goes on."""
        digest = _digest(cookie)
        self._held.pop(digest, None)
        ended = sa.delete(sessions).where(sessions.c.digest == digest.hex())
        with self._audit.begin() as connection:
            for name in connection.scalars(ended.returning(sessions.c.name)).all():
                append(connection, action="signout", target=name)

    def _read(self, digest: bytes) -> Who | None:
        now = clock.now()
        mine = sessions.c.digest == digest.hex()
        joined = sa.outerjoin(sessions, keys, sessions.c.key_id == keys.c.id)
        query = sa.select(sessions, keys.c.revoked_at, keys.c.expires_at).select_from(joined).where(mine, ~_over(now))
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
            return None
        if now - row.seen_at > _SEEN:
            with self._database.begin() as connection:
                connection.execute(sa.update(sessions).where(mine).values(seen_at=now))
        return _who(row)


def token(cookie: str) -> str:
    """What a form brings to show that a page of ours made it: only who can read the page, or the cookie, knows it.

    A token by HMAC of the session (OWASP, Cross-Site Request Forgery Prevention, "HMAC based token pattern").
    """
    return hmac.new(cookie.encode("utf-8", "replace"), b"ratchet form", hashlib.sha256).hexdigest()


def is_token(given: str, cookie: str) -> bool:
    """Whether a form's token belongs to a session's cookie."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), token(cookie).encode())


def _over(now: datetime) -> sa.ColumnElement[bool]:
    return sa.or_(sessions.c.ends_at <= now, sessions.c.seen_at <= now - IDLE)


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).digest()


def _who(row: Any) -> Who:
    told: Mapping[str, Any] = row._mapping
    scopes = None if told["scopes"] is None else frozenset(told["scopes"])
    return Who(name=told["name"], role=Role(told["role"]), via="session", key=told["key_id"], scopes=scopes)
