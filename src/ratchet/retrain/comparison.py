"""Two versions side by side on today's holdout."""

from __future__ import annotations

from typing import Any

import msgspec

from ratchet.errors import DataError
from ratchet.gate.decide import decide
from ratchet.gate.evidence import Evidence
from ratchet.models.family import Probabilities
from ratchet.retrain import holdout
from ratchet.retrain.holdout import Holdout
from ratchet.retrain.rooms import Rooms
from ratchet.retrain.rows import newest


def document(rooms: Rooms, first: str, second: str) -> dict[str, Any]:
    """Judge ``second`` as challenger of ``first``, row by row, as the gate would; no use of the holdout is spent.

    The price of looking without paying: what is learned here must not steer what is trained next.
    """
    dataset = newest(rooms)
    held = holdout.take(rooms.datasets.frame(dataset), dataset.schema, rooms.spec, dataset.split_id)
    champion, challenger = _answers(rooms, first, held), _answers(rooms, second, held)
    evidence = Evidence(
        gate=rooms.spec.gate,
        classes=held.classes,
        labels=held.labels,
        challenger=challenger,
        champion=champion,
        ids=held.ids,
        slices=held.slices,
        uses=rooms.holdouts.uses(held.id),
    )
    cards = {number: rooms.versions.get(number).scorecard for number in (first, second)}
    return {
        "first": first,
        "second": second,
        "holdout": {"id": held.id, "rows": len(held)},
        "agreement": float((champion.argmax(axis=1) == challenger.argmax(axis=1)).mean()),
        "metrics": {number: card["metrics"] for number, card in cards.items()},
        "decision": msgspec.to_builtins(decide(evidence)),
    }


def _answers(rooms: Rooms, number: str, held: Holdout) -> Probabilities:
    opened = rooms.versions.bundle(number)
    if not held.judges(opened):
        raise DataError(
            f"version {number} cannot be judged on today's holdout ({held.id}): it was trained under the split "
            f"{opened.manifest.split_id}, or reads columns that the spec has dropped or changed",
            todo="compare versions of one split and spec; ratchet train judges the champion fairly across them",
        )
    return held.probabilities(opened.encoder, opened.model, opened.schema.classes)
