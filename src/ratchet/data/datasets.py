"""The versions of a classifier's rows: made by ingesting, never changed, found again by id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import sqlalchemy as sa

from ratchet import clock
from ratchet.arrays import Hashes
from ratchet.data.dataset import Dataset, Part, counted, hashed_columns, stored_types
from ratchet.data.growth import Frozen, Grown, grown
from ratchet.data.intake import Intake
from ratchet.data.learnable import tiny_classes
from ratchet.data.quarantine import Quarantine
from ratchet.data.readers.batch import Batch
from ratchet.data.readers.read import origin_of, read
from ratchet.data.split import SIDES, Sides
from ratchet.data.staging import ID, ROW, Stage, sha256, staging
from ratchet.errors import DataError, NotFoundError, WorkspaceError
from ratchet.progress import Progress, Report, silent
from ratchet.spec import Spec
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database, insert_ignore
from ratchet.store.tables import datasets

SIDE = "_side"


@dataclass(frozen=True, kw_only=True, slots=True)
class Ingested:
    """What an ingest did: ``added`` rows are new, ``repeated`` were there already, ``bad`` were set aside.

    ``held_out`` rows were set aside since they equal a row of the holdout (feedback only).  ``blanked`` counts, by
    column, the NaN and infinities that became missing values; ``notes`` are sentences to read.
    """

    dataset: Dataset
    added: int
    repeated: int
    bad: int
    held_out: int = 0
    quarantine_file: Path | None = None
    blanked: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Datasets:
    """The datasets of one classifier.

    Promises: `ingest` makes a whole new version or changes nothing, whenever it is stopped; rows that are there
    already are not added again; a row never changes its side.  The caller holds the workspace's lock.
    """

    def __init__(self, database: Database, blobs: Blobs, classifier: str) -> None:
        self._database = database
        self._blobs = blobs
        self._classifier = classifier

    def ingest(self, sources: Sequence[str], spec: Spec, *, quarantine: Path, progress: Report = silent) -> Ingested:
        """Rows of some sources added to the latest version.

        Rows are told apart by their typed values: a source read again adds what it has grown by; rows repeated within
        one source stay repeated.  Without sources the latest version is made to fit the spec.  Bad rows are written
        to ``quarantine``, a folder, or a file named ``*.jsonl``.

        Raises `DataError` where more than ``ingest.max_bad`` of the rows are bad or there is nothing to learn from.
        """
        tables = [read(source, max_cell=spec.ingest.max_cell) for source in sources]
        origin = ", ".join(origin_of(source) for source in sources)
        return self._staged(tables, origin, spec, quarantine, progress)

    def ingest_feedback(
        self, batches: Iterable[Batch], spec: Spec, *, quarantine: Path, progress: Report = silent
    ) -> Ingested:
        """Rows whose labels came back for answers, added to the latest version like the rows of a source.

        A row with the features of a holdout row is set aside, whatever its label: in training it would teach the
        model its own exam, and in the holdout it would give one question more weight, or another answer.  That counts
        for a row, too, that joined the holdout when it came back before.

        All others fall on the side that the rule gives them, the holdout included.  The rule looks at a row's
        features, never at its label or at what was answered, so nobody's label chooses its side; and a holdout that
        took no row from production would soon ask what nobody asks any more.

        Feedback that was taken in before is not added again.  A label that is corrected later comes as a row beside
        the earlier one, since rows of a version stay; `ratchet check` finds the two.
        """
        latest = self.latest()
        if latest is not None and not latest.fits(spec):
            latest = self.ingest((), spec, quarantine=quarantine, progress=progress).dataset
        exam = None
        if latest is not None:
            exam = self.frame(latest, ()).filter(pl.col(SIDE) == "holdout").get_column(ID).sort().to_numpy()
        return self._staged([batches], "feedback", spec, quarantine, progress, exam=exam)

    def rotate(self, spec: Spec, *, folder: Path, progress: Report = silent) -> Dataset:
        """A version of the same rows with a new holdout; ``folder`` is for files on their way."""
        latest = self.latest()
        if latest is None or not latest.tells_apart_as(spec):
            raise NotFoundError(f"{self._classifier} has no dataset of this spec", todo="ratchet ingest DATA")
        base = _Base(parts=latest.parts, frozen=_anew(latest))
        with staging(folder, []) as stage:
            version = grown(spec, self._files(base.parts), base.frozen, progress=progress)
            return self._store(version, spec, base, stage, latest, latest.source)

    def latest(self) -> Dataset | None:
        """The newest version, or None."""
        with self._database.read() as connection:
            row = connection.execute(self._newest()).first()
        return None if row is None else _read(row.manifest)

    def get(self, id: str) -> Dataset:
        """The version of an id; raises `NotFoundError`."""
        with self._database.read() as connection:
            row = connection.execute(self._select().where(datasets.c.id == id)).first()
        if row is None:
            raise NotFoundError(
                f"{self._classifier} has no dataset {id}",
                todo="Datasets.list() gives them all; ratchet show names the one of a version",
            )
        return _read(row.manifest)

    def list(self) -> list[Dataset]:
        """Every version, oldest first."""
        with self._database.read() as connection:
            return [_read(row.manifest) for row in connection.execute(self._select().order_by(datasets.c.created_at))]

    def frame(self, dataset: Dataset, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """The rows, always in the same order: the named columns (default: all stored), ``_id`` and ``_side``.

        ``_id`` (UInt64) is the hash of the features, ``_side`` (String) one of train, tune, holdout, excluded.
        """
        names = list(dataset.types) if columns is None else list(columns)
        absent = [name for name in names if name not in dataset.types]
        if absent:
            raise DataError(
                f"dataset {dataset.id} has no column {', '.join(absent)}", todo="add it to the spec, ingest again"
            )
        rows = pl.read_parquet(
            [self._blobs.local(part.key) for part in dataset.parts], columns=[*names, ID], glob=False
        )
        return rows.select(*names, ID).with_columns(
            pl.Series(SIDE, SIDES).gather(self._sides(dataset).astype(np.uint32))
        )

    def _staged(
        self,
        tables: Iterable[Iterable[Batch]],
        origin: str,
        spec: Spec,
        quarantine: Path,
        progress: Report,
        *,
        exam: Hashes | None = None,
    ) -> Ingested:
        """Takes tables in by way of a stage; rows of the ``exam`` are set aside."""
        aside = Quarantine.at(quarantine)
        features = [name for name, kind in spec.columns.items() if kind.is_feature]
        with staging(aside.path.parent, features) as stage:
            reading = Intake(spec=spec, stage=stage, aside=aside, progress=progress, exam=exam)
            try:
                taken = self._ingest(tables, origin, reading)
            finally:
                aside.close()
        for note in taken.notes:
            progress(Progress(stage="collect", done=taken.dataset.rows, note=note))
        return taken

    def _ingest(self, tables: Iterable[Iterable[Batch]], origin: str, reading: Intake) -> Ingested:
        spec, stage, aside, latest = reading.spec, reading.stage, reading.aside, self.latest()
        base, have, note = self._begin(spec, latest, reading)
        first = len(stage.files)
        for batches in tables:
            reading.take(batches)
            have = np.concatenate([have, stage.finish_source(have)])
        added = sum(staged.rows for staged in stage.files[first:])
        reading.check_bad_share()
        notes = [note] if note else []
        if latest is not None and not added and latest.fits(spec):
            dataset = latest
        else:
            files = [*self._files(base.parts), *(staged.path for staged in stage.files)]
            version = grown(spec, files, base.frozen, progress=reading.progress)
            dataset = self._store(version, spec, base, stage, latest, origin or (latest.source if latest else ""))
            notes += [sentence for sentence in (tiny_classes(version.counts), version.note) if sentence]
        return Ingested(
            dataset=dataset,
            added=added,
            repeated=reading.good - added,
            bad=aside.rows,
            held_out=aside.held_out,
            quarantine_file=aside.close(),
            blanked=dict(reading.blanked),
            notes=tuple(notes),
        )

    def _begin(self, spec: Spec, latest: Dataset | None, reading: Intake) -> tuple[_Base, Hashes, str | None]:
        """What new rows join: the latest version's parts, or its rows made to fit a changed spec, or nothing."""
        nothing = np.zeros(0, dtype=np.uint64)
        if latest is None:
            return _Base(parts=(), frozen=_unfrozen(0)), nothing, None
        if not latest.can_become(spec):
            note = (
                "the spec asks for columns that earlier rows were not read with: this version holds only the rows "
                "read now, with a new holdout; give earlier sources again to keep their rows"
            )
            return _Base(parts=(), frozen=_anew(latest)), nothing, note
        same_rule = latest.split.follows(spec)
        changed = (
            None if same_rule else "the rule of the split has changed: rows are split anew, which starts a new holdout"
        )
        sides = self._sides(latest)
        if latest.tells_apart_as(spec):
            parts = latest.parts
            have = pl.read_parquet([*self._files(parts)], columns=[ROW], glob=False).get_column(ROW).to_numpy()
        else:
            parts = ()
            sides = sides[reading.reread(self._files(latest.parts), latest)]
            have = reading.stage.finish_source(nothing)
        frozen = Frozen(sides=sides, split=latest.split, generation=latest.split.generation)
        return _Base(parts=parts, frozen=frozen if same_rule else _anew(latest)), have, changed

    def _store(
        self, version: Grown, spec: Spec, base: _Base, stage: Stage, latest: Dataset | None, source: str
    ) -> Dataset:
        """Puts the files among the blobs, then, in one transaction, the version into the table."""
        if latest is not None and version.id == latest.id:
            return latest
        parts: list[Part] = []
        start = 0
        kept = {part.key: part for part in base.parts} if len(base.frozen.sides) else {}
        rows = [(part.key, part.rows) for part in base.parts]
        rows += [(self._put(staged.path), staged.rows) for staged in stage.files]
        for key, count in rows:
            words = pl.Series(SIDE, version.sides[start : start + count])
            part = kept.get(key) or Part(key=key, rows=count, sides=self._put(stage.write(words.to_frame()).path))
            parts.append(part)
            start += count
        created_at = clock.now()
        if latest is not None:  # a version is younger than its parent, whatever the clock says
            created_at = max(created_at, latest.created_at + timedelta(microseconds=1))
        dataset = Dataset(
            id=version.id,
            classifier=self._classifier,
            parents=() if latest is None else (latest.id,),
            rows=len(version.sides),
            schema=version.schema,
            parts=tuple(parts),
            created_at=created_at,
            source=source,
            split=version.split,
            sides=counted(version.sides),
            types=stored_types(spec),
            hashed=tuple(hashed_columns(spec)),
        )
        self._insert(dataset, latest)
        return dataset

    def _insert(self, dataset: Dataset, latest: Dataset | None) -> None:
        row = {
            "classifier": self._classifier,
            "id": dataset.id,
            "parents": list(dataset.parents),
            "rows": dataset.rows,
            "manifest": msgspec.to_builtins(dataset),
            "created_at": dataset.created_at,
        }
        with self._database.begin(alone=f"datasets of {self._classifier}") as connection:
            found = connection.execute(self._newest()).first()
            if (found.id if found else None) != (latest.id if latest else None):
                raise WorkspaceError("another process has added rows in the meantime", todo="run it again")
            insert_ignore(connection, datasets, [row])

    def _put(self, path: Path) -> str:
        key = f"data/{sha256(path)}.parquet"
        if not self._blobs.exists(key):
            self._blobs.put_file(key, path)
        return key

    def _files(self, parts: Sequence[Part]) -> tuple[Path, ...]:
        return tuple(self._blobs.local(part.key) for part in parts)

    def _sides(self, dataset: Dataset) -> Sides:
        files = [self._blobs.local(part.sides) for part in dataset.parts]
        return np.concatenate([pl.read_parquet(file, glob=False).get_column(SIDE).to_numpy() for file in files])

    def _select(self) -> sa.Select[tuple[str, Mapping[str, object]]]:
        return sa.select(datasets.c.id, datasets.c.manifest).where(datasets.c.classifier == self._classifier)

    def _newest(self) -> sa.Select[tuple[str, Mapping[str, object]]]:
        return self._select().order_by(datasets.c.created_at.desc()).limit(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Base:
    """What new rows join: parts that stay as they are, and what is settled about their rows."""

    parts: tuple[Part, ...]
    frozen: Frozen


def _anew(latest: Dataset) -> Frozen:
    return _unfrozen(latest.split.generation + 1)


def _unfrozen(generation: int) -> Frozen:
    return Frozen(sides=np.zeros(0, dtype=np.uint8), split=None, generation=generation)


def _read(manifest: object) -> Dataset:
    return msgspec.convert(manifest, Dataset)
