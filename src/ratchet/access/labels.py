"""The verbs about true labels, as `ratchet.classifier.Classifier` has them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ratchet.access.who import present
from ratchet.data.ingest.quarantine import Quarantine
from ratchet.data.readers.source import Source, readable
from ratchet.errors import RatchetError
from ratchet.predictions import truths
from ratchet.predictions.feedback import Feedback, Label, LabelSource, Truth
from ratchet.predictions.truths import Labelled
from ratchet.privacy.keeping import Keeping
from ratchet.progress import Report, silent
from ratchet.registry.records import Records
from ratchet.serving.closable import Closable
from ratchet.serving.live import Live
from ratchet.spec import Spec
from ratchet.store.workspace import Layout


class Labels(Closable):
    """What turned out to be true of answers that were given."""

    spec: Spec
    _feedback: Feedback
    _keeping: Keeping
    _layout: Layout
    _live: Live
    _records: Records

    def feedback(
        self, prediction_id: str, label: str, *, actor: str | None = None, source: LabelSource = "user"
    ) -> Label:
        """Keep the true label of an answer that was given; ``source`` says how the label came.

        Raises `NotFoundError` for an id that was never answered, `RowError` for a label that is no class.
        """
        self._require_open()
        classes = self._live.schema(self.spec).classes
        return self._feedback.record(prediction_id, label, classes=classes, actor=_who(actor), source=source)

    def feedback_all(self, said: Sequence[Truth], *, actor: str | None = None) -> list[Label | RatchetError]:
        """`feedback` for several answers, in one transaction: in their order, each as it is kept or why it is not."""
        self._require_open()
        return self._feedback.record_all(said, classes=self._live.schema(self.spec).classes, actor=_who(actor))

    def label(
        self,
        source: Source,
        *,
        id: str = "id",
        label: str = "label",
        came: LabelSource = "import",
        actor: str | None = None,
        progress: Report = silent,
    ) -> Labelled:
        """Keep the true labels of a table of answers; one that was cut short is given again, whole.

        ``id`` and ``label`` name its columns, ``came`` says how the labels came.  Rows whose id was never answered, or
        whose label is no class, are set aside with their reasons; raises `DataError` where no row is good.
        """
        self._require_open()
        table, classes = readable(source), self._live.schema(self.spec).classes
        aside = Quarantine.at(self._layout.quarantine, self._keeping.treatments, self._records.blobs.seals)
        record = partial(self._feedback.record_all, classes=classes, actor=_who(actor))
        return truths.keep(table, record, id=id, label=label, came=came, aside=aside, progress=progress)


def _who(actor: str | None) -> str:
    return actor or present().name
