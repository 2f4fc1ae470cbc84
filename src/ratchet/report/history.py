"""The versions so far, each in a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ratchet.documents import plain
from ratchet.registry.events import Event
from ratchet.registry.records import Records
from ratchet.registry.stages import stage

MOST = 20
"""The newest so many are told of, and every champion among those before."""


def history(records: Records, events: Sequence[Event]) -> list[dict[str, Any]]:
    """Versions, newest first; ``score``, the metric on its own holdout, of those that were champion, else None.

    What the holdout says of a version that was never let through stays untold.
    """
    champions = {event.version for event in events}
    listed = records.versions.list()[::-1]
    kept = [each for at, each in enumerate(listed) if at < MOST or each.number in champions]
    return [
        {
            "version": each.number,
            "created_at": each.created_at,
            "family": each.family,
            "stage": stage(each, events),
            "outcome": each.decision.outcome,
            "was_champion": each.number in champions,
            "score": plain(each.shown.scorecard.metrics.get(each.scorecard.metric))
            if each.number in champions
            else None,
        }
        for each in kept
    ]
