"""Runs told to Weights & Biases; where no key is configured, to an offline folder in the workspace."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any, ClassVar

import msgspec

from ratchet import atomic
from ratchet.documents import plain
from ratchet.errors import BundleError, NotFoundError, RatchetError, UnavailableError
from ratchet.progress import Progress
from ratchet.tracking import trials
from ratchet.tracking.tracker import RunRecord
from ratchet.words import redacted

FOLDER = "wandb"
ALIAS = "champion"
_WHOLE = "ratchet-told-whole"
"""The file in a run's folder that says that all of it was told."""
_TURN_WITHIN = 30.0
_ANSWER_WITHIN = 10
"""Seconds in which W&B has to take a run, where it is not offline."""
_QUIET = {
    # Standard output may be a document, and a machine, its code and its use of it are nobody's business.
    "silent": True, "quiet": True, "console": "off", "symlink": False, "save_code": False, "disable_code": True,
    "disable_git": True, "disable_job_creation": True, "x_disable_stats": True, "x_disable_meta": True,
    "x_disable_machine_info": True, "x_save_requirements": False, "init_timeout": _ANSWER_WITHIN,
    "finish_timeout": 60,
}  # fmt: skip
_OURS = {"WANDB_ERROR_REPORTING": "false", "WANDB_SILENT": "true"}
_STORES = {"WANDB_DATA_DIR": "data", "WANDB_CACHE_DIR": "cache", "WANDB_CONFIG_DIR": "config"}
_WHAT_TO_DO = "see that it runs and WANDB_API_KEY is right, or set WANDB_MODE=offline"


class WandbTracker:
    """Tells Weights & Biases of runs: a project per classifier, and one run there for each of ours, under our id.

    Each has the trials as rows of its history (``trial/score`` ...) with a table of them, their curves by step, metrics
    as its summary, parameters as its configuration, the documents as files, and the bundle as an artifact.
    """

    name = "wandb"
    _open: ClassVar[dict[tuple[Path, str], _Open]] = {}
    """Runs under way: a process has one of an id, whichever object began it."""
    _turn: ClassVar[RLock] = RLock()

    def __init__(self, folder: Path) -> None:
        """``folder`` is the workspace."""
        self._folder = folder

    def reach(self) -> None:
        """See that W&B lets us in, where it is not offline; raises `UnavailableError`."""
        with self._errors_in_words() as wandb:
            if _mode(wandb) == "online" and wandb.Api(timeout=_ANSWER_WITHIN).viewer is None:
                raise UnavailableError("W&B knows no account of this key", todo=_WHAT_TO_DO)

    def hear(self, classifier: str, run: str, progress: Progress) -> None:
        """Log the best score so far, and a trial that ended with its curves."""
        with self._errors_in_words() as wandb:
            if self._whole(run):
                return
            made = self._opened(wandb, classifier, run)
            if progress.best is not None:
                made.run.log({"best_score": progress.best, "trials_done": progress.done})
            if progress.trial is not None:
                made.trial(progress.trial)

    def record(self, run: RunRecord) -> str | None:
        """Complete a run and end it; one that was told whole stays as it is.

        Raises `BundleError` where the bundle is not there, else `UnavailableError`.
        """
        if run.bundle is not None and not run.bundle.is_dir():
            raise BundleError(f"{run.name} cannot be told to W&B: {run.bundle} is no folder", todo="write it first")
        with self._errors_in_words() as wandb:
            if not self._whole(run.name):
                made = self._opened(wandb, run.classifier, run.name)
                try:
                    for trial in run.trials:
                        made.trial(trial)
                    _fill(wandb, made.run, run)
                except BaseException:
                    self._drop(run.name)
                    raise
                folder = Path(made.run.settings.sync_dir)
                del self._open[self._folder, run.name]
                made.run.finish(exit_code=0)
                (folder / _WHOLE).touch()
        return run.name

    def champion(self, classifier: str, run: str, version: str) -> None:
        """Give that run's artifact the alias ``champion``; a run that is offline has no aliases to move.

        Raises `NotFoundError` where W&B has no such run, else `UnavailableError`.
        """
        with self._errors_in_words() as wandb:
            if not self._whole(run):
                raise NotFoundError(f"W&B was never told of run {run}", todo="ratchet tracking sync")
            if _mode(wandb) == "online":
                found = wandb.Api(timeout=_ANSWER_WITHIN).artifact(f"{classifier}/{classifier}:run-{run}")
                found.aliases.append(ALIAS)
                found.save()

    def forget(self, classifier: str, run: str) -> None:
        """End a run that came to nothing as failed, and remove its folder where it is offline."""
        with self._errors_in_words():
            self._drop(run)
            if not self._whole(run):
                self._remove(run)

    def _opened(self, wandb: Any, classifier: str, run: str) -> _Open:
        """The run of W&B; one that a dead process left half told is begun anew, under the same id."""
        if (self._folder, run) not in self._open:
            self._remove(run)
            made = wandb.init(
                project=classifier,
                id=run,
                name=run,
                dir=str(self._folder),
                mode=_mode(wandb),
                settings=wandb.Settings(**_QUIET),
                reinit="create_new",
            )
            self._open[self._folder, run] = _Open(made)
        return self._open[self._folder, run]

    def _drop(self, run: str) -> None:
        made = self._open.pop((self._folder, run), None)
        if made is not None:
            with suppress(Exception):  # the first error says what is wrong
                made.run.finish(exit_code=1)

    def _remove(self, run: str) -> None:
        for folder in self._folders(run):
            if not (folder / _WHOLE).exists():
                shutil.rmtree(folder, ignore_errors=True)

    def _whole(self, run: str) -> bool:
        return any((folder / _WHOLE).exists() for folder in self._folders(run))

    def _folders(self, run: str) -> list[Path]:
        """The folders of a run; their names end in its id."""
        kept = self._folder / FOLDER
        return [each for each in kept.glob("*run-*") if each.name.endswith(f"-{run}")] if kept.is_dir() else []

    @contextmanager
    def _errors_in_words(self) -> Iterator[Any]:
        """The library for a block, this thread's alone; what goes wrong there is `UnavailableError`."""
        if not self._turn.acquire(timeout=_TURN_WITHIN):
            raise UnavailableError("W&B is still busy with what it was told before", todo=_WHAT_TO_DO)
        try:
            yield self._library()
        except RatchetError:
            raise
        except Exception as error:  # it lets through errors of its service, of requests, of its own
            first_line = redacted(str(error).strip()).partition("\n")[0]
            raise UnavailableError(f"W&B could not be told: {first_line}", todo=_WHAT_TO_DO) from error
        finally:
            self._turn.release()

    def _library(self) -> Any:
        kept = self._folder / FOLDER
        atomic.make_private(kept)
        if "wandb" not in sys.modules:
            # It is the service of the process that began this one: there a run of ours would stay open once we are
            # killed, and "in use" for whoever tells it anew.
            os.environ.pop("WANDB_SERVICE", None)
        for name, value in _OURS.items():
            os.environ.setdefault(name, value)
        for name, part in _STORES.items():
            os.environ.setdefault(name, str(kept / part))
        import wandb  # takes seconds

        return wandb


