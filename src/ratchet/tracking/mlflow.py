"""Runs told to MLflow, so that users find them in the interface they know."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from ratchet.errors import BundleError, NotFoundError
from ratchet.progress import Progress
from ratchet.tracking import mlflow_run as runs
from ratchet.tracking import trials
from ratchet.tracking.mlflow_client import Connection
from ratchet.tracking.mlflow_file import SCRATCH
from ratchet.tracking.mlflow_run import RUN_TAG, MlflowRun, texts
from ratchet.tracking.tracker import RunRecord

MODEL, BUNDLE = "model", "bundle"
"""The folder of a run's artifacts that MLflow opens as a model, and the one in it that holds the bundle."""
ALIAS = "champion"
_VERSION_TAG = "ratchet.version"


class MlflowTracker:
    """Tells an MLflow store (a server, or a database file) of runs.

    One experiment per classifier; each run with parameters, metrics with their intervals, tags, every document as JSON,
    the trials as nested runs and as a table, and the bundle.  Speaks through clients of its own and changes no global
    state of MLflow.
    """

    name = "mlflow"

    def __init__(self, place: str | Path, *, artifacts: Path | None = None, scratch: Path | None = None) -> None:
        """``place`` is an address, or the path of a database file; ``scratch`` a folder that others clear up."""
        self._store = Connection(place, artifacts=artifacts, scratch=scratch)
        self._heard: dict[tuple[str, str], MlflowRun] = {}

    @property
    def uri(self) -> str:
        """MLflow's address."""
        return self._store.uri

    def reach(self) -> None:
        """See that MLflow answers; raises `UnavailableError`."""
        self._store.reach()

    def hear(self, classifier: str, run: str, progress: Progress) -> None:
        """Show a run that goes on: its best score by step, and a nested run for each trial that ended.

        What a dead process told of it is deleted first.  Raises `UnavailableError`.
        """
        with self._store.client() as client:
            if (classifier, run) not in self._heard:
                experiment = self._store.experiment(client, classifier)
                if self._told_before(client, experiment, run) is not None:
                    return
                self._heard[classifier, run] = MlflowRun(client, experiment, run)
            self._heard[classifier, run].hear(client, progress)

    def record(self, run: RunRecord) -> str | None:
        """Store a whole run and return MLflow's id of it; a run that is there already stays as it is.

        What a process left half told when it was killed is deleted and told anew.  Raises `BundleError` where the
        bundle is not there, else `UnavailableError`; what had been stored by then is marked as deleted, if MLflow still
        answers.
        """
        if run.bundle is not None and not run.bundle.is_dir():
            raise BundleError(f"{run.name} cannot be told to MLflow: {run.bundle} is no folder", todo="write it first")
        with self._store.client() as client:
            experiment = self._store.experiment(client, run.classifier)
            made = self._heard.pop((run.classifier, run.name), None)
            if made is None:
                found = self._told_before(client, experiment, run.name)
                if found is not None:
                    return found
                made = MlflowRun(client, experiment, run.name)
            try:
                self._fill(client, made, run)
                client.set_terminated(made.id, "FINISHED")
            except BaseException:
                with suppress(Exception):  # it is away: the first error says so
                    runs.delete(client, experiment, made.id)
                raise
        return made.id

    def champion(self, classifier: str, run: str, version: str) -> None:
        """Point the alias ``champion`` of the registered model ``classifier`` at that run's bundle.

        Raises `NotFoundError` where MLflow has no such run, else `UnavailableError`.
        """
        with self._store.client() as client:
            experiment = self._store.experiment(client, classifier)
            found = [each for each in self._named(client, experiment, run) if each.info.status == "FINISHED"]
            if not found:
                raise NotFoundError(f"MLflow was never told of run {run}", todo="ratchet tracking sync")
            number = self._registered(client, classifier, str(found[0].info.run_id), version)
            client.set_registered_model_alias(classifier, ALIAS, number)

    def forget(self, classifier: str, run: str) -> None:
        """Delete what was told of a run that came to nothing; one that was told whole stays."""
        with self._store.client() as client:
            self._heard.pop((classifier, run), None)
            self._told_before(client, self._store.experiment(client, classifier), run)

    def _told_before(self, client: Any, experiment: str, name: str) -> str | None:
        """MLflow's id of the run of that name, if it is whole; one that is not is deleted."""
        whole = None
        for each in self._named(client, experiment, name):
            if each.info.status == "FINISHED" and whole is None:
                whole = str(each.info.run_id)
            else:
                runs.delete(client, experiment, each.info.run_id)
        return whole

    @staticmethod
    def _named(client: Any, experiment: str, name: str) -> list[Any]:
        quoted = name.replace("'", "\\'")
        return list(client.search_runs([experiment], f"tags.`{RUN_TAG}` = '{quoted}'", order_by=["start_time ASC"]))

    def _fill(self, client: Any, made: MlflowRun, run: RunRecord) -> None:
        for name, value in texts(run.tags).items():
            client.set_tag(made.id, name, value)
        numbers = [(name, 0, float(value)) for name, value in run.metrics.items()]
        runs.log(client, made.id, params=run.params, points=numbers)
        for trial in run.trials:
            made.ended(client, trial)
        with tempfile.TemporaryDirectory(dir=self._store.scratch, prefix=SCRATCH) as folder:
            for name, document in run.documents.items():
                _write(Path(folder, name), document)
            if run.trials:
                _write(Path(folder, "trials.json"), trials.table(run.trials))
                client.set_tag(made.id, "mlflow.loggedArtifacts", '[{"path": "trials.json", "type": "table"}]')
            for name, text in run.beside.items():
                _write_text(Path(folder, MODEL, name), text)
            client.log_artifacts(made.id, folder)
        if run.bundle is not None:
            client.log_artifacts(made.id, str(run.bundle), f"{MODEL}/{BUNDLE}")

    @staticmethod
    def _registered(client: Any, classifier: str, run_id: str, version: str) -> str:
        """MLflow's number for a version of ours, registering it the first time."""
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


def _write(path: Path, document: Any) -> None:
    _write_text(path, msgspec.json.format(msgspec.json.encode(document), indent=2).decode())


def _write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
