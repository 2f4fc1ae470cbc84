"""Who acts: known to whatever is called, without being handed through every verb."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Literal

from ratchet import platforms
from ratchet.access.roles import Role

Via = Literal["local", "key", "session", "open", "nobody"]
"""How somebody came: at this machine (command line, Python), with a key, signed in, to a server that asks nobody for a
key, or without one to what is open to all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Who:
    """Somebody who acts."""

    name: str
    """What the audit and the log of answers call them: of a key its name, on this machine the system's user."""
    role: Role
    via: Via
    key: str | None = None
    """The id of the key they came with, or signed in with."""
    address: str | None = None
    """The network address they came from."""
    scopes: frozenset[str] | None = None
    """The classifiers they may ask; None for all."""

    def may_ask(self, classifier: str) -> bool:
        """Whether a classifier is among theirs."""
        return self.scopes is None or classifier in self.scopes


_present: ContextVar[Who | None] = ContextVar("ratchet-who", default=None)


def present() -> Who:
    """Who acts right now; outside of any request the system's user, who owns the files and so may do everything."""
    return _present.get() or _local()


@contextmanager
def acting(who: Who) -> Iterator[None]:
    """Have somebody act, within a block and what it calls."""
    token = _present.set(who)
    try:
        yield
    finally:
        _present.reset(token)


@cache
def _local() -> Who:
    return Who(name=platforms.user(), role=Role.ADMIN, via="local")
