"""Runs told to MLflow, so that users find them in the interface they know."""

from __future__ import annotations

import logging
import math
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import msgspec

from ratchet import atomic, clock
from ratchet.errors import BundleError, RatchetError, UnavailableError
from ratchet.tracking.tracker import RunRecord
from ratchet.words import redacted

MODEL, BUNDLE = "model", "bundle"
"""The folder of a run's artifacts that MLflow opens as a model, and the one in it that holds the bundle."""
ALIAS = "champion"
SCRATCH = "staging-mlflow-"
"""What the names of folders begin with in which a run is made ready; a flow that takes over removes ``staging-*``."""
_VERSION_TAG = "ratchet.version"
_RUN_TAG = "ratchet.run"
_ANSWER_WITHIN = 5.0
"""Seconds a tracking server may take to let us in."""
_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306, "mssql": 1433}
_LONGEST_VALUE = 5_000
_LONGEST_NAME = 250
_QUIET = ("MLFLOW_DISABLE_TELEMETRY", "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT")
"""A user's runs are nobody else's business, and standard output may be a document."""
_AT_ONCE = 100
"""MLflow takes this many parameters, metrics or tags in one call."""


class MlflowTracker:
    """Tells an MLflow store (a server, or a database file) of runs.

    One experiment per classifier; each run with parameters, metrics with their intervals, tags, every document as JSON,
    the trials as a table, and the bundle.  Speaks through clients of its own and changes no global state of MLflow.
    """

    def __init__(self, place: str | Path, *, artifacts: Path | None = None, scratch: Path | None = None) -> None:
        """``place`` is an address, or the path of a database file; ``scratch`` a folder that others clear up."""
        self._place = place
        self._scratch = scratch
        self._artifacts = artifacts
        self._client: Any = None

    @cached_property
    def uri(self) -> str:
        """The address, with the signs of a path (? and %) written as the library that MLflow reads it with does."""
        if isinstance(self._place, str):
            return self._place
        from sqlalchemy import URL  # only now, so that a tracker costs nothing until it is told of a run

        return URL.create("sqlite", database=str(self._place)).render_as_string()

    def record(self, run: RunRecord) -> str | None:
        """Store a whole run and return MLflow's id of it; a run that is there already stays as it is.

        What a process left half told when it was killed is deleted and told anew.  Raises `BundleError` where the
        bundle is not there, else `UnavailableError`; what had been stored by then is marked as deleted, if MLflow still
        answers.
        """
        if run.bundle is not None and not run.bundle.is_dir():
            raise BundleError(f"{run.name} cannot be told to MLflow: {run.bundle} is no folder", todo="write it first")
        with self._errors_in_words():
            client = self._connected()
            experiment = self._experiment(run.classifier)
            found = self._told_before(experiment, run.name)
            if found is not None:
                return found
            tags = _texts({**run.tags, _RUN_TAG: run.name})
            made = client.create_run(experiment, run_name=run.name, tags=tags)
            run_id = str(made.info.run_id)
            try:
                self._fill(run_id, run)
                client.set_terminated(run_id, "FINISHED")
            except BaseException:
                with suppress(Exception):  # it is away: the first error says so
                    client.set_terminated(run_id, "FAILED")
                    client.delete_run(run_id)
                raise
        return run_id

    def champion(self, classifier: str, run_id: str, version: str) -> None:
        """Point the alias ``champion`` of the registered model ``classifier`` at that run's bundle."""
        with self._errors_in_words():
            client = self._connected()
            number = self._registered(classifier, run_id, version)
            client.set_registered_model_alias(classifier, ALIAS, number)

    def _connected(self) -> Any:
        _refuse_deaf(self.uri)
        if self._client is None:
            for folder in filter(None, (self._artifacts, self._scratch)):
                atomic.make_private(folder)
            if isinstance(self._place, Path) and not self._place.exists():
                self._place.touch(0o600)
            for name in _QUIET:
                os.environ.setdefault(name, "true")
            with _quiet_migrations():
                from mlflow import MlflowClient  # takes 3 s

                client = MlflowClient(tracking_uri=self.uri, registry_uri=self.uri)
                client.search_experiments(max_results=1)  # a database file is made now
            self._client = client
        return self._client

    def _experiment(self, name: str) -> str:
        client = self._client
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

    def _told_before(self, experiment: str, name: str) -> str | None:
        """MLflow's id of the run of that name, if it is whole; one that is not is deleted."""
        quoted = name.replace("'", "\\'")
        for each in self._client.search_runs([experiment], f"tags.`{_RUN_TAG}` = '{quoted}'"):
            if each.info.status == "FINISHED":
                return str(each.info.run_id)
            self._client.delete_run(each.info.run_id)
        return None

    def _fill(self, run_id: str, run: RunRecord) -> None:
        from mlflow.entities import Metric, Param

        now = int(clock.now().timestamp() * 1000)
        params = [Param(key[:_LONGEST_NAME], value) for key, value in _texts(run.params).items()]
        metrics = [Metric(key[:_LONGEST_NAME], float(value), now, 0) for key, value in run.metrics.items()]
        for some in _batches(params):
            self._client.log_batch(run_id, params=some)
        for some in _batches([each for each in metrics if math.isfinite(each.value)]):
            self._client.log_batch(run_id, metrics=some)
        with tempfile.TemporaryDirectory(dir=self._scratch, prefix=SCRATCH) as folder:
            for name, document in run.documents.items():
                _write(Path(folder, name), document)
            if run.trials:
                _write(Path(folder, "trials.json"), _table(run.trials))
                self._client.set_tag(run_id, "mlflow.loggedArtifacts", '[{"path": "trials.json", "type": "table"}]')
            for name, text in run.beside.items():
                _write_text(Path(folder, MODEL, name), text)
            self._client.log_artifacts(run_id, folder)
        if run.bundle is not None:
            self._client.log_artifacts(run_id, str(run.bundle), f"{MODEL}/{BUNDLE}")

    def _registered(self, classifier: str, run_id: str, version: str) -> str:
        """MLflow's number for a version of ours, registering it the first time."""
        client = self._client
        if not client.search_registered_models(f"name = '{classifier}'"):
            client.create_registered_model(
                classifier, description="Kept by Ratchet; its ledger says who moved the alias."
            )
        for each in client.search_model_versions(f"name = '{classifier}'"):
            if each.run_id == run_id and each.tags.get(_VERSION_TAG) == version:
                return str(each.version)
        source = f"{client.get_run(run_id).info.artifact_uri}/{MODEL}"
        made = client.create_model_version(
            classifier,
            source,
            run_id,
            tags={_VERSION_TAG: version},
            description=f"Ratchet's version {version}",
            await_creation_for=0,  # its files are there already
        )
        return str(made.version)

    @contextmanager
    def _errors_in_words(self) -> Iterator[None]:
        try:
            yield
        except RatchetError:
            raise
        except Exception as error:  # MLflow lets through errors of its stores, of requests, of SQLAlchemy
            first_line = redacted(str(error).strip()).partition("\n")[0]
            raise _away(self.uri, f"could not be told: {first_line}") from error


