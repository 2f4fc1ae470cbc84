"""What classifiers stand on: database, blobs, engine, trackers; each opened once and shared by all that name it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ratchet.engine.catalogue import open_engine
from ratchet.engine.engine import Engine
from ratchet.privacy.keyring import Keyring, keyring
from ratchet.privacy.scratch import Copies, scratch
from ratchet.privacy.sealed_files import SealedFiles
from ratchet.privacy.vault import Vault
from ratchet.settings import Settings
from ratchet.store import workspace
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.store.workspace import Layout
from ratchet.tracking.catalogue import open_trackers
from ratchet.tracking.tracker import Tracker

if TYPE_CHECKING:
    from ratchet.access.telling import Telling

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Resources:
    """What the classifiers of one folder stand on."""

    settings: Settings
    layout: Layout
    database: Database
    blobs: Blobs
    engine: Engine
    trackers: tuple[Tracker, ...]
    telling: Telling | None = None
    """What posts the audit of the database to a webhook, where one is set."""


class Pool:
    """Opens resources, and closes what it opened.

    Promises: of several folders whose settings name the same database, blobs or kind of engine, all get the
    same object: a server of twenty classifiers in one PostgreSQL has one pool of connections.
    """

    def __init__(self) -> None:
        self._open: dict[tuple[object, ...], object] = {}
        self._closing = ExitStack()

    def resources(self, settings: Settings, encrypt: tuple[str, ...] = ()) -> Resources:
        """What the folder of these settings stands on; the workspace is made if it is not there.

        ``encrypt`` are the columns that are sealed: with any, the blobs are too.

        Raises `WorkspaceError`, `SettingsError`, `UnavailableError` or `MissingExtraError` where something cannot be
        opened; what others stand on stays open.
        """
        layout = workspace.prepare(settings.workspace)
        database = self._database(settings.database_url or layout.database)
        return Resources(
            settings=settings,
            layout=layout,
            database=database,
            blobs=self._blobs(settings.blobs_url or layout.blobs, layout, settings, encrypt),
            engine=self._engine(settings.engine, settings.workers),
            trackers=self._trackers(settings.tracking, settings.tracking_uri, layout.folder),
            telling=self._telling(database, settings),
        )

    def close(self) -> None:
        """Close all that was opened; the pool can be used anew."""
        self._open.clear()
        self._closing.close()

    def _database(self, place: str | Path) -> Database:
        def opened() -> Database:
            database = Database.open(place)
            self._closing.callback(database.close)
            return database

        return self._once(("database", str(place)), opened)

    def _blobs(self, place: str | Path, layout: Layout, settings: Settings, encrypt: tuple[str, ...]) -> Blobs:
        """Blobs that open what is sealed while its key is at hand, and seal what they are given where columns are."""
        keys = self._keys(settings)
        vault = Vault(keys, encrypt, scratch(layout.folder, settings.scratch) if encrypt else None)

        def opened() -> Blobs:
            copies = Copies(lambda: scratch(layout.folder, settings.scratch))
            self._closing.callback(copies.close)
            inner = Blobs.open(place, cache=layout.cache).files
            return Blobs(SealedFiles(inner, keys, copies, writes=bool(encrypt)), vault)

        return self._once(("blobs", str(place), keys.ids, vault.columns, vault.scratch), opened)

    def _keys(self, settings: Settings) -> Keyring:
        """The keys of these settings; a command is asked once."""
        given = settings.encryption_key and settings.encryption_key.get_secret_value()
        key = ("keys", given, settings.encryption_key_file, settings.encryption_command)
        return self._once(key, lambda: keyring(settings))

    def _engine(self, name: str, workers: int) -> Engine:
        def opened() -> Engine:
            engine = open_engine(name, workers)
            self._closing.callback(engine.close)
            return engine

        return self._once(("engine", name, workers), opened)

    def _trackers(self, names: str | None, uri: str | None, folder: Path) -> tuple[Tracker, ...]:
        """Those of a folder: where they keep their things depends on it."""
        key = ("trackers", names, uri, folder.absolute())
        return self._once(key, lambda: open_trackers(names, uri, folder))

    def _telling(self, database: Database, settings: Settings) -> Telling | None:
        """That of a database and an address: classifiers that share both do not post beside each other."""
        if settings.audit_webhook is None:
            return None
        from ratchet.access.telling import Telling  # it brings http and TLS

        def opened() -> Telling:
            telling = Telling.of(database, settings)
            self._closing.callback(telling.close)
            return telling

        return self._once(
            ("telling", id(database), settings.audit_webhook, settings.webhook_secret, settings.outbound), opened
        )

    def _once(self, key: tuple[object, ...], opened: Callable[[], T]) -> T:
        if key not in self._open:
            self._open[key] = opened()
        return self._open[key]  # type: ignore[return-value]
