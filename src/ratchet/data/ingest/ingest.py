"""The verbs that make versions of a dataset: take rows in, take feedback in, turn the holdout over.

Each makes a whole new version or changes nothing, whenever it is stopped.  Rows that are there already are not added
again, and no row is held out that was learned from.  The caller holds the workspace's lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import polars as pl

from ratchet.arrays import Hashes
from ratchet.data.dataset import Dataset, hashed_columns
from ratchet.data.datasets import Datasets
from ratchet.data.ingest.base import Base, base_of, files_of
from ratchet.data.ingest.corrections import TOO_COARSE, corrections
from ratchet.data.ingest.generation import check_remaining, leaving_holdout
from ratchet.data.ingest.intake import Intake
from ratchet.data.ingest.learnable import tiny_classes
from ratchet.data.ingest.next_version import FrozenSplit, next_version
from ratchet.data.ingest.publish import published
from ratchet.data.ingest.quarantine import Quarantine
from ratchet.data.ingest.relabel import relabelled
from ratchet.data.ingest.staging import staging
from ratchet.data.names import well_named
from ratchet.data.readers.batch import Batch
from ratchet.data.readers.read import origin_of, read
from ratchet.data.readers.source import Readable
from ratchet.errors import DataError, NotFoundError
from ratchet.privacy.treatment import unlearnable
from ratchet.progress import Progress, Report, silent
from ratchet.spec import Spec
from ratchet.words import listed


@dataclass(frozen=True, kw_only=True, slots=True)
class Ingested:
    """What an ingest did: ``added`` rows are new, ``repeated`` were there already, ``bad`` were set aside.

    ``corrected`` rows that were there have another label now.  Of feedback, ``gone`` rows were set aside since a large
    cell of theirs was forgotten.  ``blanked`` counts, by column, the NaN and infinities that became missing values;
    ``notes`` are sentences to read.
    """

    dataset: Dataset
    added: int
    repeated: int
    bad: int
    corrected: int = 0
    gone: int = 0
    quarantine_file: Path | None = None
    blanked: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        new = f"{self.added:,} new, {self.repeated:,} already there, {self.bad:,} set aside"
        return f"Dataset {self.dataset.id[:12]}: {self.dataset.rows:,} rows ({new})"


def ingest(
    datasets: Datasets,
    sources: Sequence[Readable],
    spec: Spec,
    *,
    quarantine: Path,
    correct: bool = False,
    progress: Report = silent,
) -> Ingested:
    """Rows of some sources added to the latest version.

    Rows are told apart by their typed values: a source read again adds what it has grown by; rows repeated within one
    source stay repeated.  With ``correct``, a row whose features are there with another label only is no new row: its
    label takes the place of the earlier one, in the holdout too.  Without sources the latest version is made to fit the
    spec.  Bad rows are written to ``quarantine``, a folder, or a file named ``*.jsonl``; files on their way lie there,
    too.  The notes go to ``progress`` as well.

    Raises `DataError` where more than ``ingest.max_bad`` of the rows are bad or there is nothing to learn from.
    """
    if not sources:
        _check_can_become(datasets.latest(), spec)
    tables = [well_named(read(source, max_cell=spec.ingest.max_cell)) for source in sources]
    origin = ", ".join(origin_of(source) for source in sources)
    return _taken_in(datasets, tables, origin, spec, quarantine, progress, correct=correct)


def ingest_feedback(
    datasets: Datasets, batches: Iterable[Batch], spec: Spec, *, quarantine: Path, progress: Report = silent
) -> Ingested:
    """Rows whose labels came back for answers, added to the latest version like the rows of a source.

    A row that is there with another label corrects it, in the holdout too: of several the last counts.  Where equal
    rows are common (`ratchet.data.ingest.corrections.COMMON`) it is another row.

    Rows marked `ratchet.data.datasets.CHOSEN` are learned from and never held out, since people label mistakes more
    often than right answers: a holdout of such rows would be harder on the champion than on a challenger.  One that
    equals a holdout row, or nearly, is excluded.  Rows that came by lot, as outcomes do that come for all answers, fall
    on the side that the rule gives them.

    Feedback that was taken in before is not added again.  What ``[privacy]`` hashes or drops of the log is missing in
    these rows, which the notes say; raises `DataError` where that leaves no column to learn from.
    """
    note = _of_what_is_kept(spec)
    taken = _taken_in(datasets, [batches], "feedback", spec, quarantine, progress, correct=True)
    if note is None:
        return taken
    progress(Progress(stage="collect", done=taken.dataset.rows, note=note))
    return replace(taken, notes=(*taken.notes, note))


def turn(datasets: Datasets, spec: Spec, asked: Hashes, *, quarantine: Path, progress: Report = silent) -> Dataset:
    """A version whose holdout is the rows of the holdout that were never asked: the next generation.

    The holdout rows whose unit has one of the ids ``asked`` retire to training, where they are worth something still.
    No side is drawn anew: what a model has learned from stays out of the holdout.  Files on their way lie in the folder
    ``quarantine``.

    Raises `NotFoundError` where there are no rows of this spec, and `RefusedError` where the rows never asked are too
    few to judge by.
    """
    latest = datasets.latest()
    if latest is None or not latest.fits(spec):
        raise NotFoundError(f"{datasets.classifier} has no dataset of this spec", todo="ratchet ingest DATA")
    frame = datasets.frame(latest, [spec.label])
    leaving = leaving_holdout(frame, asked)
    check_remaining(frame.filter(~pl.Series(leaving)), spec.label)
    split = replace(latest.split, generation=latest.split.generation + 1)
    sides = datasets.sides(latest)
    frozen = FrozenSplit(sides=sides, split=split, draw=split.draw, generation=split.generation, leaving=leaving)
    base = Base(parts=latest.parts, frozen=frozen)
    with staging(datasets.seals.scratch or quarantine, []) as stage:
        version = next_version(spec, datasets.files(base.parts), base.frozen, progress=progress)
        return published(datasets, version, spec, base, stage, after=latest, source=latest.source)


def _of_what_is_kept(spec: Spec) -> str | None:
    """A sentence about the features of which the log keeps less than was answered; None where it keeps all."""
    features = [name for name, kind in spec.columns.items() if kind.is_feature]
    away, treated = unlearnable(spec.privacy), {name: spec.privacy.columns.get(name, "keep") for name in features}
    if all(name in away for name in features):
        raise DataError(
            "the log keeps no column that could be learned from: privacy.columns hashes or drops all of them",
            todo="keep or redact a column, or take labelled rows in from where they are whole: ratchet ingest FILE",
        )
    said = [
        *(
            [f"{listed(gone)} {'are' if len(gone) > 1 else 'is'} missing"]
            if (gone := [*filter(away.get, features)])
            else []
        ),
        *(
            [f"{listed(cut)} came redacted"]
            if (cut := [each for each in features if treated[each] == "redact"])
            else []
        ),
    ]
    return f"as [privacy] says what the log keeps, in rows from feedback {' and '.join(said)}" if said else None


def _check_can_become(latest: Dataset | None, spec: Spec) -> None:
    """Raises `DataError` where the rows there were not read with a column that the spec asks for."""
    absent = [] if latest is None else [name for name in hashed_columns(spec) if name not in latest.types]
    if latest is not None and absent:
        raise DataError(
            f"the spec asks for {', '.join(repr(name) for name in absent)}, which the {latest.rows:,} rows that were "
            "taken in were not read with",
            todo="ratchet ingest them again from where they came, all at once; or take the column out of the spec",
        )


def _taken_in(
    datasets: Datasets,
    tables: Iterable[Iterable[Batch]],
    origin: str,
    spec: Spec,
    quarantine: Path,
    progress: Report,
    *,
    correct: bool,
) -> Ingested:
    """Takes tables in by way of a stage."""
    datasets.tidy()
    keeping = datasets.keeping
    aside = Quarantine.at(quarantine, keeping.treatments, datasets.seals)
    features = [name for name, kind in spec.columns.items() if kind.is_feature]
    with staging(datasets.seals.scratch or aside.path.parent, features) as stage:
        intake = Intake(spec=spec, stage=stage, aside=aside, progress=progress, keeping=keeping)
        try:
            taken = _grown(datasets, tables, origin, intake, correct=correct)
        finally:
            aside.close()
    for note in taken.notes:
        progress(Progress(stage="collect", done=taken.dataset.rows, note=note))
    return taken


def _grown(
    datasets: Datasets, tables: Iterable[Iterable[Batch]], origin: str, intake: Intake, *, correct: bool
) -> Ingested:
    """Adds tables to the latest version; where they bring nothing new it stays the latest."""
    spec, stage, aside, latest = intake.spec, intake.stage, intake.aside, datasets.latest()
    base, have, note = base_of(datasets, latest, intake)
    first = len(stage.files)
    said = corrections(files_of(datasets, base, stage)) if correct else None
    for batches in tables:
        intake.take(batches, corrections=said)
        have = np.concatenate([have, stage.finish_source(have)])
    added = sum(staged.rows for staged in stage.files[first:])
    intake.check_bad_share()
    notes = [note] if note else []
    if said is not None:
        base = relabelled(datasets, base, stage, said, spec)
    elif correct and added:
        notes.append(TOO_COARSE)
    if latest is not None and not added and not base.corrected and latest.fits(spec):
        dataset = latest
    else:
        version = next_version(spec, files_of(datasets, base, stage), base.frozen, progress=intake.progress)
        source = origin or (latest.source if latest else "")
        dataset = published(datasets, version, spec, base, stage, after=latest, source=source)
        notes += [sentence for sentence in (tiny_classes(version.counts), *version.notes) if sentence]
    return Ingested(
        dataset=dataset,
        added=added,
        repeated=intake.good - added,
        bad=aside.rows,
        corrected=base.corrected,
        gone=aside.gone,
        quarantine_file=aside.close(),
        blanked=dict(intake.blanked),
        notes=tuple(notes),
    )
