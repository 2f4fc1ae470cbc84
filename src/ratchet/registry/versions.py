"""Versions: every candidate that was measured, promoted or not, numbered from 1 and kept for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ratchet import clock
from ratchet.errors import NotFoundError
from ratchet.registry import bundle as bundles
from ratchet.registry.bundle import Bundle
from ratchet.registry.document import plain
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.store.tables import versions


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """A candidate in the registry."""

    number: str
    family: str
    dataset_id: str
    learning_hash: str
    created_at: datetime
    scorecard: dict[str, Any]
    decision: dict[str, Any]
    run_id: str | None
    tracking_id: str | None
    bundle_key: str

    @property
    def bundle_id(self) -> str:
        """The id its bundle had when it was registered."""
        return self.bundle_key.rpartition("/")[2]


class Versions:
    """The versions of one classifier.

    Promises: numbers go up by one without gaps, however many processes register at once; a version and its bundle never
    change once registered; a bundle that is not the registered one, byte for byte, is not opened.
    """

    def __init__(self, database: Database, blobs: Blobs, classifier: str) -> None:
        self._database = database
        self._blobs = blobs
        self._classifier = classifier

    def register(
        self,
        folder: Path,
        *,
        family: str,
        dataset_id: str,
        learning_hash: str,
        scorecard: Any,
        decision: Any,
        run_id: str | None = None,
        tracking_id: str | None = None,
    ) -> Version:
        """Keep the bundle in ``folder`` under the next number.

        A run that registers the same bundle again (it was killed in between) gets the version it already has.  Raises
        `BundleError` where the folder holds no whole bundle; then nothing is kept.
        """
        identity, _ = bundles.look(folder)
        key = f"bundles/{self._classifier}/{identity}"
        self._blobs.put_folder(key, folder)
        row = {
            "classifier": self._classifier,
            "created_at": clock.now(),
            "family": family,
            "dataset_id": dataset_id,
            "learning_hash": learning_hash,
            "bundle_key": key,
            "scorecard": plain(scorecard),
            "decision": plain(decision),
            "run_id": run_id,
            "tracking_id": tracking_id,
        }
        with self._database.begin(alone=f"versions of {self._classifier}") as connection:
            number = self._already(connection, key, run_id)
            if number is None:
                number = 1 + (connection.scalar(self._select(sa.func.max(versions.c.number))) or 0)
                connection.execute(sa.insert(versions).values(number=number, **row))
        return self.get(str(number))

    def get(self, number: str) -> Version:
        """The version of that number; raises `NotFoundError`."""
        with self._database.read() as connection:
            row = None
            if index := as_number(number):
                row = connection.execute(self._select(versions).where(versions.c.number == index)).one_or_none()
            if row is None:
                raise missing(connection, self._classifier, number)
        return _version(row)

    def list(self) -> list[Version]:
        """Every version, oldest first."""
        with self._database.read() as connection:
            return [_version(row) for row in connection.execute(self._select(versions).order_by(versions.c.number))]

    def bundle(self, number: str) -> Bundle:
        """The opened bundle of a version; raises `NotFoundError` or `BundleError`."""
        version = self.get(number)
        return bundles.read(self._blobs.local_folder(version.bundle_key), expect=version.bundle_id)

    def _already(self, connection: sa.Connection, key: str, run_id: str | None) -> int | None:
        if run_id is None:
            return None
        same = self._select(versions.c.number).where(versions.c.run_id == run_id, versions.c.bundle_key == key)
        found: int | None = connection.scalar(same)
        return found

    def _select(self, *what: Any) -> sa.Select[Any]:
        return sa.select(*what).where(versions.c.classifier == self._classifier)


def as_number(text: str) -> int | None:
    """The number a version is asked for by, or None where it can be none of ours.

    >>> as_number("7"), as_number("07"), as_number("latest"), as_number("9" * 30)
    (7, None, None, None)
    """
    return int(text) if text.isascii() and text.isdigit() and not text.startswith("0") and len(text) < 10 else None


def missing(connection: sa.Connection, classifier: str, number: str) -> NotFoundError:
    """What to say of a version that does not exist."""
    last = connection.scalar(sa.select(sa.func.max(versions.c.number)).where(versions.c.classifier == classifier))
    there_are = f"there are 1 to {last}" if last else "there are none yet"
    return NotFoundError(
        f"'{classifier}' has no version {number}; {there_are}",
        todo="ratchet show lists them" if last else "ratchet train makes the first",
    )


def _version(row: Any) -> Version:
    fields = row._asdict()
    del fields["classifier"]
    return Version(**{**fields, "number": str(row.number)})
