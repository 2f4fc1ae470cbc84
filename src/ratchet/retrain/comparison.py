"""Two versions side by side on today's holdout."""

from __future__ import annotations

from typing import Any

import msgspec

from ratchet.gate.decide import decide
from ratchet.gate.evidence import Evidence
from ratchet.retrain import holdout
from ratchet.retrain.flow import Rooms, answers, collect
from ratchet.training.progress import silent


def document(rooms: Rooms, first: str, second: str) -> dict[str, Any]:
    """Judge ``second`` as challenger of ``first``, row by row, as the gate would; no use of the holdout is spent.

    The price of looking without paying: what is learned here must not steer what is trained next.
    """
    dataset = collect(rooms, (), silent)
    held = holdout.take(rooms.datasets.frame(dataset), dataset.schema, rooms.spec, dataset.split_id)
    champion, challenger = answers(rooms, first, held), answers(rooms, second, held)
    evidence = Evidence(
        gate=rooms.spec.gate,
        classes=held.classes,
        labels=held.labels,
        challenger=challenger,
        champion=champion,
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
