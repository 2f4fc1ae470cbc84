"""The verbs about the persons whose rows there are, as `ratchet.classifier.Classifier` has them."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from ratchet import clock
from ratchet.access.audit import Audit
from ratchet.access.who import present
from ratchet.data.forget import DatasetRows
from ratchet.errors import NotFoundError
from ratchet.predictions.cells import read_cell
from ratchet.predictions.log import PredictionLog
from ratchet.predictions.person import labels_of
from ratchet.predictions.record import Record
from ratchet.privacy.receipt import LearnedFrom, Receipt
from ratchet.registry.records import Records
from ratchet.retrain.leftovers import BesideRows
from ratchet.retrain.workshop import Workshop
from ratchet.serving.closable import Closable
from ratchet.serving.request import checked_subject
from ratchet.store.subjects import Forgotten, HoldsRows
from ratchet.store.workspace import Layout

PAGE = 500
"""Answers that are read at once."""


class Subjects(Closable):
    """What is kept of a person, given to them or forgotten."""

    _audit: Audit
    _records: Records
    _shop: Workshop
    _log: PredictionLog
    _layout: Layout

    def forget(self, subject: str, *, actor: str | None = None) -> Receipt:
        """Remove a person's rows from every place there is, and from the next training; what was done.

        The person is named as callers named them, or by their pseudonym.  It may be killed at any moment and called
        again, and finishes then.  What comes later is new, and kept.  Raises `BusyError` while the classifier is
        trained or takes rows in, `UnavailableError` where a place is away: what was removed until then is gone.
        """
        name, who = checked_subject(subject), actor or present().name
        with self._changing("forgetting a subject"):
            beside = BesideRows(self._shop)
            beside.end_open_runs()
            places = [place.forget(name) for place in self.places()]
            rows = self._rows_of_datasets()
            places += beside.clear(rows.learned(name))
            receipt = self._receipt(name, who, places, rows.learned(name))
            self._audit.tell("receipt", f"subject {receipt.subject}", after=msgspec.to_builtins(receipt))
            return receipt

    def subject(self, subject: str) -> dict[str, Any]:
        """All that is kept of a person: answers with rows and labels, rows of datasets, versions that learned of them.

        Large cells are in it, bytes as base64.  Raises `UnavailableError` where a place is away.
        """
        self._require_open()
        name = checked_subject(subject)
        self._log.ship()
        rows = self._rows_of_datasets()
        return {
            "classifier": self._records.spec.name,
            "subject": self._pseudonym(name),
            "answers": [self._document_of(each) for each in self._answers(name)],
            "labels": labels_of(self._log, name),
            "rows": [_plain(each) for each in rows.rows(name).iter_rows(named=True)],
            "versions": [msgspec.to_builtins(each) for each in self._learned(rows.learned(name))],
            "places": [{"place": each.place, "rows": each.count(name)} for each in self.places()],
        }

    def history(
        self, subject: str, *, before: str | None = None, limit: int = 50, caller: str | None = None
    ) -> list[dict[str, Any]]:
        """A page of the answers about a person, newest first; the next one is ``before`` the id of the last.

        With ``caller``, those that this one asked for.
        """
        self._require_open()
        self._log.ship()
        found = self._log.read(
            subject=checked_subject(subject), before=before, limit=limit, caller=caller, role="answer"
        )
        return [self._document_of(each, whole=False) for each in found]

    def places(self) -> tuple[HoldsRows, ...]:
        """Every place that holds rows of subjects, in the order in which to forget one."""
        return (*self._log.places(), self._rows_of_datasets())

    def _rows_of_datasets(self) -> DatasetRows:
        return DatasetRows(self._records.datasets, self._layout.quarantine)

    def _pseudonym(self, name: str) -> str:
        return self._records.datasets.keeping.pseudonyms.forms(name)[0]

    def _receipt(self, name: str, who: str, places: Sequence[Forgotten], learned: frozenset[str]) -> Receipt:
        return Receipt(
            classifier=self._records.spec.name,
            subject=self._pseudonym(name),
            at=clock.now(),
            actor=who,
            places=tuple(places),
            versions=self._learned(learned),
        )

    def _learned(self, datasets: frozenset[str]) -> tuple[LearnedFrom, ...]:
        champion = self._records.ledger.champion()
        return tuple(
            LearnedFrom(version=each.number, champion=each.number == champion)
            for each in self._records.versions.list()
            if each.dataset_id in datasets
        )

    def _answers(self, name: str) -> Iterator[Record]:
        before: str | None = None
        while page := self._log.read(subject=name, before=before, limit=PAGE):
            yield from page
            before = page[-1].id

    def _document_of(self, record: Record, *, whole: bool = True) -> dict[str, Any]:
        """An answer as a document; the ``whole`` of it has large cells read back."""
        row = dict(record.row)
        for name, cell in record.cells.items():
            try:
                row[name] = read_cell(cell, self._records.blobs) if whole else f"{cell.bytes} bytes of {cell.type}"
            except NotFoundError:
                row[name] = None
        told: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(record, row=_plain(row), cells={}))
        return told


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row that any JSON can hold."""
    return {
        name: base64.b64encode(value).decode() if isinstance(value, bytes) else value for name, value in row.items()
    }
