"""What the settings name, tried one by one: database, bucket, trackers, webhook.  Nothing of it is changed."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from ratchet import clock
from ratchet.errors import MissingExtraError, RatchetError, SettingsError, UnavailableError
from ratchet.settings import Settings
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.store.transport import require_decided
from ratchet.tracking.catalogue import open_trackers
from ratchet.tracking.tracker import Reachable, Tracker
from ratchet.words import redacted

PATIENCE = 20.0
"""Seconds that each thing has to answer in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reached:
    """One thing that was tried: what came of it, without passwords."""

    what: str
    ok: bool
    found: str
    todo: str = ""
    exit_code: int = 0


def reached(root: Path, *, patience: float = PATIENCE) -> list[Reached]:
    """Try whatever the settings of a folder name; what they leave at its default lies in the workspace.

    Promises: never raises for what is tried, and waits for each thing ``patience`` seconds at most.  Raises
    `SettingsError` where the settings themselves cannot be read.
    """
    return [attempt(what, trying, patience=patience) for what, trying in _named(Settings(root=root))]


def attempt(what: str, trying: Callable[[], str], *, patience: float = PATIENCE) -> Reached:
    """Try one thing, in words whatever becomes of it; ``trying`` says what it found."""
    came: list[Reached] = []

    def run() -> None:
        try:
            came.append(Reached(what=what, ok=True, found=redacted(trying())))
        except Exception as error:  # libraries of stores and trackers have errors of their own
            came.append(_failed(what, error))

    thread = threading.Thread(target=run, daemon=True)  # one that hangs does not keep the process
    thread.start()
    thread.join(patience)
    silent = UnavailableError(f"no answer within {patience:g} s", todo="see that it is reachable, then try again")
    return came[0] if came else _failed(what, silent)


def _failed(what: str, error: Exception) -> Reached:
    if isinstance(error, RatchetError):
        problem, todo, code = error.problem, error.todo, error.exit_code
    else:
        problem, todo, code = f"{type(error).__name__}: {error}", "see that the address is right", 3
    return Reached(what=what, ok=False, found=redacted(problem), todo=redacted(todo), exit_code=code)


def _named(settings: Settings) -> Iterator[tuple[str, Callable[[], str]]]:
    database, blobs = settings.database_url, settings.blobs_url
    if database is not None and not database.startswith("sqlite"):
        yield "database", lambda: _database(database)
    if blobs is not None:
        yield "bucket", lambda: _bucket(blobs, settings.workspace / "cache")
    if settings.limits_url is not None:
        yield "limits", lambda: _limits(settings.limits_url)
    if settings.audit_webhook is not None:
        yield "webhook", lambda: _webhook(settings)
    uri = settings.tracking_uri or os.environ.get("MLFLOW_TRACKING_URI")
    if settings.tracking is None and uri in {None, "off"}:
        return
    try:
        trackers = open_trackers(settings.tracking, settings.tracking_uri, settings.workspace)
    except RatchetError as error:
        yield "tracker", _raising(error)
        return
    for each in trackers:
        yield f"tracker {each.name}", _telling(each)


def _database(url: str) -> str:
    try:
        parsed = sa.make_url(url)
        require_decided(parsed)
        if parsed.drivername in {"postgres", "postgresql"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
        timeout = {} if "connect_timeout" in parsed.query else {"connect_timeout": 5}
        database = Database(sa.create_engine(parsed, connect_args=timeout))
    except (sa.exc.ArgumentError, ValueError):
        raise SettingsError(
            "the database URL cannot be read", todo="give postgresql://user:password@host/name"
        ) from None
    except ImportError:
        raise MissingExtraError("PostgreSQL", "postgres") from None
    try:
        with database.read() as connection:
            connection.execute(sa.text("SELECT 1"))
    finally:
        database.close()
    return f"{parsed.render_as_string(hide_password=True)} answers"


def _bucket(url: str, cache: Path) -> str:
    blobs, key = Blobs.open(url, cache=cache), f"doctor-{clock.new_id()}"
    blobs.put(key, b"ratchet doctor")
    try:
        blobs.get(key)
    finally:
        blobs.delete(key)
    return f"{url} takes files, gives them back and deletes them"


def _webhook(settings: Settings) -> str:
    from ratchet.access import outbound  # it brings http and TLS

    url = settings.audit_webhook
    assert url is not None
    host = outbound.reach(url.get_secret_value(), allowed=outbound.Allowed.parse(settings.outbound))
    return f"{host} can be reached"


def _limits(url: str | None) -> str:
    from ratchet.access.shared import Shared

    assert url is not None
    return Shared(url).reach()


def _telling(tracker: Tracker) -> Callable[[], str]:
    def trying() -> str:
        if not isinstance(tracker, Reachable):
            return "set; it cannot be tried before a run"
        tracker.reach()
        return "answers"

    return trying


def _raising(error: RatchetError) -> Callable[[], str]:
    def trying() -> str:
        raise error

    return trying
