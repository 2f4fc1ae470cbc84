"""Keys: 256 random bits each, shown once; what is kept is their SHA-256, which opens nothing."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from ratchet import clock
from ratchet.access.audit import Audit
from ratchet.access.chain import append
from ratchet.access.roles import Role
from ratchet.access.who import present
from ratchet.errors import NotFoundError, RequestError
from ratchet.store.database import Database
from ratchet.store.tables import datasets, keys, sessions
from ratchet.words import redacted

PREFIX = "rk_"
"""What every key begins with, so that tools which look for leaked secrets know one."""
_KEY = re.compile(r"rk_([0-9a-f]{8})_[A-Za-z0-9_-]{43}")
_NAME = re.compile(r"[^\W_][\w .@+-]{0,127}")
_WITH_ROWS = sa.select(datasets.c.classifier).distinct()


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """What is known of a key; not the key itself."""

    id: str
    """Its readable part: the eight digits after ``rk_``."""
    name: str
    """Whose it is."""
    role: Role
    scopes: tuple[str, ...] | None
    """The classifiers that it opens; None for all."""
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None

    @property
    def state(self) -> str:
        """``active``, ``expired`` or ``revoked``."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= clock.now() else "active"


@dataclass(frozen=True, kw_only=True, slots=True)
class NewKey:
    """A key that was just made: the only time that it is there to be read."""

    key: Key
    secret: str = field(repr=False)
    """What a caller sends."""


