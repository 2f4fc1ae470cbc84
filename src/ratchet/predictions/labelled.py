"""Answers whose true label came back, as rows to learn from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl
from sqlalchemy import RowMapping, exists, select, tuple_

from ratchet.data.conform import wanted_columns
from ratchet.data.readers.batch import Batch, without_bad_cells
from ratchet.data.readers.values import series_of
from ratchet.spec import Spec
from ratchet.store.database import Database
from ratchet.store.tables import feedback, predictions

ORIGIN = "feedback"
BATCH_ROWS = 5_000


def labelled(database: Database, spec: Spec, *, batch_rows: int = BATCH_ROWS) -> Iterator[Batch]:
    """The answers of the spec's classifier that have a true label, streamed as a reader streams a table.

    Each answer comes once, in the order of the ids, with the last label that came back for it.  The columns are those
    that the spec reads from a table: what the row was sent with, else nothing, but for two.  The time of a row is the
    moment of its answer, and its own side of the split is train: nobody has chosen it for an exam.

    Promises: memory does not depend on the number of answers; the database is asked anew for each batch, so that no
    transaction stays open while rows are taken in.
    """
    after, first_row = "", 1
    while found := _page(database, spec.name, after, batch_rows):
        frame = _frame(found, spec)
        rows = np.arange(first_row, first_row + len(found), dtype=np.int64)
        good, bad = without_bad_cells(frame, rows, origin=ORIGIN, max_cell=spec.ingest.max_cell)
        yield Batch(frame=good, bad=tuple(bad), first_row=first_row, origin=ORIGIN)
        after, first_row = found[-1]["id"], first_row + len(found)


def _page(database: Database, classifier: str, after: str, count: int) -> Sequence[RowMapping]:
    """The next answers with a label after that of an id."""
    later = feedback.alias()
    corrected = exists().where(
        later.c.prediction_id == feedback.c.prediction_id,
        later.c.classifier == classifier,
        tuple_(later.c.at, later.c.id) > tuple_(feedback.c.at, feedback.c.id),
    )
    query = (
        select(predictions.c.id, predictions.c.at, predictions.c.row, feedback.c.label)
        .join(feedback, feedback.c.prediction_id == predictions.c.id)
        .where(predictions.c.classifier == classifier, feedback.c.classifier == classifier)
        .where(feedback.c.prediction_id > after, ~corrected)
        .order_by(feedback.c.prediction_id)
        .limit(count)
    )
    with database.read() as connection:
        return connection.execute(query).mappings().all()


def _frame(found: Sequence[RowMapping], spec: Spec) -> pl.DataFrame:
    labels = [each["label"] for each in found]
    cells = {
        name: [kind.column.logged(each["row"].get(name), each["at"]) for each in found]
        for name, kind in wanted_columns(spec).items()
    }
    return pl.DataFrame([series_of(name, values) for name, values in {**cells, spec.label: labels}.items()])
