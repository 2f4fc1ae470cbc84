"""All that belongs to one spec: the verbs that every door may use, each handed on to the room that holds its rule.

The values that the verbs take and give are named here too, so that a door need look nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from ratchet.access.access import Access
from ratchet.access.audit import Audit
from ratchet.access.counting import Counting
from ratchet.access.entries import Entry
from ratchet.access.in_force import InForce
from ratchet.access.labels import Labels
from ratchet.access.subjects import Subjects
from ratchet.access.usage import Usage
from ratchet.access.usage import read as read_usage
from ratchet.access.verbs import Audited, audited
from ratchet.access.verified import Verified
from ratchet.access.who import present
from ratchet.arguments import as_switch
from ratchet.data.dataset import Dataset
from ratchet.data.findings import Finding
from ratchet.data.ingest.ingest import Ingested
from ratchet.data.ingest.quarantine import set_aside
from ratchet.data.readers.batch import BadRow
from ratchet.data.readers.source import Source, readables
from ratchet.data.schema import Schema
from ratchet.evaluation.scorecard import Scorecard
from ratchet.export.exported import Exported
from ratchet.export.verbs import Exports
from ratchet.gate.decision import Decision
from ratchet.predictions.feedback import Feedback, Label, LabelSource, Truth
from ratchet.predictions.insert import Inserting
from ratchet.predictions.log import PredictionLog
from ratchet.predictions.once import Once
from ratchet.predictions.record import owner
from ratchet.predictions.retention import Retention
from ratchet.predictions.spool import Spooled
from ratchet.predictions.truths import Labelled
from ratchet.privacy.keeping import Keeping
from ratchet.privacy.receipt import Receipt
from ratchet.privacy.reseal import Resealed, reseal
from ratchet.progress import Report, silent
from ratchet.registry.events import Event
from ratchet.registry.numbers import Named, named
from ratchet.registry.records import Records
from ratchet.registry.stages import StagedVersion, shown, staged
from ratchet.registry.traffic import Traffic
from ratchet.resources import Resources
from ratchet.retrain import flow
from ratchet.retrain.evidence import Evidence
from ratchet.retrain.retention import Kept
from ratchet.retrain.table import Table
from ratchet.retrain.telling import Told
from ratchet.retrain.verbs import Runs, RunState
from ratchet.retrain.workshop import Workshop
from ratchet.serving import about
from ratchet.serving.about import Health, Info
from ratchet.serving.answering import Answered, Answering, Counts
from ratchet.serving.arms import ArmsState
from ratchet.serving.description import explanation_schema, prediction_schema, row_schema
from ratchet.serving.explanation import Explanation
from ratchet.serving.fields import Kinds, lone_files, row_of_fields
from ratchet.serving.live import Live, LiveState
from ratchet.serving.prediction import Prediction
from ratchet.serving.request import EXPLAIN, LOCAL, Context, Request, Row, context, requests
from ratchet.serving.scoring import ScoredFile
from ratchet.serving.steering import Shares, Steering, parse
from ratchet.serving.tally import VersionCounts
from ratchet.serving.traffic import keyed
from ratchet.serving.verbs import Answers, Rows
from ratchet.settings import Settings
from ratchet.spec import Spec
from ratchet.store import sizes
from ratchet.store.sizes import DatabaseSize

__all__ = [
    "EXPLAIN", "LOCAL", "Answered", "ArmsState", "BadRow", "Classifier", "Context", "Counts", "DatabaseSize",
    "Dataset", "Decision", "Entry", "Event", "Explanation", "Exported", "Finding", "Health", "Info", "Ingested",
    "Inserting", "Kinds", "Label", "LabelSource", "Labelled", "LiveState", "Prediction", "Receipt", "Request",
    "Resealed", "Row", "Rows", "RunState", "Schema", "Scorecard", "ScoredFile", "Shares", "Source", "Spooled",
    "StagedVersion", "Told", "Traffic", "Truth", "Usage", "Verified", "VersionCounts", "context", "lone_files",
    "parse", "requests", "row_of_fields",
]  # fmt: skip


@audited
class Classifier(Answers, Audited, Evidence, Exports, Labels, Runs, Steering, Subjects, Table):
    """One classifier with everything that belongs to it.

    Promises: threads may share it; each method raises `ratchet.errors.RatchetError` and nothing else for what a caller
    can cause.  Close it, or use it as a context manager: then what answers or changes anything is `UnavailableError`.
    ``close_also`` is called last then, by whoever opened the resources for this classifier alone.
    """

    def __init__(self, spec: Spec, resources: Resources, *, close_also: Callable[[], None] | None = None) -> None:
        self.spec = spec
        self.settings: Settings = resources.settings
        self.access = Access(resources.database, Audit.of(resources.database, resources.settings))
        """The keys of its workspace."""
        self._close_also = close_also
        self._database = resources.database
        self._layout = resources.layout
        self._audit = Audit.of(resources.database, resources.settings, spec.name)
        self._in_force = InForce(resources.database, self._audit, spec, resources.settings)
        self._keeping = Keeping.of_workspace(spec.privacy, self.settings)
        self._records = Records.of(spec, resources.database, resources.blobs, self._audit.witness, self._keeping)
        self._shop = Workshop(
            records=self._records,
            engine=resources.engine,
            trackers=resources.trackers,
            workspace=resources.layout.folder,
        )
        self._log = PredictionLog(
            self._database,
            resources.blobs,
            spec.name,
            resources.layout.spool,
            columns=spec.columns,
            fsync=self.settings.fsync,
            unlogged=spec.serve.unlogged,
            keeping=self._keeping,
        )
        self._once = Once(self._shop.cache / "answered", self._log)
        self._feedback = Feedback(self._database, spec.name, self._log, self._audit.witness)
        self._kept = self._retention(resources)
        self._delivery = resources.telling
        ledger = self._records.ledger
        self._live = Live(
            ledger.champion,
            self._records.versions.bundle,
            former=ledger.former,
            names=spec.labels,
            traffic=ledger.traffic,
            key=keyed(spec.traffic.by, spec.privacy.subject),
        )
        self._answering = Answering(
            spec.name,
            self._live,
            self._log.record,
            subject=spec.privacy.subject,
            shadow=partial(self._log.record, role="shadow"),
        )
        self.counting = Counting(self._database)
        """What a server counts that keeps its usage in this workspace."""

    @property
    def name(self) -> str:
        """The classifier's name, as in addresses."""
        return self.spec.name

    @property
    def bodies(self) -> Path:
        """The folder for what it is sent and cannot hold in memory, which nobody else may read."""
        return self._shop.cache / "bodies"

    def __repr__(self) -> str:
        version = self._live.version
        return f"Classifier({self.name!r}, {self.settings.root}{f', champion {version}' if version else ''})"

    # Candidates

    def train(
        self, *sources: Source, promote: bool = True, recipe: Named | None = None, actor: str | None = None,
        progress: Report = silent,
    ) -> Decision:  # fmt: skip
        """Train on the newest rows, judge, and promote what the gate lets through.

        ``sources`` are taken in first, as by `ingest`.  With ``promote=False`` what the gate lets through is left as a
        challenger; ``recipe``, ``"champion"`` or a version, fits its recipe again, without a search.
        """
        tables, wanted, who = readables(sources), as_switch(promote, "promote"), _who(actor)
        again = None if recipe is None else named(recipe)
        with self._changing("training"):
            made = flow.run(self._shop, tables, promote=wanted, recipe=again, actor=who, progress=progress)
            return made.version.shown.decision

    # Champions

    def versions(self) -> list[StagedVersion]:
        """Every version with the stage it is in and what may be shown of it, newest first."""
        events = self._records.ledger.events()
        return staged([shown(each, events) for each in self._records.versions.list()[::-1]], events)

    def scorecard(self, version: Named) -> Scorecard:
        """What may be shown of a version's scorecard; raises `NotFoundError`."""
        return shown(self._records.versions.get(named(version)), self._records.ledger.events()).scorecard

    def champion(self, at: datetime | None = None) -> str | None:
        """The version that is champion, or was at a moment (with its time zone)."""
        return self._records.ledger.champion(at)

    def ledger(self) -> list[Event]:
        """Every change of champion and of traffic, oldest first."""
        return self._records.ledger.history()

    # Answers

    def answer_once(self, asked: Request, key: str) -> Prediction:
        """`answer` to one request, which may be sent again with its ``key`` within a day: see `predictions.once`."""
        self._require_open()
        return self._once.answer(asked, key, self._answering.predict)

    # What is kept encrypted

    def reseal(self, *, open: bool = False, progress: Report = silent) -> Resealed:
        """Bring all that is kept encrypted to the newest key, with the older ones still given; may be killed and run
        again.  With ``open``, where the spec encrypts nothing any more, open it for good.
        """
        opened = as_switch(open, "open")
        with self._changing("resealing"):
            self._log.ship()
            blobs, layout = self._records.blobs, self._layout
            return reseal(blobs, self._database, layout, self.name, owner, open=opened, progress=progress)

    def unsealed(self, path: Path) -> Iterator[dict[str, Any]]:
        """The rows of a quarantine file, with what it quotes opened."""
        return set_aside(path, self._records.blobs.seals)

    # What it says of itself

    def schema(self) -> Schema:
        """The columns and classes of what is served now (of the spec, while there is no champion)."""
        return self._live.schema(self.spec)

    def schemas(self) -> dict[str, dict[str, Any]]:
        """``Row``, ``Prediction`` and ``Explanation`` as JSON Schema: of what answers here, or else of the spec."""
        schema = self._live.held(self.spec)
        return {
            "Row": row_schema(schema),
            "Prediction": prediction_schema(schema),
            "Explanation": explanation_schema(schema),
        }

    def info(self) -> Info:
        """What it is: name, classes with display names, columns, champion, family, metrics."""
        champion = self.champion()
        version = shown(self._records.versions.get(champion), self._records.ledger.events()) if champion else None
        return about.info(self.name, self.schema(), version, names=self.spec.labels)

    def health(self) -> Health:
        """Whether it is live and ready to answer, and what is wrong, as `tend` found it; waits for no database."""
        untold = None if self._delivery is None else self._delivery.problem
        return about.health(self._live.state(), [*self._log.problems(), *([] if untold is None else [untold])])

    def live(self) -> LiveState:
        """Which version answers in this process, and how following the champion has gone."""
        return self._live.state()

    def counts(self) -> Counts:
        """What this process has answered."""
        return self._answering.counts()

    def spooled(self) -> Spooled:
        """What this process has logged, and what of the log is waiting."""
        return self._log.state()

    def inserting(self) -> Inserting:
        """How long the database has taken to take in what this process logged."""
        return self._log.inserting()

    def stored(self) -> DatabaseSize:
        """What the database holds: revision, and each table with its rows and bytes; counts them all."""
        return sizes.measure(self._database)

    def usage(
        self, by: Sequence[str] = ("key",), *, since: datetime, until: datetime | None = None,
        key: str | None = None, classifier: str | None = None,
    ) -> Usage:  # fmt: skip
        """Who asked the servers that keep their usage here how much; see `ratchet.access.usage.read`."""
        return read_usage(self._database, by=by, since=since, until=until, caller=key, classifier=classifier)

    # Its upkeep

    def tend(self) -> None:
        """Ship the log, look for a new champion, let go of what is older than ``keep_days``, tell those who are owed.

        Never raises.  A server calls it about once a second.
        """
        self._log.tend()
        self._live.refresh()
        if self._kept is not None:
            self._kept.tend()
        self._tend_trackers()
        self._in_force.tend()
        if self._delivery is not None:
            self._delivery.tend()

    def close(self) -> None:
        """Write out what is waiting, let go of everything; then `UnavailableError` for answers that cannot be saved."""
        super().close()
        self._answering.close()
        try:
            self._log.close()
        finally:
            if self._close_also is not None:
                self._close_also()

    def _retention(self, resources: Resources) -> Kept | None:
        days, spool = self.spec.privacy.keep_days, resources.layout.spool
        if days is None:
            return None
        log = Retention(resources.database, resources.blobs, self.name, spool, days=days)
        return Kept(log, resources.layout.quarantine, days=days)


def _who(actor: str | None) -> str:
    return actor or present().name
