"""Scoring a file: rows stream in, answers stream out, and memory stays flat however long the file is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from ratchet import clock
from ratchet.arrays import Ints, Probabilities
from ratchet.data.conform import check_present, conform
from ratchet.data.readers.batch import BadRow, Batch
from ratchet.data.readers.frames import Table
from ratchet.data.readers.read import origin_of, read
from ratchet.data.readers.source import Readable
from ratchet.errors import DataError, file_to_write
from ratchet.features.columns import from_frame
from ratchet.progress import Progress, Report, silent
from ratchet.serving.output import open_output
from ratchet.serving.predictor import Predictor
from ratchet.serving.votes import vote_columns

BATCH_ROWS = 8_192


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredFile:
    """What scoring a file came to."""

    rows: int
    """Rows answered."""
    bad: int
    """Rows set aside; ``quarantine`` lists them, where there are any."""
    output: Path
    quarantine: Path | None
    seconds: float
    members: int = 0
    """Members of the ensemble whose votes were written; 0 where none were asked for, or a model answers alone."""
    weighed: bool = False
    """Whether labels follow a decision threshold, or factors of classes: one may be less probable than the next."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredPart:
    """Consecutive rows of a file: the good ones typed, with their numbers and probabilities, and those set aside."""

    frame: pl.DataFrame
    rows: Ints
    probabilities: Probabilities
    bad: tuple[BadRow, ...]


def score_file(
    source: Readable,
    predictor: Predictor,
    output: Path,
    *,
    votes: bool = False,
    batch_rows: int = BATCH_ROWS,
    progress: Report = silent,
) -> ScoredFile:
    """Answer every row of ``source`` into ``output``: ``.csv``, ``.jsonl`` or ``.parquet``, told by its name.

    The columns: ``row`` (its number in the source, from 1), ``label``, ``name``, ``confidence``, the runners-up as
    ``label_2``, ``confidence_2`` and so on, ``p_CLASS`` for each class, and ``set`` and ``abstained`` where the version
    promises a coverage; with ``votes``, of an ensemble, those of `ratchet.serving.votes.vote_columns`.  Rows that
    cannot be read go to ``OUTPUT.bad.jsonl`` with the reason.  The output appears whole or not at all.  Raises
    `DataError` for a source that cannot be read, is the output itself or has no good row, and an unknown ending,
    `PathError` for an output that is a folder or lies in none.
    """
    started = clock.monotonic()
    output = file_to_write(output)
    _refuse_itself(source, output)
    quarantine = output.with_name(output.name + ".bad.jsonl")
    good = bad = 0
    with open_output(output) as answers, open_output(quarantine, called=output) as aside:
        for part in parts(source, predictor, batch_rows):
            if len(part.rows):
                answers.write(_table(part, predictor, votes))
            if part.bad:
                aside.write(pl.DataFrame(msgspec.to_builtins(part.bad)))
            good, bad = good + len(part.rows), bad + len({(each.origin, each.row) for each in part.bad})
            progress(Progress(stage="predict", done=good + bad))
        if not good:
            raise DataError(
                f"no row of {origin_of(source)} can be answered: {bad} are set aside"
                if bad
                else f"{origin_of(source)} has no rows",
                todo="OUTPUT.bad.jsonl says why of each row; [columns] of ratchet.toml says what a column must hold",
            )
    return ScoredFile(
        rows=good,
        bad=bad,
        output=output,
        quarantine=quarantine if bad else None,
        seconds=clock.monotonic() - started,
        members=len(predictor.ensemble.families) if votes and predictor.ensemble is not None else 0,
        weighed=predictor.weighed,
    )


def _refuse_itself(source: Readable, output: Path) -> None:
    if not isinstance(source, str):
        return
    try:
        same = output.samefile(source)
    except (OSError, ValueError):  # one of them is not there, or no file
        return
    if same:
        raise DataError(f"the answers would replace the rows of {source}", todo="name another file for the answers")


def parts(source: Readable, predictor: Predictor, batch_rows: int, *, also: str | None = None) -> Iterator[ScoredPart]:
    """A table's rows with the probabilities of their classes, streamed; raises `DataError` like `score_file`.

    The column ``also`` stays in the frames as it is, where the table has it.
    """
    features = predictor.schema.features
    for batch in fitting(source, predictor, batch_rows, also=also):
        probabilities = (
            predictor.probabilities(from_frame(batch.frame, features))
            if batch.frame.height
            else np.empty((0, len(predictor.schema.classes)))
        )
        yield ScoredPart(frame=batch.frame, rows=batch.rows(), probabilities=probabilities, bad=batch.bad)


def fitting(source: Readable, predictor: Predictor, batch_rows: int, *, also: str | None = None) -> Iterator[Batch]:
    """A table's rows typed as a version reads them, streamed; those that do not fit are the bad ones."""
    if isinstance(source, Table):
        check_present(list(predictor.reads), source.columns, source.origin)
        source = source.only({*predictor.schema.features, *([] if also is None else [also])})
    for batch in read(source, batch_rows=batch_rows, max_cell=predictor.spec.ingest.max_cell):
        frame, misfits = conform(_with_unread(batch, predictor), predictor.spec, labelled=False)
        bad = tuple(sorted((*batch.bad, *misfits), key=lambda each: each.row))
        if also is not None and also in batch.frame.columns and also not in frame.columns:
            good = ~np.isin(batch.rows(), [each.row for each in misfits])
            frame = frame.with_columns(batch.frame.get_column(also).filter(pl.Series(good)))
        yield replace(batch, frame=frame, bad=bad)


def _with_unread(batch: Batch, predictor: Predictor) -> Batch:
    """A batch with every feature that no answer depends on, empty where the source does not have it."""
    absent = [name for name in predictor.schema.features if name not in {*batch.frame.columns, *predictor.reads}]
    return replace(batch, frame=batch.frame.with_columns(pl.lit(None).alias(name) for name in absent))


def _table(part: ScoredPart, predictor: Predictor, votes: bool) -> pl.DataFrame:
    classes = np.array(predictor.schema.classes, dtype=object)
    names = np.array(predictor.names, dtype=object)
    order, scores = predictor.best(part.probabilities)
    columns: dict[str, object] = {
        "row": part.rows,
        "label": classes[order[:, 0]],
        "name": names[order[:, 0]],
        "confidence": scores[:, 0],
    }
    for place in range(1, order.shape[1]):
        columns[f"label_{place + 1}"] = classes[order[:, place]]
        columns[f"confidence_{place + 1}"] = scores[:, place]
    columns |= {f"p_{name}": part.probabilities[:, at] for at, name in enumerate(predictor.schema.classes)}
    sets = predictor.sets(part.probabilities)
    if sets is not None:
        columns["set"] = ["|".join(classes[list(each)]) for each in sets]
        columns["abstained"] = [len(each) != 1 for each in sets]
    own = predictor.votes(from_frame(part.frame, predictor.schema.features)) if votes else None
    if own is not None and predictor.ensemble is not None:
        columns |= vote_columns(own, predictor.ensemble, predictor.schema.classes)
    return pl.DataFrame(columns)
