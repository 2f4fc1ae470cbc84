"""True labels in bulk: a table of answers' ids and labels, kept chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ratchet.arrays import Ints
from ratchet.data.conform import check_present
from ratchet.data.ingest.quarantine import Quarantine
from ratchet.data.readers.batch import BadRow, Batch
from ratchet.data.readers.read import origin_of, read
from ratchet.data.readers.source import Readable
from ratchet.errors import DataError, NotFoundError, RatchetError
from ratchet.kinds.cells import shown
from ratchet.kinds.kind import Kind
from ratchet.predictions.feedback import Label, LabelSource, Truth
from ratchet.progress import Progress, Report, silent

CHUNK_ROWS = 1_000
"""Labels of one transaction: others write between two of them."""
Record = Callable[[Sequence[Truth]], "list[Label | RatchetError]"]
"""Keeps labels, in one transaction."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """What a table of true labels came to."""

    rows: int
    """Rows that were read; each was kept, repeated, or set aside."""
    kept: int
    repeated: int
    """Labels that were said before, by the same person from the same source: nothing was kept anew."""
    corrected: int
    """Of those kept, the ones that differ from what was said of their answer before, which stays in its history."""
    agreed: int
    """Of those kept and repeated, the ones that the answer had right."""
    bad: int
    first: tuple[BadRow, ...]
    """The first rows that were set aside."""
    quarantine_file: Path | None
    """Where all of them are listed, each with its reason; None where there are none."""


def keep(
    source: Readable, record: Record, *, id: str, label: str, came: LabelSource, aside: Quarantine,
    progress: Report = silent,
) -> Labelled:  # fmt: skip
    """Keep the labels of a table, `CHUNK_ROWS` in a transaction; one that dies meanwhile is given the table again.

    ``id`` and ``label`` name its columns.  Raises `DataError` where one is absent or no row is good.
    """
    rows = kept = repeated = corrected = agreed = 0
    for batch in read(source, batch_rows=CHUNK_ROWS):
        check_present(
            [id, label], batch.frame.columns, batch.origin, todo="name the columns: --id COLUMN --label COLUMN"
        )
        numbers, truths, bad = _truths(batch, id, label, came)
        answers = record(truths) if truths else []
        found = [each for each in answers if isinstance(each, Label)]
        bad += _refused(batch.origin, numbers, truths, answers, id, label)
        aside.add(sorted((*batch.bad, *bad), key=lambda each: each.row))
        rows += batch.frame.height + len({each.row for each in batch.bad})
        repeated += sum(each.repeated for each in found)
        kept += sum(not each.repeated for each in found)
        corrected += sum(each.corrects for each in found)
        agreed += sum(each.agreed for each in found)
        progress(Progress(stage="label", done=rows))
    path = aside.close()
    if not kept + repeated:
        raise _no_good(source, rows, aside)
    return Labelled(
        rows=rows,
        kept=kept,
        repeated=repeated,
        corrected=corrected,
        agreed=agreed,
        bad=aside.rows,
        first=tuple(aside.first),
        quarantine_file=path,
    )


def _truths(batch: Batch, id: str, label: str, came: LabelSource) -> tuple[Ints, list[Truth], list[BadRow]]:
    """The rows of a batch that say something, with their numbers, and those that lack an id or a label."""
    columns = {
        name: Kind.CATEGORY.column.typed(batch.frame.get_column(name)).values.str.strip_chars().replace("", None)
        for name in (id, label)
    }
    numbers = batch.rows()
    empty = {name: values.is_null().to_numpy() for name, values in columns.items()}
    bad = [
        BadRow(origin=batch.origin, row=int(numbers[at]), column=name, found="nothing", reason=f"no {name}")
        for name, lacks in empty.items()
        for at in np.flatnonzero(lacks)
    ]
    good = ~(empty[id] | empty[label])
    ids, labels = (columns[name].filter(good).to_list() for name in (id, label))
    return numbers[good], [Truth(id=a, label=b, source=came) for a, b in zip(ids, labels, strict=True)], bad


def _refused(
    origin: str, numbers: Ints, said: Sequence[Truth], kept: Sequence[Label | RatchetError], id: str, label: str
) -> Iterator[BadRow]:
    for number, each, error in zip(numbers, said, kept, strict=True):
        if isinstance(error, NotFoundError):
            yield BadRow(
                origin=origin, row=int(number), column=id, found=shown(each.id), reason="an id that was never answered"
            )
        elif isinstance(error, RatchetError):
            expected = "; ".join(problem.expected for problem in error.problems)
            yield BadRow(
                origin=origin, row=int(number), column=label, found=shown(each.label), reason=f"none of {expected}"
            )


def _no_good(source: Readable, rows: int, aside: Quarantine) -> DataError:
    if not rows:
        return DataError(
            f"{origin_of(source)} has no rows", todo="name a table with the ids of answers and their labels"
        )
    first = "".join(f"\n  - {bad}" for bad in aside.first)
    return DataError(
        f"no label of {origin_of(source)} could be kept: {rows:,} rows are set aside. The first:{first}",
        todo=f"all are in {aside.path}; the id is the one that came with the answer, the label one of GET info",
    )
