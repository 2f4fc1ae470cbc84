"""Feedback: the true labels that come back for answers that were given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import select

from ratchet import clock
from ratchet.errors import NotFoundError, Problem, RowError
from ratchet.predictions.forget import ALONE
from ratchet.predictions.log import PredictionLog
from ratchet.store.database import Database
from ratchet.store.tables import feedback, predictions
from ratchet.store.witness import Witness, nobody

_SHOWN = 10

LabelSource = Literal["user", "expert", "outcome", "import"]
"""How a label came: whoever was answered said so, an expert looked, it turned out so, it came with a table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """One true label: of which answer, who said so, when.  Of several for one answer, the last one counts."""

    id: str
    prediction_id: str
    label: str
    at: datetime
    actor: str
    source: LabelSource
    agreed: bool
    """Whether the answer was this label."""


class Feedback:
    """Keeps labels for one classifier's answers."""

    def __init__(self, database: Database, classifier: str, log: PredictionLog, witness: Witness = nobody) -> None:
        """``witness`` is told of each label, in its transaction."""
        self._database = database
        self._classifier = classifier
        self._log = log
        self._witness = witness

    def record(
        self, prediction_id: str, label: str, *, classes: Sequence[str], actor: str, source: LabelSource = "user"
    ) -> Label:
        """Keep the true label of an answer.

        Raises `NotFoundError` for an id that was never answered or was forgotten, `RowError` that lists the classes for
        a label that is none of them, and the sources for a source that is none.
        """
        if label not in classes:
            raise _no_class(label, classes)
        if source not in get_args(LabelSource):
            raise _no_source(source)
        answered = self._log.get(prediction_id)
        kept = Label(
            id=clock.new_id(),
            prediction_id=prediction_id,
            label=label,
            at=clock.now(),
            actor=actor,
            source=source,
            agreed=answered.label == label,
        )
        self._insert(kept, answered.subject)
        return kept

    def _insert(self, kept: Label, subject: str | None) -> None:
        """Keep a label unless its answer was forgotten meanwhile: it would bear the subject's name, and stay."""
        values = {name: getattr(kept, name) for name in ("id", "prediction_id", "label", "at", "actor", "source")}
        with self._database.begin(alone=None if subject is None else ALONE) as connection:
            if connection.scalar(select(predictions.c.id).where(predictions.c.id == kept.prediction_id)) is None:
                raise NotFoundError(
                    f"the prediction {kept.prediction_id} of {self._classifier} was forgotten a moment ago",
                    todo="drop its label too",
                )
            connection.execute(feedback.insert().values(**values, classifier=self._classifier, subject=subject))
            said = {"label": kept.label, "by": kept.actor, "source": kept.source, "agreed": kept.agreed}
            self._witness(connection, "feedback", f"prediction {kept.prediction_id}", after=said)


def _no_source(source: str) -> RowError:
    return RowError(
        "the source says how the label came, and this is no way for it to come",
        todo="send one of those, or leave it out",
        problems=(Problem(where="source", found=repr(source), expected=", ".join(get_args(LabelSource))),),
    )


def _no_class(label: str, classes: Sequence[str]) -> RowError:
    more = f" and {len(classes) - _SHOWN} more" if len(classes) > _SHOWN else ""
    return RowError(
        "the label is not one of the classes",
        todo="send one of those, spelled so (not its display name); GET info, or classifier.info(), lists all of them",
        problems=(Problem(where="label", found=repr(label), expected=f"{', '.join(classes[:_SHOWN])}{more}"),),
    )