def _mode(wandb: Any) -> str:
    """``WANDB_MODE``, else online where there is a key: it would ask for one on the terminal."""
    asked = os.environ.get("WANDB_MODE")
    if asked:
        return asked
    return "online" if os.environ.get("WANDB_API_KEY") or wandb.api.api_key else "offline"


class _Open:
    """A run of W&B's that is being told, and which of its trials were."""

    def __init__(self, run: Any) -> None:
        self.run = run
        self._trials: set[Any] = set()
        run.define_metric("trials_done")
        run.define_metric("best_score", step_metric="trials_done")
        run.define_metric("trial/number")
        run.define_metric("trial/*", step_metric="trial/number")

    def trial(self, trial: trials.Trial) -> None:
        """What was tried and what came of it, with its curves by step; once."""
        number = trial.get("number")
        if number in self._trials:
            return
        self._trials.add(number)
        known = {f"trial/{name}": value for name, value in _known(trial).items()}
        told = {name: str(value) for name, value in trials.settings(trial).items()}
        self.run.log({**known, "trial/number": number, "trial/settings": told})
        curves, step = list(trials.points(trial)), f"curves/{number}/step"
        if curves:
            self.run.define_metric(step)
            self.run.define_metric(f"curves/{number}/*", step_metric=step)
        for at in sorted({each[1] for each in curves}):
            self.run.log({step: at, **{f"curves/{number}/{name}": value for name, when, value in curves if when == at}})


def _known(trial: trials.Trial) -> dict[str, Any]:
    return {**trials.numbers(trial), **trials.words(trial)}


def _fill(wandb: Any, made: Any, run: RunRecord) -> None:
    """What is known in the end, of each trial too: why it lost, or was chosen, is so only after the last of them."""
    numbered = {str(each.get("number", at)): each for at, each in enumerate(run.trials)}
    tried = {number: plain(trials.settings(each)) for number, each in numbered.items()}
    made.config.update({**plain(dict(run.params)), "tags": dict(run.tags), "trials": tried}, allow_val_change=True)
    made.tags = tuple(f"{name}:{value}"[:64] for name, value in run.tags.items())
    made.summary.update(plain(dict(run.metrics)))
    made.summary.update({f"trial_{number}": _known(each) for number, each in numbered.items()})
    if run.trials:
        made.log({"trials": _table(wandb, run.trials)})
    _put_documents(made, run)
    if run.bundle is not None:
        _put_bundle(wandb, made, run.classifier, run.name, run.bundle)


def _table(wandb: Any, rows: Sequence[trials.Trial]) -> Any:
    """Cells as texts or numbers: a column of W&B's has one kind."""
    made = trials.table(rows)
    numbers = {
        at: all(isinstance(row[at], int | float | None) for row in made["data"]) for at in range(len(made["columns"]))
    }
    data = [[cell if numbers[at] or cell is None else str(cell) for at, cell in enumerate(row)] for row in made["data"]]
    return wandb.Table(columns=made["columns"], data=data)


def _put_documents(made: Any, run: RunRecord) -> None:
    for name, document in run.documents.items():
        path = Path(made.dir, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2))
        made.save(str(path), base_path=made.dir, policy="now")


def _put_bundle(wandb: Any, made: Any, classifier: str, run: str, bundle: Path) -> None:
    artifact = wandb.Artifact(classifier, type="model", metadata={"run": run})
    for path in sorted(each for each in bundle.rglob("*") if each.is_file()):
        artifact.add_file(str(path), name=path.relative_to(bundle).as_posix())  # a folder at once would be told of
    made.log_artifact(artifact, aliases=[f"run-{run}"])
