"""Answers whose true label came back, as rows to learn from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import RowMapping, exists, select, tuple_

from ratchet import documents
from ratchet.data.conform import wanted_columns
from ratchet.data.datasets import CHOSEN, SUBJECT
from ratchet.data.readers.batch import BadRow, Batch, without_bad_cells
from ratchet.data.readers.values import series_of
from ratchet.errors import NotFoundError
from ratchet.predictions.cells import read_cell
from ratchet.predictions.record import Cell, owner
from ratchet.privacy.treatment import is_hashed, unlearnable
from ratchet.spec import Spec
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from ratchet.store.tables import feedback, predictions

ORIGIN = "feedback"
BATCH_ROWS = 5_000
BATCH_BYTES = 64 << 20
"""How much the large cells of a batch may measure together; a batch holds at least one row."""


def labelled(
    database: Database, blobs: Blobs, spec: Spec, *, batch_rows: int = BATCH_ROWS, batch_bytes: int = BATCH_BYTES
) -> Iterator[Batch]:
    """The answers of the spec's classifier that have a true label, streamed as a reader streams a table.

    Each answer comes once, in the order of the ids, with the last label that came back for it.  The columns are those
    that the spec reads from a table: what the row was sent with, else nothing, but for two.  The time of a row is the
    moment of its answer, and its own side of the split is train: nobody chose it to be held out.  ``_chosen`` says that
    the label came because of the answer; an outcome comes for all answers, as by lot.  A row whose large
    cells are not among the blobs any more is set aside as gone.

    Promises: memory does not depend on the number of answers, nor on the size of all their pictures; the database is
    asked anew for each batch, so that no transaction stays open while rows are taken in.
    """
    after, first_row = "", 1
    while found := _no_larger(_page(database, spec.name, after, batch_rows), batch_bytes):
        numbered = list(enumerate(found, first_row))
        whole, gone = _with_cells(numbered, blobs, spec.name, wanted_columns(spec))
        rows = np.array([row for row, _ in whole], dtype=np.int64)
        frame = _frame([each for _, each in whole], spec)
        good, unfit = without_bad_cells(frame, rows, origin=ORIGIN, max_cell=spec.ingest.max_cell)
        yield Batch(frame=good, bad=tuple(unfit), gone=tuple(gone), first_row=first_row, origin=ORIGIN)
        after, first_row = found[-1]["id"], first_row + len(found)


def _no_larger(found: Sequence[RowMapping], most: int) -> Sequence[RowMapping]:
    """The first rows, as many as hold so many bytes in large cells, at least one."""
    total = 0
    for at, each in enumerate(found):
        total += sum(cell["bytes"] for cell in each["cells"].values())
        if at and total > most:
            return found[:at]
    return found


def _with_cells(
    numbered: Sequence[tuple[int, RowMapping]], blobs: Blobs, classifier: str, columns: Collection[str]
) -> tuple[list[tuple[int, dict[str, Any]]], list[BadRow]]:
    """Rows with the large cells of the columns read back, and those of which one is not there."""
    whole: list[tuple[int, dict[str, Any]]] = []
    gone: list[BadRow] = []
    for number, each in numbered:
        row = blobs.seals.opened(owner(classifier, each["id"]), each["row"])
        name = ""
        try:
            for name in each["cells"].keys() & columns:
                row[name] = read_cell(documents.convert(each["cells"][name], Cell), blobs)
        except NotFoundError:
            gone.append(BadRow(origin=ORIGIN, row=number, column=name, found="nothing", reason="its blob is gone"))
        else:
            whole.append((number, {**each, "row": row}))
    return whole, gone


def _page(database: Database, classifier: str, after: str, count: int) -> Sequence[RowMapping]:
    """The next answers with a label after that of an id."""
    later = feedback.alias()
    corrected = exists().where(
        later.c.prediction_id == feedback.c.prediction_id,
        later.c.classifier == classifier,
        tuple_(later.c.at, later.c.id) > tuple_(feedback.c.at, feedback.c.id),
    )
    query = (
        select(
            predictions.c.id,
            predictions.c.at,
            predictions.c.row,
            predictions.c.cells,
            predictions.c.subject,
            feedback.c.label,
            feedback.c.source,
        )
        .join(feedback, feedback.c.prediction_id == predictions.c.id)
        .where(predictions.c.classifier == classifier, feedback.c.classifier == classifier)
        .where(feedback.c.prediction_id > after, ~corrected)
        .order_by(feedback.c.prediction_id)
        .limit(count)
    )
    with database.read() as connection:
        return connection.execute(query).mappings().all()


def _frame(found: Sequence[Mapping[str, Any]], spec: Spec) -> pl.DataFrame:
    labels = [each["label"] for each in found]
    away = unlearnable(spec.privacy)
    cells = {
        name: [
            None if name in away else kind.column.logged(_whole(each["row"].get(name)), each["at"]) for each in found
        ]
        for name, kind in wanted_columns(spec).items()
    }
    subjects = pl.Series(SUBJECT, [each["subject"] for each in found], dtype=pl.String)
    chosen = pl.Series(CHOSEN, [each["source"] != "outcome" for each in found], dtype=pl.Boolean)
    return pl.DataFrame(
        [*(series_of(name, values) for name, values in {**cells, spec.label: labels}.items()), chosen, subjects]
    )


def _whole(cell: Any) -> Any:
    """A cell that was kept; nothing where only its hash was."""
    return None if is_hashed(cell) else cell
