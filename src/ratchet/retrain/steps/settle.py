"""Settle: what rows labelled since say of challengers whose exam was unclear, before anything learns from them."""

from __future__ import annotations

from ratchet.gate.pending import settled
from ratchet.progress import Progress, Report
from ratchet.registry.pending import odds, waiting
from ratchet.registry.runs import STAGE
from ratchet.registry.versions import Version
from ratchet.retrain.steps.promote import NOT_PROMOTED
from ratchet.retrain.telling import champion_changes
from ratchet.retrain.workshop import Workshop


def settle(shop: Workshop, actor: str, progress: Report) -> str:
    """The number of the version that became champion by it, `NOT_PROMOTED` where none did.

    Of several it is the one that was trained first; the others were held against a champion that is no more.  One whose
    run was to promote nothing is left to whoever asked for that.  The entry in the ledger names the version's own run:
    run again there is no second one.
    """
    for version in waiting(shop.records):
        if shop.records.runs.get(version.run_id).kind != STAGE and _promoted(shop, version, actor, progress):
            return version.number
    return NOT_PROMOTED


def _promoted(shop: Workshop, version: Version, actor: str, progress: Report) -> bool:
    stands = odds(shop.records, version)
    if stands is None:
        return False
    said = f"Version {version.number}, pending: {stands}"
    progress(Progress(stage="settle", note=said))
    if not stands.reached:
        return False
    decision = settled(version.decision, stands)
    over, by = version.champion, version.run_id
    with champion_changes(shop):
        event = shop.records.ledger.succeed(version.number, over=over, run_id=by, actor=actor, decision=decision)
    return event is not None
