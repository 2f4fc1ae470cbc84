"""MLflow's own client, reached without waiting for a server that is away, and without MLflow's global state."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from pathlib import Path
from threading import RLock
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from ratchet import atomic
from ratchet.errors import RatchetError, UnavailableError
from ratchet.tracking.mlflow_file import opened
from ratchet.words import redacted

_ANSWER_WITHIN = 5.0
"""Seconds a tracking server may take to let us in."""
_TURN_WITHIN = 30.0
"""Seconds that a call waits for another thread's."""
_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306, "mssql": 1433}
_DEFAULTS = {
    # A user's runs are nobody else's business, and standard output may be a document.
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    # A server that lets us in and then says nothing would be waited for by the quarter of an hour.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
}
AT_ONCE = 100
"""MLflow takes this many parameters, metrics or tags in one call."""


class Connection:
    """A store of MLflow's: a server, or a database file that is made when it is first needed."""

    def __init__(self, place: str | Path, *, artifacts: Path | None, scratch: Path | None) -> None:
        """``place`` is an address, or the path of a database file; ``scratch`` a folder that others clear up."""
        self._place = place
        self._artifacts = artifacts
        self.scratch = scratch
        self._client: Any = None
        self._turn = RLock()

    @cached_property
    def uri(self) -> str:
        """The address, with the signs of a path (? and %) written as the library that MLflow reads it with does."""
        if isinstance(self._place, str):
            return self._place
        return _address(self._place)

    @contextmanager
    def client(self) -> Iterator[Any]:
        """MLflow's client for a block, this thread's alone; what goes wrong there is `UnavailableError` in words."""
        if not self._turn.acquire(timeout=_TURN_WITHIN):
            raise self.away("is still busy with what it was told before")
        try:
            yield self._connected()
        except RatchetError:
            raise
        except Exception as error:  # MLflow lets through errors of its stores, of requests, of SQLAlchemy
            first_line = redacted(str(error).strip()).partition("\n")[0]
            raise self.away(f"could not be told: {first_line}") from error
        finally:
            self._turn.release()

    def reach(self) -> None:
        """See that the store answers; a file that is still to be made does no harm.  Raises `UnavailableError`."""
        if isinstance(self._place, str) or self._place.exists():
            with self.client():
                pass

    def experiment(self, client: Any, name: str) -> str:
        """The experiment of a name, made where there is none."""
        found = client.get_experiment_by_name(name)
        if found is None:
            place = None if self._artifacts is None else (self._artifacts / name).as_uri()
            try:
                return str(client.create_experiment(name, artifact_location=place))
            except Exception:
                found = client.get_experiment_by_name(name)  # another process made it just now
                if found is None:
                    raise
        if found.lifecycle_stage == "deleted":
            client.restore_experiment(found.experiment_id)
        return str(found.experiment_id)

    def away(self, what: str) -> UnavailableError:
        """What to say of a store that cannot be told."""
        return UnavailableError(
            f"MLflow at {redacted(self.uri)} {what}", todo="see that it runs, or set RATCHET_TRACKING=off"
        )

    def _connected(self) -> Any:
        self._refuse_deaf()
        if self._client is None:
            for folder in filter(None, (self._artifacts, self.scratch)):
                atomic.make_private(folder)
            for name, value in _DEFAULTS.items():
                os.environ.setdefault(name, value)
            with _quiet_migrations():
                if isinstance(self._place, str):
                    self._client = _client(self._place)
                else:
                    self._client = opened(self._place, self.scratch, lambda path: _client(_address(path)))
        return self._client

    def _refuse_deaf(self) -> None:
        """MLflow's client would try a server that is away for minutes, and tell of each time."""
        parts = urlsplit(self.uri)
        port = parts.port or _PORTS.get(parts.scheme.partition("+")[0])
        if parts.hostname is None or port is None or parts.scheme in getproxies():
            return
        try:
            socket.create_connection((parts.hostname, port), timeout=_ANSWER_WITHIN).close()
        except OSError as error:
            raise self.away(f"does not answer: {error}") from None


def _client(uri: str) -> Any:
    from mlflow import MlflowClient  # takes 3 s

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.search_experiments(max_results=1)  # a database file is read now
    return client


def _address(path: Path) -> str:
    from sqlalchemy import URL  # only now, so that a tracker costs nothing until it is told of a run

    return URL.create("sqlite", database=str(path)).render_as_string()


def batches(items: Sequence[Any]) -> Iterator[list[Any]]:
    """As many at a time as one call takes."""
    rest = iter(items)
    while some := list(islice(rest, AT_ONCE)):
        yield some


@contextmanager
def _quiet_migrations() -> Iterator[None]:
    """Making its database file, MLflow tells of each of its migrations."""
    loggers = [logging.getLogger(name) for name in ("alembic", "mlflow.store.db.utils")]
    levels = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.WARNING)
    try:
        yield
    finally:
        for each, level in zip(loggers, levels, strict=True):
            each.setLevel(level)
