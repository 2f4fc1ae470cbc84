"""The verbs that make versions of a dataset: take rows in, take feedback in, draw a new holdout.

Each makes a whole new version or changes nothing, whenever it is stopped.  Rows that are there already are not added
again, and a row never changes its side.  The caller holds the workspace's lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ratchet.arrays import Hashes
from ratchet.data.dataset import Dataset
from ratchet.data.datasets import Datasets
from ratchet.data.ingest.base import Base, anew, base_of
from ratchet.data.ingest.intake import Intake
from ratchet.data.ingest.learnable import tiny_classes
from ratchet.data.ingest.next_version import next_version
from ratchet.data.ingest.publish import published
from ratchet.data.ingest.quarantine import Quarantine
from ratchet.data.ingest.staging import staging
from ratchet.data.readers.batch import Batch
from ratchet.data.readers.read import origin_of, read
from ratchet.errors import NotFoundError
from ratchet.progress import Progress, Report, silent
from ratchet.spec import Spec


@dataclass(frozen=True, kw_only=True, slots=True)
class Ingested:
    """What an ingest did: ``added`` rows are new, ``repeated`` were there already, ``bad`` were set aside.

    Of feedback, ``held_out`` rows were set aside since they equal a row of the holdout, and ``gone`` rows since a large
    cell of theirs was forgotten.  ``blanked`` counts, by column, the NaN and infinities that became missing values;
    ``notes`` are sentences to read.
    """

    dataset: Dataset
    added: int
    repeated: int
    bad: int
    held_out: int = 0
    gone: int = 0
    quarantine_file: Path | None = None
    blanked: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def ingest(
    datasets: Datasets, sources: Sequence[str], spec: Spec, *, quarantine: Path, progress: Report = silent
) -> Ingested:
    """Rows of some sources added to the latest version.

    Rows are told apart by their typed values: a source read again adds what it has grown by; rows repeated within one
    source stay repeated.  Without sources the latest version is made to fit the spec.  Bad rows are written to
    ``quarantine``, a folder, or a file named ``*.jsonl``; files on their way lie there, too.  The notes go to
    ``progress`` as well.

    Raises `DataError` where more than ``ingest.max_bad`` of the rows are bad or there is nothing to learn from.
    """
    tables = [read(source, max_cell=spec.ingest.max_cell) for source in sources]
    origin = ", ".join(origin_of(source) for source in sources)
    return _taken_in(datasets, tables, origin, spec, quarantine, progress)


def ingest_feedback(
    datasets: Datasets, batches: Iterable[Batch], spec: Spec, *, quarantine: Path, progress: Report = silent
) -> Ingested:
    """Rows whose labels came back for answers, added to the latest version like the rows of a source.

    A row with the features of a holdout row is set aside, whatever its label: in training it would leak the holdout,
    and in the holdout it would give one row more weight, or another label.  That counts for a row, too, that joined
    the holdout when it came back before.

    All others fall on the side that the rule gives them, the holdout included.  The rule looks at a row's features,
    never at its label or at what was answered, so nobody's label chooses its side; and a holdout that took no row from
    production would soon ask what nobody asks any more.

    Feedback that was taken in before is not added again.  A label that is corrected later comes as a row beside the
    earlier one, since rows of a version stay; `ratchet check` finds the two.
    """
    latest = datasets.latest()
    if latest is not None and not latest.fits(spec):
        latest = ingest(datasets, (), spec, quarantine=quarantine, progress=progress).dataset
    holdout_ids = None if latest is None else datasets.holdout_ids(latest)
    return _taken_in(datasets, [batches], "feedback", spec, quarantine, progress, holdout_ids=holdout_ids)


def rotate(datasets: Datasets, spec: Spec, *, quarantine: Path, progress: Report = silent) -> Dataset:
    """A version of the same rows with a new holdout; files on their way lie in the folder ``quarantine``.

    Raises `NotFoundError` where there are no rows of this spec.
    """
    latest = datasets.latest()
    if latest is None or not latest.tells_apart_as(spec):
        raise NotFoundError(f"{datasets.classifier} has no dataset of this spec", todo="ratchet ingest DATA")
    base = Base(parts=latest.parts, frozen=anew(latest))
    with staging(quarantine, []) as stage:
        version = next_version(spec, datasets.files(base.parts), base.frozen, progress=progress)
        return published(datasets, version, spec, base, stage, after=latest, source=latest.source)


def _taken_in(
    datasets: Datasets,
    tables: Iterable[Iterable[Batch]],
    origin: str,
    spec: Spec,
    quarantine: Path,
    progress: Report,
    *,
    holdout_ids: Hashes | None = None,
) -> Ingested:
    """Takes tables in by way of a stage; rows with one of ``holdout_ids`` are set aside."""
    datasets.tidy()
    aside = Quarantine.at(quarantine)
    features = [name for name, kind in spec.columns.items() if kind.is_feature]
    with staging(aside.path.parent, features) as stage:
        intake = Intake(spec=spec, stage=stage, aside=aside, progress=progress, holdout_ids=holdout_ids)
        try:
            taken = _grown(datasets, tables, origin, intake)
        finally:
            aside.close()
    for note in taken.notes:
        progress(Progress(stage="collect", done=taken.dataset.rows, note=note))
    return taken


def _grown(datasets: Datasets, tables: Iterable[Iterable[Batch]], origin: str, intake: Intake) -> Ingested:
    """Adds tables to the latest version; where they bring nothing new it stays the latest."""
    spec, stage, aside, latest = intake.spec, intake.stage, intake.aside, datasets.latest()
    base, have, note = base_of(datasets, latest, intake)
    first = len(stage.files)
    for batches in tables:
        intake.take(batches)
        have = np.concatenate([have, stage.finish_source(have)])
    added = sum(staged.rows for staged in stage.files[first:])
    intake.check_bad_share()
    notes = [note] if note else []
    if latest is not None and not added and latest.fits(spec):
        dataset = latest
    else:
        files = [*datasets.files(base.parts), *(staged.path for staged in stage.files)]
        version = next_version(spec, files, base.frozen, progress=intake.progress)
        source = origin or (latest.source if latest else "")
        dataset = published(datasets, version, spec, base, stage, after=latest, source=source)
        notes += [sentence for sentence in (tiny_classes(version.counts), version.note) if sentence]
    return Ingested(
        dataset=dataset,
        added=added,
        repeated=intake.good - added,
        bad=aside.rows,
        held_out=aside.held_out,
        gone=aside.gone,
        quarantine_file=aside.close(),
        blanked=dict(intake.blanked),
        notes=tuple(notes),
    )
