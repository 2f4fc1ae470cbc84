"""Two versions side by side on today's holdout."""

from __future__ import annotations

from typing import Any

from ratchet.arrays import Probabilities
from ratchet.documents import plain
from ratchet.errors import DataError
from ratchet.evaluation import holdout
from ratchet.evaluation.holdout import Holdout
from ratchet.gate.decide import decide
from ratchet.gate.evidence import Evidence
from ratchet.registry.records import Records


def document(records: Records, first: str, second: str) -> dict[str, Any]:
    """Judge ``second`` as challenger of ``first``, row by row, as the gate would; no use of the holdout is spent.

    The price of looking without paying: what is learned here must not steer what is trained next.
    """
    dataset = records.newest()
    held = holdout.take(records.datasets.frame(dataset), dataset.schema, records.spec, dataset.split_id)
    champion, challenger = _answers(records, first, held), _answers(records, second, held)
    evidence = Evidence(
        gate=records.spec.gate,
        classes=held.classes,
        labels=held.labels,
        challenger=challenger,
        champion=champion,
        units=held.ids,
        slices=held.slices,
        uses=records.holdouts.uses(held.id),
    )
    cards = {number: records.versions.get(number).scorecard for number in (first, second)}
    return {
        "first": first,
        "second": second,
        "holdout": {"id": held.id, "rows": len(held)},
        "agreement": float((champion.argmax(axis=1) == challenger.argmax(axis=1)).mean()),
        "metrics": {number: plain(card.metrics) for number, card in cards.items()},
        "headings": {name: said for card in cards.values() for name, said in card.headings.items()},
        "decision": plain(decide(evidence)),
    }


def _answers(records: Records, number: str, held: Holdout) -> Probabilities:
    opened = records.versions.bundle(number)
    if not held.judges(opened.manifest.split_id, opened.schema.features):
        raise DataError(
            f"version {number} cannot be judged on today's holdout ({held.id}): it was trained under the split "
            f"{opened.manifest.split_id}, or reads columns that the spec has dropped or changed",
            todo="compare versions of one split and spec; ratchet train judges the champion fairly across them",
        )
    return held.probabilities(opened.pipeline, opened.schema.classes)