def _refuse_deaf(uri: str) -> None:
    """MLflow's client would try a server that is away for minutes, and tell of each time."""
    parts = urlsplit(uri)
    port = parts.port or _PORTS.get(parts.scheme.partition("+")[0])
    if parts.hostname is None or port is None or parts.scheme in getproxies():
        return
    try:
        socket.create_connection((parts.hostname, port), timeout=_ANSWER_WITHIN).close()
    except OSError as error:
        raise _away(uri, f"does not answer: {error}") from None


def _away(uri: str, what: str) -> UnavailableError:
    return UnavailableError(
        f"MLflow at {redacted(uri)} {what}", todo="see that it runs, or set RATCHET_TRACKING_URI=off"
    )


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


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {key[:_LONGEST_NAME]: str(value)[:_LONGEST_VALUE] for key, value in values.items()}


def _batches(items: Sequence[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while some := list(islice(rest, _AT_ONCE)):
        yield some


def _write(path: Path, document: Any) -> None:
    _write_text(path, msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


def _write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _table(trials: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Rows as MLflow shows tables; parameters become columns of their own."""
    rows = [
        {**{k: v for k, v in trial.items() if k != "params"}, **dict(trial.get("params") or {})} for trial in trials
    ]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    return {"columns": columns, "data": [[row.get(key) for key in columns] for row in rows]}
