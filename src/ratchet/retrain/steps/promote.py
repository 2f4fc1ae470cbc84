"""Promote: what the gate let through becomes champion."""

from __future__ import annotations

from ratchet.progress import Progress, Report
from ratchet.retrain.telling import champion_changes
from ratchet.retrain.workshop import Workshop

NOT_PROMOTED = "none"


def promote(shop: Workshop, number: str, actor: str, progress: Report) -> str:
    """The number of the ledger's entry that made the version champion, `NOT_PROMOTED` where there is none.

    The entry names the run: run again there is no second one.  A version is promoted only in the place of the champion
    it was held against; where a person has put another there since, that is noted and nothing is changed.
    """
    progress(Progress(stage="promote"))
    records = shop.records
    version = records.versions.get(number)
    if version.decision.outcome != "promote":
        return NOT_PROMOTED
    over = version.champion
    by = version.run_id
    with champion_changes(shop):
        event = records.ledger.succeed(number, over=over, run_id=by, actor=actor, decision=version.decision)
    if event is None:
        note = f"Not promoted: version {number} was held against {over or 'no champion'}, which is champion no more"
        progress(Progress(stage="promote", note=f"{note}.  To make it champion all the same: ratchet promote {number}"))
        return NOT_PROMOTED
    return str(event.seq)
