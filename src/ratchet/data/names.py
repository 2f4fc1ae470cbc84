"""The columns of a table that no spec could name, told before a row of it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ratchet.data.readers.batch import Batch
from ratchet.errors import DataError
from ratchet.kinds.cells import called
from ratchet.spec.names import RESERVED, why_not
from ratchet.words import listed


def check_names(columns: Iterable[str], origin: str) -> None:
    """Raises `DataError` that says which columns must be renamed, and how they may be called."""
    wrong = {name: why for name in columns if (why := why_not(name)) is not None}
    if not wrong:
        return
    said = listed(f"'{called(name)}' ({why})" for name, why in wrong.items())
    first = next(iter(wrong))
    example = f"the{first}" if first in RESERVED else "column_1"
    raise DataError(
        f"{origin} has {'a column' if len(wrong) == 1 else 'columns'} that cannot be called so: {said}",
        todo=f"rename {'it' if len(wrong) == 1 else 'each'} in the table, such as to '{example}', or leave it out",
    )


def well_named(batches: Iterable[Batch]) -> Iterator[Batch]:
    """The same batches; raises `DataError` like `check_names`."""
    for batch in batches:
        check_names(batch.frame.columns, batch.origin)
        yield batch
