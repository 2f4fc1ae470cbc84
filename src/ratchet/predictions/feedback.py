"""Feedback: the true labels that come back for answers that were given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy import select

from ratchet import clock
from ratchet.errors import NotFoundError, Problem, RatchetError, RowError
from ratchet.predictions.forget import ALONE
from ratchet.predictions.log import Given, PredictionLog
from ratchet.store.database import Database
from ratchet.store.tables import feedback, predictions
from ratchet.store.witness import Witness, nobody

_SHOWN = 10

LabelSource = Literal["user", "expert", "outcome", "import"]
"""How a label came: whoever was answered said so, an expert looked, it turned out so, it came with a table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Truth:
    """What somebody says that the true label of an answer is."""

    id: str
    """The answer's."""
    label: str
    source: LabelSource = "user"


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
    repeated: bool = False
    """Whether the same was said before, so that nothing was kept anew."""
    corrects: bool = False
    """Whether another label was said of the answer before, by whomever; that one stays in its history."""


class Feedback:
    """Keeps labels for one classifier's answers."""

    def __init__(self, database: Database, classifier: str, log: PredictionLog, witness: Witness = nobody) -> None:
        """``witness`` is told of the labels of each transaction, in it."""
        self._database = database
        self._classifier = classifier
        self._log = log
        self._witness = witness

    def record(
        self, prediction_id: str, label: str, *, classes: Sequence[str], actor: str, source: LabelSource = "user"
    ) -> Label:
        """Keep the true label of an answer; said again by the same person, it is not kept twice.

        Raises `NotFoundError` for an id that was never answered or was forgotten, `RowError` that lists the classes for
        a label that is none of them, and the sources for a source that is none.
        """
        (kept,) = self.record_all([Truth(id=prediction_id, label=label, source=source)], classes=classes, actor=actor)
        if isinstance(kept, RatchetError):
            raise kept
        return kept

    def record_all(self, said: Sequence[Truth], *, classes: Sequence[str], actor: str) -> list[Label | RatchetError]:
        """Keep the labels of several answers in one transaction; in their order, each as kept or why it was not.

        What was said before is not kept again: where the last that ``said`` has of an answer is the last that ``actor``
        said of it, from the same source, all that it has of that answer is `Label.repeated`.
        """
        wrong = [_wrong(each, classes) for each in said]
        known = self._log.given([each.id for each, error in zip(said, wrong, strict=True) if error is None])
        labels = {
            at: self._made(each, known[each.id], actor)
            for at, (each, error) in enumerate(zip(said, wrong, strict=True))
            if error is None and each.id in known
        }
        kept = self._keep(labels, known) if labels else {}
        return [
            error or kept.get(at) or self._unknown(each.id, forgotten=at in labels)
            for at, (each, error) in enumerate(zip(said, wrong, strict=True))
        ]

    def _made(self, said: Truth, answer: Given, actor: str) -> Label:
        return Label(
            id=clock.new_id(),
            prediction_id=said.id,
            label=said.label,
            at=clock.now(),
            actor=actor,
            source=said.source,
            agreed=answer.label == said.label,
        )

    def _keep(self, labels: Mapping[int, Label], known: Mapping[str, Given]) -> dict[int, Label]:
        """The labels as they are kept, but those whose answer was forgotten meanwhile: they would bear its subject."""
        ids = sorted({each.prediction_id for each in labels.values()})
        named = any(known[each].subject is not None for each in ids)
        with self._database.begin(alone=ALONE if named else None) as connection:
            there = set(connection.scalars(select(predictions.c.id).where(predictions.c.id.in_(ids))))
            left = {at: each for at, each in labels.items() if each.prediction_id in there}
            kept = dict(zip(left, _compared([*left.values()], self._said(connection, ids)), strict=True))
            if new := [each for each in kept.values() if not each.repeated]:
                connection.execute(feedback.insert(), [self._row(each, known) for each in new])
                self._tell(connection, new)
        return kept

    def _said(self, connection: sa.Connection, ids: Sequence[str]) -> Iterator[Any]:
        """What was said of answers before, oldest first."""
        query = select(
            feedback.c.id,
            feedback.c.prediction_id,
            feedback.c.label,
            feedback.c.at,
            feedback.c.actor,
            feedback.c.source,
        ).where(feedback.c.classifier == self._classifier, feedback.c.prediction_id.in_(ids))
        yield from connection.execute(query.order_by(feedback.c.at, feedback.c.id))

    def _row(self, label: Label, known: Mapping[str, Given]) -> dict[str, object]:
        values = {name: getattr(label, name) for name in ("id", "prediction_id", "label", "at", "actor", "source")}
        return {**values, "classifier": self._classifier, "subject": known[label.prediction_id].subject}

    def _tell(self, connection: sa.Connection, new: Sequence[Label]) -> None:
        first = new[0]
        said: dict[str, object] = {"label": first.label, "by": first.actor, "source": first.source}
        if len(new) == 1:
            target, said = f"prediction {first.prediction_id}", {**said, "agreed": first.agreed}
        else:
            sources = sorted({each.source for each in new})
            target, said = f"{len(new)} predictions", {"by": first.actor, "source": ", ".join(sources)}
        self._witness(connection, "feedback", target, after=said)

    def _unknown(self, prediction_id: str, *, forgotten: bool) -> NotFoundError:
        if forgotten:
            return NotFoundError(
                f"the prediction {prediction_id} of {self._classifier} was forgotten a moment ago",
                todo="drop its label too",
            )
        return self._log.unknown(prediction_id)


def _compared(labels: Sequence[Label], before: Iterator[Any]) -> list[Label]:
    """Labels that are about to be kept, beside what was said before."""
    anybody: dict[str, str] = {}
    same: dict[tuple[str, str, str], Any] = {}
    for row in before:
        anybody[row.prediction_id] = row.label
        same[row.prediction_id, row.actor, row.source] = row
    last = {_by(each): each.label for each in labels}
    found = []
    for each in labels:
        old = same.get(_by(each))
        if old is not None and old.label == last[_by(each)]:
            found.append(replace(each, id=old.id, at=old.at, repeated=True))
            continue
        found.append(replace(each, corrects=anybody.get(each.prediction_id, each.label) != each.label))
        anybody[each.prediction_id] = each.label
    return found


def _by(label: Label) -> tuple[str, str, str]:
    return label.prediction_id, label.actor, label.source


def _wrong(said: Truth, classes: Sequence[str]) -> RowError | None:
    """What is wrong with a label before anything is looked up."""
    if said.label not in classes:
        return _no_class(said.label, classes)
    return None if said.source in get_args(LabelSource) else _no_source(said.source)


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
