"""The file of rows that were set aside: a JSON object a line, with origin, row, column, found and reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from ratchet import atomic
from ratchet.clock import new_id
from ratchet.data.readers.batch import BadRow
from ratchet.errors import WorkspaceError
from ratchet.privacy.keeping import AS_IT_IS
from ratchet.privacy.treatment import Treatments
from ratchet.store.seals import PLAIN, Seals

_SHOWN = 5


class Quarantine:
    """Takes bad rows as they come; the file is made with the first of them.

    ``rows`` counts rows, not mistakes: a row with two bad cells is one.  Counted apart, as ``gone``, are rows of which
    a part was deleted on purpose.
    """

    def __init__(self, path: Path, treatments: Treatments = AS_IT_IS.treatments, seals: Seals = PLAIN) -> None:
        """``treatments`` say what may be kept of the cells that it quotes, ``seals`` how."""
        self._seals = seals
        self.path = path
        self._treatments = treatments
        self.rows = 0
        self.gone = 0
        self.first: list[BadRow] = []
        self._file: BinaryIO | None = None

    @classmethod
    def at(cls, place: Path, treatments: Treatments = AS_IT_IS.treatments, seals: Seals = PLAIN) -> Quarantine:
        """In the file ``place`` (if named ``*.jsonl``), or in a new file of the folder ``place``."""
        return cls(place if place.suffix == ".jsonl" else place / f"{new_id()}.jsonl", treatments, seals)

    def add(self, bad: Iterable[BadRow]) -> None:
        """Writes the bad rows of one batch down."""
        bad = tuple(replace(each, found=self._treatments.quoted(each.column, each.found)) for each in bad)
        self._write(bad)
        self.rows += len({each.row for each in bad})
        self.first += bad[: _SHOWN - len(self.first)] if len(self.first) < _SHOWN else ()

    def let_go(self, rows: Sequence[BadRow]) -> None:
        """Writes down rows of one batch of which a part was deleted on purpose."""
        self._write(rows)
        self.gone += len(rows)

    def close(self) -> Path | None:
        """The file, if rows were set aside."""
        if self._file is None:
            return None
        self._file.close()
        return self.path

    def _write(self, rows: Sequence[BadRow]) -> None:
        if not rows:
            return
        try:
            if self._file is None:
                atomic.make_private(self.path.parent)
                self._file = self.path.open("wb")
            self._file.writelines(self._line(each) + b"\n" for each in rows)
        except OSError as error:
            raise WorkspaceError(
                f"rows that are set aside cannot be written to {self.path}: {error.strerror}",
                todo="make room there, or change its rights",
            ) from None

    def _line(self, row: BadRow) -> bytes:
        return msgspec.json.encode(replace(row, found=self._seals.quoted(row.found)))


def set_aside(path: Path, seals: Seals) -> Iterator[dict[str, Any]]:
    """The lines of a quarantine file, with what they quote opened; raises `WorkspaceError` where it cannot be read."""
    try:
        with path.open("rb") as file:
            for line in file:
                row = msgspec.json.decode(line, type=dict[str, Any])
                yield {**row, "found": seals.unquoted(row.get("found", ""))}
    except (OSError, msgspec.MsgspecError) as error:
        raise WorkspaceError(
            f"{path} cannot be read as rows that were set aside: {error}", todo="name a file of .ratchet/quarantine/"
        ) from None
