"""One run in MLflow on its way: parameters, numbers by step, and a nested run for each trial."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ratchet import clock
from ratchet.progress import Progress
from ratchet.tracking import trials
from ratchet.tracking.mlflow_client import batches
from ratchet.tracking.trials import Trial

RUN_TAG = "ratchet.run"
_TRIAL_TAG = "ratchet.trial"
_PARENT_TAG = "mlflow.parentRunId"
_LONGEST_VALUE = 5_000
_LONGEST_NAME = 250
_Point = tuple[str, int, float]
"""Name, step, value."""


class MlflowRun:
    """A run that is being told, and which of its trials were; ``id`` is MLflow's."""

    def __init__(self, client: Any, experiment: str, run: str) -> None:
        made = client.create_run(experiment, run_name=run, tags={RUN_TAG: run})
        self.id = str(made.info.run_id)
        self._experiment = experiment
        self._trials: dict[Any, tuple[str, Trial]] = {}

    def hear(self, client: Any, progress: Progress) -> None:
        """The best score so far, by the number of trials that had ended; and a trial that just did."""
        if progress.best is not None and math.isfinite(progress.best):
            log(client, self.id, points=[("best_score", progress.done, progress.best)])
        if progress.trial is not None:
            self.trial(client, progress.trial)

    def trial(self, client: Any, trial: Trial) -> None:
        """A nested run with what was tried, what came of it, and its curves by step; once."""
        number = trial.get("number")
        if number in self._trials:
            return
        numbered = {} if number is None else {_TRIAL_TAG: number}
        named = texts({_PARENT_TAG: self.id, **numbered, **trials.words(trial)})
        made = client.create_run(self._experiment, run_name=trials.title(trial), tags=named)
        scored = [(name, 0, value) for name, value in trials.numbers(trial).items()]
        log(client, made.info.run_id, params=trials.settings(trial), points=[*scored, *trials.points(trial)])
        client.set_terminated(made.info.run_id, "FAILED" if trial.get("state") == "failed" else "FINISHED")
        self._trials[number] = str(made.info.run_id), trial

    def ended(self, client: Any, trial: Trial) -> None:
        """A trial as it stands in the end: why it lost, or was chosen, is known only after the last of them."""
        self.trial(client, trial)
        nested, told = self._trials[trial.get("number")]
        before, now = texts(trials.words(told)), texts(trials.words(trial))
        for name in before.keys() - now:
            client.delete_tag(nested, name)
        new = trials.numbers(trial).items() - trials.numbers(told).items()
        log(client, nested, tags=dict(now.items() - before.items()), points=[(name, 0, value) for name, value in new])


def delete(client: Any, experiment: str, run_id: str) -> None:
    """Delete a run and its nested ones; one that is under way is marked as failed."""
    nested = client.search_runs([experiment], f"tags.`{_PARENT_TAG}` = '{run_id}'")
    for each in (*(found.info.run_id for found in nested), run_id):
        with suppress(Exception):  # it is deleted already
            client.set_terminated(each, "FAILED")
            client.delete_run(each)


def log(
    client: Any,
    run_id: str,
    *,
    params: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    points: list[_Point],
) -> None:
    """Log parameters, tags, and numbers by step; of those that are none, nothing."""
    from mlflow.entities import Metric, Param, RunTag

    now = int(clock.now().timestamp() * 1000)
    for some in batches([Param(key, value) for key, value in texts(params or {}).items()]):
        client.log_batch(run_id, params=some)
    for some in batches([RunTag(key, value) for key, value in texts(tags or {}).items()]):
        client.log_batch(run_id, tags=some)
    finite = [Metric(key[:_LONGEST_NAME], value, now, step) for key, step, value in points if math.isfinite(value)]
    for some in batches(finite):
        client.log_batch(run_id, metrics=some)


def texts(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as MLflow keeps them: texts, not too long."""
    return {key[:_LONGEST_NAME]: str(value)[:_LONGEST_VALUE] for key, value in values.items()}