class Keys:
    """The keys that a database holds.

    Promises: a key is kept nowhere, only its SHA-256; every change is in the audit, in the same transaction.
    """

    def __init__(self, database: Database, audit: Audit) -> None:
        self._database = database
        self._audit = audit

    def add(
        self,
        name: str,
        role: Role | str = Role.USER,
        *,
        scopes: Collection[str] | None = None,
        expires: timedelta | None = None,
        among: Collection[str] | None = None,
    ) -> NewKey:
        """Make a key for somebody; ``scopes`` are the classifiers that it opens, all by default.

        A scope must be one of ``among``, where they are given, or of a classifier whose rows the database holds.
        Raises `RequestError` for a name that cannot be read or that an active key has, an unknown role, no scope or one
        that is no classifier's name, or a time that is over.
        """
        made = _made(_name(name), _role(role), _scopes(scopes), _end(expires))
        with self._audit.begin() as connection:
            if among is not None:
                _refuse_unknown(made.key.scopes or (), {*among, *connection.scalars(_WITH_ROWS)})
            if any(each.state == "active" for each in self._named(connection, made.key.name)):
                raise RequestError(
                    f"there is an active key named {made.key.name}",
                    todo="choose another name, or make it a new one: ratchet keys rotate NAME",
                )
            self._insert(connection, made)
            append(connection, action="keys.add", target=_told(made.key), after=_what(made.key))
        return made

    def rotate(self, key: str, *, grace: timedelta = timedelta(0)) -> NewKey:
        """A new key in the place of an active one, of the same name, role, scopes and end; by id or name.

        The old one holds for ``grace`` more.  Raises `NotFoundError` where there is no such active key.
        """
        with self._audit.begin() as connection:
            old = self._active(connection, key)
            if old.expires_at is not None and old.expires_at < clock.now() + grace:
                grace = old.expires_at - clock.now()
            self._end(connection, old, clock.now() + grace)
            made = _made(old.name, old.role, old.scopes, old.expires_at)
            self._insert(connection, made)
            append(
                connection, action="keys.rotate", target=_told(made.key), before={"id": old.id}, after=_what(made.key)
            )
        return made

    def revoke(self, key: str) -> Key:
        """End every active key of an id or a name at once, with all sessions begun with it; the last one of them.

        Every server that shares the database refuses it within two seconds.  Raises `NotFoundError`.
        """
        with self._audit.begin() as connection:
            self._active(connection, key)
            found = [each for each in self._called(connection, key) if each.state == "active"]
            for each in found:
                self._end(connection, each, None)
                append(connection, action="keys.revoke", target=_told(each), before=_what(each))
            return self._called(connection, found[-1].id)[0]

    def every(self) -> list[Key]:
        """Every key there is or was, oldest first."""
        with self._database.read() as connection:
            return [_key(row) for row in connection.execute(sa.select(keys).order_by(keys.c.created_at, keys.c.id))]

    def digests(self) -> list[tuple[Key, bytes]]:
        """The active keys with their SHA-256, for a door that checks what callers send."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(keys).where(keys.c.revoked_at.is_(None))).all()
        found = [(_key(row), bytes.fromhex(row.digest)) for row in rows]
        return [(key, digest) for key, digest in found if key.state == "active"]

    def _insert(self, connection: sa.Connection, made: NewKey) -> None:
        each = made.key
        values = {
            "id": each.id,
            "digest": digest(made.secret).hex(),
            "name": each.name,
            "role": each.role,
            "scopes": sa.null() if each.scopes is None else list(each.scopes),
            "created_at": each.created_at,
            "created_by": each.created_by,
            "expires_at": each.expires_at,
        }
        connection.execute(sa.insert(keys).values(**values))

    def _end(self, connection: sa.Connection, key: Key, at: datetime | None) -> None:
        """Let a key end at a moment, or at once: then it is revoked, and its sessions are over."""
        who, now = present().name, clock.now()
        end = {"expires_at": at} if at is not None and at > now else {"revoked_at": now, "revoked_by": who}
        connection.execute(sa.update(keys).where(keys.c.id == key.id).values(**end))
        if "revoked_at" in end:
            connection.execute(sa.delete(sessions).where(sessions.c.key_id == key.id))

    def _active(self, connection: sa.Connection, key: str) -> Key:
        """The newest active key of an id or a name."""
        found = self._called(connection, key)
        active = [each for each in found if each.state == "active"]
        if not active:
            called = redacted(key)[:40]
            there = f"the key {called} is {found[-1].state} already" if found else f"there is no key {called}"
            raise NotFoundError(there, todo="ratchet keys list shows them")
        return active[-1]

    def _called(self, connection: sa.Connection, key: str) -> list[Key]:
        called = sa.or_(keys.c.id == key.removeprefix(PREFIX)[:16], keys.c.name == key[:128])
        query = sa.select(keys).where(called).order_by(keys.c.created_at, keys.c.id)
        return [_key(row) for row in connection.execute(query)]

    def _named(self, connection: sa.Connection, name: str) -> list[Key]:
        return [_key(row) for row in connection.execute(sa.select(keys).where(keys.c.name == name))]


def digest(secret: str | bytes) -> bytes:
    """What is kept of a key: with 256 random bits in it nothing slower is needed, as no list of guesses holds it."""
    return hashlib.sha256(secret.encode() if isinstance(secret, str) else secret).digest()


def id_of(secret: str) -> str | None:
    """The readable part of a text that has the form of a key; None for one that has not.

    >>> id_of("rk_0123abcd_" + 43 * "x"), id_of("rk_0123abcd")
    ('0123abcd', None)
    """
    found = _KEY.fullmatch(secret)
    return found[1] if found else None


def _made(name: str, role: Role, scopes: tuple[str, ...] | None, end: datetime | None) -> NewKey:
    name_of_key = secrets.token_hex(4)
    key = Key(
        id=name_of_key,
        name=name,
        role=role,
        scopes=scopes,
        created_at=clock.now(),
        created_by=present().name,
        expires_at=end,
        revoked_at=None,
        revoked_by=None,
    )
    return NewKey(key=key, secret=f"{PREFIX}{name_of_key}_{secrets.token_urlsafe(32)}")


def _name(name: str) -> str:
    if isinstance(name, str) and _NAME.fullmatch(name.strip()):
        return name.strip()
    raise RequestError(
        f"a key is named by up to 128 letters, digits and . @ + - _, and {name!r:.60} is no such name",
        todo="name whose key it is, such as ann or billing-app",
    )


def _role(role: Role | str) -> Role:
    try:
        return Role(role)
    except ValueError:
        raise RequestError(f"there is no role {role!r:.40}", todo=f"choose one of {', '.join(Role)}") from None


def _scopes(scopes: Collection[str] | None) -> tuple[str, ...] | None:
    if scopes is None:
        return None
    if isinstance(scopes, str) or not scopes or not all(isinstance(each, str) and each for each in scopes):
        raise RequestError("scopes without a name in them", todo="name the classifiers it opens, or leave scopes out")
    return tuple(sorted(set(scopes)))


def _refuse_unknown(scopes: Collection[str], known: Collection[str]) -> None:
    if unknown := [each for each in scopes if each not in known]:
        raise RequestError(
            f"a key that opens {', '.join(unknown)!r:.200}, and here is no such classifier",
            todo=f"name some of {', '.join(sorted(known))}; or none, for a key that opens all",
        )


def _end(expires: timedelta | None) -> datetime | None:
    if expires is None:
        return None
    if not timedelta(0) < expires <= timedelta(days=36_500):
        raise RequestError(
            "a key that is over when it is made, or in a hundred years", todo="give a time from now, such as 90d"
        )
    return clock.now() + expires


def _told(key: Key) -> str:
    return f"key {key.id} of {key.name}"


def _what(key: Key) -> dict[str, Any]:
    """What the audit is told of a key."""
    ends = None if key.expires_at is None else key.expires_at.isoformat()
    return {
        "id": key.id,
        "role": key.role.value,
        "scopes": None if key.scopes is None else list(key.scopes),
        "until": ends,
    }


def _key(row: Any) -> Key:
    return Key(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        scopes=None if row.scopes is None else tuple(row.scopes),
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        revoked_by=row.revoked_by,
    )
