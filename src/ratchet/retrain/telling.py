"""What trackers have still to be told, told: runs, runs that came to nothing, and who is champion."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ratchet import clock, platforms
from ratchet.data.schema import Schema
from ratchet.documents import convert, plain
from ratchet.errors import NotFoundError, RatchetError, UnavailableError
from ratchet.export import mlflow
from ratchet.registry import bundle as bundles
from ratchet.registry.versions import Version
from ratchet.report import leaderboard
from ratchet.retrain.stage import Stage
from ratchet.retrain.workshop import Workshop
from ratchet.tracking.outbox import Outbox
from ratchet.tracking.tracker import RunRecord, Tracker
from ratchet.tracking.trials import settings

PATIENCE = 10.0
"""Seconds to wait for another process that is telling the same trackers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What a tracker was told just now, and what is still waiting for it."""

    tracker: str
    versions: tuple[str, ...] = ()
    """The versions whose runs it was told of."""
    champion: str | None = None
    """The champion it was told of; None where there was no change to tell."""
    waiting: int = 0
    """Runs and changes of champion that it has still to be told."""
    problem: str | None = None
    """Why they wait, in words."""


def outbox(shop: Workshop) -> Outbox:
    """What the classifier's trackers are owed."""
    return Outbox(shop.records.blobs, shop.records.spec.name)


def owe_run(shop: Workshop, run_id: str) -> None:
    """A run is to be told to every tracker, now or once it answers."""
    for tracker in shop.trackers:
        outbox(shop).owe_run(tracker.name, run_id)


@contextmanager
def champion_changes(shop: Workshop) -> Iterator[None]:
    """A change of champion in a block: every tracker is owed it from before, so that none misses one that is made.

    And once more from after: who tells a tracker in between knows only of the champion before.
    """
    for tracker in shop.trackers:
        outbox(shop).owe_champion(tracker.name)
    yield
    with suppress(RatchetError):
        for tracker in shop.trackers:
            outbox(shop).owe_champion(tracker.name)


def waiting(shop: Workshop) -> tuple[Told, ...]:
    """What each tracker is still owed."""
    return tuple(Told(tracker=each.name, waiting=_debts(shop, each)) for each in shop.trackers)


def tell(shop: Workshop, *, patience: float = PATIENCE) -> tuple[Told, ...]:
    """Tell each tracker what it is owed, oldest first; one that is away holds up no other.  Raises nothing for it.

    One process of a workspace tells at a time; what is told twice all the same is one run in the tracker.
    """
    try:
        owed = waiting(shop)
        if not any(each.waiting for each in owed):
            return owed
        with _turn(shop.workspace / "trackers.lock", patience) as mine:
            return tuple(_tell_one(shop, each, mine) for each in shop.trackers)
    except (RatchetError, OSError) as error:  # where it is kept what they are owed
        return tuple(Told(tracker=each.name, waiting=1, problem=_first_line(error)) for each in shop.trackers)


def untold(told: tuple[Told, ...]) -> Iterator[str]:
    """A sentence for each tracker that is still owed something."""
    for each in told:
        if each.waiting:
            why = each.problem or "it was not tried since"
            yield f"{each.tracker} is not told yet: {why}.  Later: the next run, or ratchet tracking sync, tells it."


def _tell_one(shop: Workshop, tracker: Tracker, mine: bool) -> Told:
    kept, name = outbox(shop), tracker.name
    versions, champion, problem = list[str](), None, None
    try:
        if not mine:
            raise UnavailableError("another process is telling it now")
        for run_id in kept.runs(name):
            versions += _tell_run(shop, tracker, run_id)
        champion = _tell_champion(shop, tracker)
    except Exception as error:  # the library of another may raise anything
        problem = _first_line(error)
    left = _debts(shop, tracker)
    return Told(tracker=name, versions=tuple(versions), champion=champion, waiting=left, problem=problem)


def _first_line(error: Exception) -> str:
    told = error.problem if isinstance(error, RatchetError) else f"{type(error).__name__}: {error}"
    return told.partition("\n")[0]


def _debts(shop: Workshop, tracker: Tracker) -> int:
    """Runs that have ended and a change of champion, however many, that it was not told of."""
    kept = outbox(shop)
    runs = sum(not _goes_on(shop, each) for each in kept.runs(tracker.name))
    return runs + bool(kept.changes(tracker.name))


def _tell_run(shop: Workshop, tracker: Tracker, run_id: str) -> list[str]:
    """Tell of a run by what became of it: a version is told, what came to nothing is taken back, what goes on waits."""
    kept, records = outbox(shop), shop.records
    version = records.versions.of_run(run_id)
    if version is None and _goes_on(shop, run_id):
        return []
    if version is None:
        tracker.forget(records.spec.name, run_id)
    else:
        _record(shop, tracker, version)
    kept.told(tracker.name, run_id)
    return [] if version is None else [version.number]


def _goes_on(shop: Workshop, run_id: str) -> bool:
    with suppress(NotFoundError):
        return shop.records.runs.get(run_id).state in ("running", "stopped")
    return False


def _tell_champion(shop: Workshop, tracker: Tracker) -> str | None:
    kept, records = outbox(shop), shop.records
    changes = kept.changes(tracker.name)  # before the ledger is asked: later ones stay owed
    champion = records.ledger.champion() if changes else None
    if champion is not None:
        version = records.versions.get(champion)
        about = records.spec.name, version.run_id, version.number
        try:
            tracker.champion(*about)
        except NotFoundError:  # it was trained while this tracker was not asked for
            _record(shop, tracker, version)
            tracker.champion(*about)
    for change in changes:
        kept.told(tracker.name, change)
    return champion


def _record(shop: Workshop, tracker: Tracker, version: Version) -> None:
    with Stage(shop, version.run_id).shown_bundle(version) as folder:
        tracker.record(_of(shop, version, folder))


def _of(shop: Workshop, version: Version, folder: Path) -> RunRecord:
    version = version.shown
    spec, records = shop.records.spec, shop.records
    sealed = bool(records.blobs.seals.columns)  # a bundle holds words that rows taught, and trackers keep it open
    identity, manifest = bundles.look(folder)
    metrics: dict[str, float] = {}
    for name, measured in version.scorecard.metrics.items():
        metrics |= {name: measured.value, f"{name}_low": measured.low, f"{name}_high": measured.high}
    if version.scorecard.search_score is not None:
        metrics["cv_score"] = version.scorecard.search_score
    return RunRecord(
        classifier=spec.name,
        name=version.run_id,
        params=settings(manifest.recipe),
        metrics=metrics,
        tags={
            "version": version.number,
            "spec": version.learning_hash,
            "dataset": version.dataset_id,
            "split": manifest.split_id,
            "family": version.family,
            "outcome": version.decision.outcome,
        },
        documents={
            "spec.json": manifest.spec,
            "scorecard.json": plain(version.scorecard),
            "decision.json": plain(version.decision),
        },
        bundle=None if sealed else folder,
        beside={} if sealed else mlflow.beside(convert(manifest.schema, Schema), identity, version.number),
        trials=tuple(leaderboard.of_version(shop.records, version)),
    )


@contextmanager
def _turn(path: Path, patience: float) -> Iterator[bool]:
    """Whether this process is the one that tells, for a block."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _taken(lambda: platforms.lock(file), clock.monotonic() + patience)
    finally:
        os.close(file)


def _taken(lock: Callable[[], None], until: float) -> bool:
    while True:
        try:
            lock()
        except OSError:  # another holds it, or this disk has no locks
            if clock.monotonic() >= until:
                return False
            time.sleep(0.1)
        else:
            return True
