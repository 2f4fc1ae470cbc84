"""Two versions side by side on today's holdout."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from ratchet.arrays import Bools, Probabilities
from ratchet.data.dataset import Dataset
from ratchet.documents import plain
from ratchet.errors import DataError
from ratchet.evaluation import holdout
from ratchet.evaluation.holdout import Holdout, learned_labels
from ratchet.gate.decide import decide
from ratchet.gate.evidence import Evidence
from ratchet.metrics.predicted import most_probable
from ratchet.registry.bundle import Bundle
from ratchet.registry.generations import generation
from ratchet.registry.learned import learned
from ratchet.registry.records import Records
from ratchet.report.document import headings
from ratchet.report.standing import looked

_FEWEST = 30
"""Held-out rows (by units) that neither has learned from, at least."""
_NOT_ASKED = ("findings", "screen")
"""What the gate looks at before the holdout: that is of the training rows, and no comparison."""


def document(records: Records, first: str, second: str) -> dict[str, Any]:
    """Judge ``second`` as challenger of ``first``, row by row, as the gate would, on rows neither has learned from.

    What it says of the holdout is seen, so it is recorded as a look, which makes the next exam stricter; the same
    comparison of the same rows once more is no other look.  Raises `DataError` where both are one version, there are
    too few such rows, or one reads columns that are gone; nothing is recorded then.
    """
    if first == second:
        raise DataError(
            f"version {first} was to be compared with itself: the same version twice",
            todo="name two versions; nothing was recorded",
        )
    dataset = records.newest()
    frame = records.datasets.frame(dataset)
    held = holdout.take(frame, dataset.schema, records.spec, dataset.split_id)
    terms = records.spec.gate.settled(held.classes, learned_labels(frame, dataset.schema))
    metric = terms.measure(held.classes, held.labels)
    opened = [records.versions.bundle(number) for number in (first, second)]
    answers = [_answers(number, each, held) for number, each in zip((first, second), opened, strict=True)]
    kept = _kept(records, (first, second), held, dataset, frame)
    believed = answers[0][kept], answers[1][kept]
    champion, challenger = (
        each.seen_by(metric, found, held.classes) for each, found in zip(opened, believed, strict=True)
    )
    labels = [most_probable(each.labelled(found, held.classes)) for each, found in zip(opened, believed, strict=True)]
    uses = records.holdouts.uses(dataset.split.generation)
    evidence = Evidence(
        gate=terms,
        classes=held.classes,
        labels=held.labels[kept],
        challenger=challenger,
        champion=champion,
        believed=(believed[1], believed[0]),
        champion_version=first,
        units=held.units[kept],
        slices={name: values[kept] for name, values in held.slices.items()},
        uses=uses,
    )
    cards = {number: records.versions.get(number).scorecard for number in (first, second)}
    decision = decide(evidence)
    decision = replace(decision, checks=tuple(each for each in decision.checks if each.rule not in _NOT_ASKED))
    records.holdouts.look(
        (first, second),
        generation=dataset.split.generation,
        dataset_id=dataset.id,
        what="compare",
        terms=evidence.gate.terms,
    )
    return {
        "first": first,
        "second": second,
        "holdout": {
            "id": held.id,
            "rows": int(kept.sum()),
            "generation": dataset.split.generation,
            "reading": looked(records, generation(records, dataset)),
        },
        "agreement": float((labels[0] == labels[1]).mean()),
        "metrics": {number: plain(card.metrics) for number, card in cards.items()},
        "headings": {name: said for card in cards.values() for name, said in headings(card).items()},
        "decision": plain(decision),
    }


def _kept(records: Records, numbers: tuple[str, str], held: Holdout, dataset: Dataset, frame: pl.DataFrame) -> Bools:
    """(rows,) the held-out rows that none of the versions has learned from."""
    kept = np.ones(len(held), dtype=bool)
    for number in numbers:
        known = learned(records, number, frame, dataset, held.units)
        kept &= False if known is None else ~known
    found = len(np.unique(held.units[kept]))
    if found < min(_FEWEST, len(np.unique(held.units))):
        raise DataError(
            f"versions {' and '.join(numbers)} cannot be compared on today's holdout ({held.id}): of its "
            f"{len(held):,} rows only {int(kept.sum()):,} are known to be new to both",
            todo="ratchet train judges a challenger against the champion fairly, whatever it has learned from",
        )
    return kept


def _answers(number: str, opened: Bundle, held: Holdout) -> Probabilities:
    if not held.can_ask(opened.pipeline):
        raise DataError(
            f"version {number} cannot be judged on today's holdout ({held.id}): it reads columns that the spec has "
            "dropped or changed",
            todo="compare versions of one spec; ratchet train judges the champion fairly across them",
        )
    return held.probabilities(opened.pipeline, opened.schema.classes)
