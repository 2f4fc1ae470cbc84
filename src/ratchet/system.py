"""The composition root: a spec and settings in, the verbs that every door uses out."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import polars as pl

from ratchet.data.dataset import Dataset
from ratchet.data.datasets import Datasets, Ingested
from ratchet.data.examples import examples
from ratchet.data.findings import Finding
from ratchet.data.schema import Schema
from ratchet.draft.draft import Draft, draft
from ratchet.engine.catalogue import open_engine
from ratchet.errors import WorkspaceError
from ratchet.gate.decision import Decision
from ratchet.predictions.feedback import Feedback
from ratchet.predictions.labelled import labelled
from ratchet.predictions.log import PredictionLog
from ratchet.predictions.spool import Spooled
from ratchet.progress import Report, silent
from ratchet.registry import promotion
from ratchet.registry.document import plain
from ratchet.registry.events import Event
from ratchet.registry.holdouts import Holdouts
from ratchet.registry.ledger import Ledger
from ratchet.registry.mirror import mirror
from ratchet.registry.records import Records
from ratchet.registry.runs import Runs
from ratchet.registry.versions import Version, Versions
from ratchet.report import comparison
from ratchet.report import document as report
from ratchet.report.page import page
from ratchet.retrain import flow
from ratchet.retrain.steps.check import check
from ratchet.retrain.workshop import Workshop
from ratchet.serving.answering import Answered, Answering, Counts
from ratchet.serving.live import Live
from ratchet.serving.prediction import Prediction
from ratchet.serving.predictor import Predictor
from ratchet.serving.scoring import Scored, score_file
from ratchet.settings import Settings
from ratchet.spec import FILE, Spec, load
from ratchet.store import workspace
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.tracking.catalogue import open_tracker


def init(source: str, label: str, *, root: Path | str = ".", name: str | None = None, force: bool = False) -> Draft:
    """Look at a table and write ``ratchet.toml``, every line explained.

    Raises `DataError` where the table cannot be learned from, `WorkspaceError` where the file is there already.
    """
    path = Path(root) / FILE
    if path.exists() and not force:
        raise WorkspaceError(f"{path} is there already", todo="edit it, or replace it with --force")
    made = draft(source, label, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(made.toml, encoding="utf-8")
    return made


def open(root: Path | str | None = None, **settings: Any) -> System:
    """The classifier whose ``ratchet.toml`` lies in ``root``; close it, or use it as a context manager.

    ``settings`` are those of `ratchet.settings.Settings`; the environment gives the rest, ``root`` included
    (``RATCHET_ROOT``, else here).
    """
    chosen = Settings(**settings) if root is None else Settings(root=Path(root), **settings)
    return System(load(chosen.root / FILE), chosen)


class System:
    """One classifier with everything that belongs to it.  Threads may share it."""

    def __init__(self, spec: Spec, settings: Settings) -> None:
        self.spec = spec
        self.settings = settings
        self._layout = layout = workspace.prepare(settings.workspace)
        self._database = Database.open(settings.database_url or layout.database_url)
        blobs = Blobs.open(settings.blobs_url or layout.blobs, cache=layout.cache)
        self._records = Records(
            spec=spec,
            blobs=blobs,
            datasets=Datasets(self._database, blobs, spec.name),
            versions=Versions(self._database, blobs, spec.name),
            ledger=Ledger(self._database, spec.name),
            holdouts=Holdouts(self._database, spec.name),
            runs=Runs(self._database, spec.name),
        )
        self._shop = Workshop(
            records=self._records,
            engine=open_engine(settings.engine, settings.workers),
            tracker=open_tracker(settings.tracking_uri, layout.folder),
            workspace=layout.folder,
        )
        self._log = PredictionLog(self._database, spec.name, layout.spool, fsync=settings.fsync)
        self._feedback = Feedback(self._database, spec.name, self._log)
        self._live = Live(self._records.ledger.champion, self._records.versions.bundle)
        self._answering = Answering(self._live, self._log.record)

    @property
    def name(self) -> str:
        """The classifier's name."""
        return self.spec.name

    # Rows

    def ingest(self, *sources: str, progress: Report = silent) -> Ingested:
        """Take rows in: typed, versioned, split; bad ones are set aside with their reasons."""
        with workspace.lock(self.settings.workspace, "taking rows in"):
            aside = self._layout.quarantine
            return self._records.datasets.ingest(sources, self.spec, quarantine=aside, progress=progress)

    def ingest_feedback(self, *, progress: Report = silent) -> Ingested:
        """Take in the answers whose true label came back; those that equal a row of the holdout are set aside."""
        with workspace.lock(self.settings.workspace, "taking feedback in"):
            found, aside = labelled(self._database, self.spec), self._layout.quarantine
            return self._records.datasets.ingest_feedback(found, self.spec, quarantine=aside, progress=progress)

    def check(self, *, progress: Report = silent) -> tuple[Finding, ...]:
        """What is wrong with the newest rows, most harmful first."""
        dataset_id = self._records.newest().id
        check(self._shop, dataset_id, progress)
        return self._records.findings(dataset_id, self.spec.hash) or ()

    def frame(self) -> pl.DataFrame:
        """The newest rows, typed, with ``_id`` (content hash) and ``_side`` (train, tune, holdout, excluded)."""
        return self._records.datasets.frame(self._records.newest())

    def rotate(self, *, progress: Report = silent) -> Dataset:
        """The same rows with a new holdout, drawn by rule; the next training judges the champion on it, fairly."""
        with workspace.lock(self.settings.workspace, "drawing a new holdout"):
            aside = self._layout.quarantine
            return self._records.datasets.rotate(self.spec, folder=aside, progress=progress)

    # Candidates

    def train(self, *sources: str, actor: str | None = None, progress: Report = silent) -> Decision:
        """Train on the newest rows (``sources`` are taken in first), judge, and promote what the gate lets through."""
        with workspace.lock(self.settings.workspace, "training"):
            outcome = flow.run(self._shop, sources, actor=actor or getpass.getuser(), progress=progress)
            return outcome.version.decision

    def show(self, version: str | None = None) -> dict[str, Any]:
        """The document of a version; the champion, else the newest, by default."""
        return report.document(self._records, version)

    def page(self, version: str | None = None) -> str:
        """The same as a self-contained HTML page with plots, and the rows it is most wrong about."""
        shown = self.show(version)
        return page(msgspec.to_builtins(shown | {"worst": report.worst(self._records, shown["version"])}))

    def compare(self, first: str, second: str) -> dict[str, Any]:
        """Judge ``second`` against ``first`` on today's holdout as the gate would, without spending a use of it."""
        return comparison.document(self._records, first, second)

    # Champions

    def versions(self) -> list[Version]:
        """Every version, newest first."""
        return sorted(self._records.versions.list(), key=lambda version: -int(version.number))

    def scorecard(self, version: str) -> Mapping[str, Any]:
        """A version's scorecard."""
        scorecard: Mapping[str, Any] = plain(self._records.versions.get(version).scorecard)
        return scorecard

    def champion(self, at: datetime | None = None) -> str | None:
        """The version that is champion, or was at a moment."""
        return self._records.ledger.champion(at)

    def ledger(self) -> list[Event]:
        """Every change of champion, oldest first."""
        return self._records.ledger.events()

    def promote(self, version: str, *, actor: str | None = None, reason: str = "", override: bool = False) -> Event:
        """Make a version champion.

        Raises `RefusedError` where the gate did not let it through, but for an ``override`` with a written reason.
        """
        who = actor or getpass.getuser()
        event = promotion.promote(self._records, version, actor=who, reason=reason, override=override)
        self._mirror(version)
        return event

    def rollback(self, *, actor: str | None = None, reason: str = "", to: str | None = None) -> str:
        """Give the place back to the champion before, or to ``to``; the version that is champion then."""
        version = self._records.ledger.rollback(actor=actor or getpass.getuser(), reason=reason or "by hand", to=to)
        self._mirror(version)
        return version

    def _mirror(self, version: str) -> None:
        mirror(self._shop.tracker, self.name, self._records.versions.get(version))

    # Answers

    def predict(self, rows: Sequence[Mapping[str, Any]]) -> list[Prediction]:
        """An answer per row, each in the log before this returns."""
        return self._answering.predict(rows)

    def predict_file(self, source: str) -> Iterator[Answered]:
        """The answers to a file's rows, batch by batch, logged likewise."""
        return self._answering.predict_file(source)

    def score(self, source: str, output: Path, *, version: str | None = None, progress: Report = silent) -> Scored:
        """Answer every row of a file into another; not logged, since the file is the record."""
        predictor = Predictor(self._records.versions.bundle(version), version) if version else self._live.predictor
        return score_file(source, predictor, output, progress=progress)

    def examples(self, count: int) -> list[dict[str, Any]]:
        """A few rows of the newest dataset as they would be sent for an answer."""
        dataset = self._records.newest()
        return examples(self._records.datasets.frame(dataset), dataset.schema, count)

    def feedback(self, prediction_id: str, label: str, *, actor: str) -> Mapping[str, Any]:
        """Keep the true label of an answer that was given."""
        kept = self._feedback.record(prediction_id, label, classes=self.schema().classes, actor=actor)
        answer: Mapping[str, Any] = msgspec.to_builtins(kept)
        return answer

    # What the doors tell of it

    def schema(self) -> Schema:
        """The columns and classes of what is served now (of the spec, while there is no champion)."""
        if self._live.version is None and self.champion() is None:
            return Schema(columns=dict(self.spec.columns), label=self.spec.label, names=dict(self.spec.labels))
        return self._live.predictor.schema

    def info(self) -> dict[str, Any]:
        """What the classifier is: name, classes with display names, columns, champion, family, metrics."""
        champion, schema = self.champion(), self.schema()
        version = self._records.versions.get(champion) if champion else None
        return {
            "name": self.name,
            "label": schema.label,
            "classes": [{"label": each, "name": schema.names.get(each, each)} for each in schema.classes],
            "columns": dict(schema.features),
            "champion": champion,
            "family": version.family if version else None,
            "metrics": plain(version.scorecard.metrics) if version else {},
            "summary": version.scorecard.summary if version else "",
        }

    def health(self) -> dict[str, Any]:
        """Whether it is live and ready to answer, and a sentence for each thing that is wrong."""
        problems = [*self._log.problems(), *filter(None, [self._live.state().problem])]
        if self._live.version is None:
            problems.append("there is no champion to answer with")
        return {
            "live": True,
            "ready": self._live.version is not None,
            "version": self._live.version,
            "problems": problems,
        }

    def counts(self) -> Counts:
        """What this process has answered."""
        return self._answering.counts()

    def spooled(self) -> Spooled:
        """What this process has logged."""
        return self._log.state()

    def tend(self) -> None:
        """Ship the log and look for a new champion; never raises."""
        self._log.tend()
        self._live.refresh()

    def close(self) -> None:
        """Write out what is waiting and let go of everything."""
        self._log.close()
        self._shop.engine.close()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
