"""The spec and the settings that are in force: an entry says what changed since the last one that tells of them."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from ratchet import clock
from ratchet.access.audit import Audit
from ratchet.access.entries import detail
from ratchet.errors import RatchetError
from ratchet.settings import Settings
from ratchet.spec import Spec
from ratchet.store.database import Database
from ratchet.store.tables import audit

_SECRET = re.compile(r"key|secret|password|token|webhook")
_OF_THE_MACHINE = {"root", "workers"}
"""Settings that say nothing of what is done: a laptop and a server would tell of them in turn."""
_LONG = 500
"""Characters of a value; a longer one is told by its digest."""
_LOOK = 60.0
"""Seconds between two looks where the first could not be had."""


class InForce:
    """What one classifier is operated by, held against what its audit knows; looked at once in its life."""

    def __init__(self, database: Database, audit: Audit, spec: Spec, settings: Settings) -> None:
        self._database = database
        self._audit = audit
        self._classifier = spec.name
        self._parts = {
            ("spec.changed", "ratchet.toml"): _flat(spec.model_dump(mode="json")),
            ("settings.changed", f"settings at {platform.node()}"): _settings(settings),
        }
        self._seen = False
        self._tried = float("-inf")

    def see(self) -> None:
        """Add an entry for each of the two that is not as it was; raises `UnavailableError`."""
        if self._seen:
            return
        for (action, target), values in self._parts.items():
            with self._database.read() as connection:
                if values == self._known(connection, action, target):
                    continue
            with self._audit.begin() as connection:  # whoever was faster has told of it
                known = self._known(connection, action, target)
                before, after = _differences(known, values)
                if known != values:
                    self._audit.witness(connection, action, target, before=before or None, after=after)
        self._seen = True

    def tend(self) -> None:
        """The same for a server, which goes on where the database is away and looks again later; never raises."""
        if self._seen or clock.monotonic() - self._tried < _LOOK:
            return
        self._tried = clock.monotonic()
        try:
            self.see()
        except RatchetError:  # what is wrong with the database, others say
            return

    def _known(self, connection: sa.Connection, action: str, target: str) -> dict[str, Any]:
        """What the entries so far come to: each says which values are others since the one before."""
        found: dict[str, Any] = {}
        mine = {"classifier": self._classifier, "action": action, "target": target}
        for after in connection.scalars(sa.select(audit.c.after).filter_by(**mine).order_by(audit.c.seq)):
            found |= after or {}
        return {name: value for name, value in found.items() if value is not None}


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of the values that differ, the old ones and the new ones; null where there is none any more.

    >>> _differences({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 5})
    ({'b': 2, 'c': 3}, {'b': 5, 'c': None})
    """
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    return {name: old[name] for name in names if name in old}, {name: new.get(name) for name in names}


def _settings(settings: Settings) -> dict[str, Any]:
    values = {name: value for name, value in settings.model_dump(mode="json").items() if name not in _OF_THE_MACHINE}
    return _flat({name: "***" if value and _SECRET.search(name) else value for name, value in values.items()})


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Names with dots and their values, as an entry keeps them; those that are not set are left out."""
    kept: dict[str, Any] = detail({name: _short(value) for name, value in _leaves(values) if value is not None})
    return kept


def _leaves(values: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _short(value: Any) -> Any:
    text = json.dumps(value, sort_keys=True)
    return value if len(text) <= _LONG else f"{len(text)} characters, SHA-256 {sha256(text.encode()).hexdigest()}"
