"""Feedback: the true labels that come back for answers that were given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ratchet import clock
from ratchet.errors import Problem, RowError
from ratchet.predictions.log import PredictionLog
from ratchet.store.database import Database
from ratchet.store.tables import feedback

_SHOWN = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """One true label: of which answer, who said so, when.  Of several for one answer, the last one counts."""

    id: str
    prediction_id: str
    label: str
    at: datetime
    actor: str
    agreed: bool
    """Whether the answer was this label."""


class Feedback:
    """Keeps labels for one classifier's answers."""

    def __init__(self, database: Database, classifier: str, log: PredictionLog) -> None:
        self._database = database
        self._classifier = classifier
        self._log = log

    def record(self, prediction_id: str, label: str, *, classes: Sequence[str], actor: str) -> Label:
        """Keep the true label of an answer.

        Raises `NotFoundError` for an id that was never answered, `RowError` that lists the classes for a label that
        is none of them.
        """
        if label not in classes:
            raise _no_class(label, classes)
        answered = self._log.get(prediction_id)
        kept = Label(
            id=clock.new_id(),
            prediction_id=prediction_id,
            label=label,
            at=clock.now(),
            actor=actor,
            agreed=answered.label == label,
        )
        with self._database.begin() as connection:
            connection.execute(
                feedback.insert().values(
                    id=kept.id,
                    classifier=self._classifier,
                    prediction_id=prediction_id,
                    label=label,
                    at=kept.at,
                    actor=actor,
                    source="user",
                )
            )
        return kept


def _no_class(label: str, classes: Sequence[str]) -> RowError:
    more = f" and {len(classes) - _SHOWN} more" if len(classes) > _SHOWN else ""
    return RowError(
        "the label is not one of the classes",
        todo="send one of the classes, spelled as in GET info (not its display name)",
        problems=(Problem(where="label", found=repr(label), expected=f"{', '.join(classes[:_SHOWN])}{more}"),),
    )
