"""The verbs that show the evidence about versions, as `ratchet.classifier.Classifier` has them."""

from __future__ import annotations

from typing import Any

import msgspec

from ratchet.arguments import as_seconds, as_switch
from ratchet.progress import Report, silent
from ratchet.registry.numbers import Named, named
from ratchet.registry.records import Records
from ratchet.report import comparison
from ratchet.report import document as report
from ratchet.report.page import page
from ratchet.retrain import learning_curve as learning
from ratchet.retrain.workshop import Workshop
from ratchet.serving.closable import Closable


class Evidence(Closable):
    """What is known of the versions of a classifier, and what more labels would bring."""

    _records: Records
    _shop: Workshop

    def show(self, version: Named | None = None, *, look: bool = False) -> dict[str, Any]:
        """The document of a version; the champion, else the newest, by default.

        What the holdout says of a version that the gate has not let through is rounded; ``look`` tells it in full, and
        the rows it is most wrong about, and is recorded: the next exam is stricter by it.
        """
        return report.document(self._records, None if version is None else named(version), look=as_switch(look, "look"))

    def page(self, version: Named | None = None, *, look: bool = False) -> str:
        """The same as a self-contained HTML page with plots."""
        return page(msgspec.to_builtins(self.show(version, look=look)))

    def compare(self, first: Named, second: Named) -> dict[str, Any]:
        """Judge ``second`` against another one, ``first``, on today's holdout as the gate would; recorded as a look."""
        return comparison.document(self._records, named(first), named(second))

    def learning_curve(
        self, version: Named | None = None, *, budget: float | None = None, progress: Report = silent
    ) -> dict[str, Any]:
        """Would more labels help, and how many: a version's recipe learned from growing shares of the newest rows.

        The champion's, else the newest version's, by default.  It is scored on rows left out, and never on the holdout;
        ``budget`` is in seconds, that of the search by default.  Nothing is kept.  Raises `NotFoundError`, and
        `JobError` where the time was too short.
        """
        self._require_open()
        number = report.default(self._records).number if version is None else named(version)
        return learning.document(self._shop, number, budget=as_seconds(budget, "budget"), progress=progress)
