"""Pending challengers: how the bet on each stands, on the rows that were labelled since its exam."""

from __future__ import annotations

from ratchet.gate.pending import Odds, progress
from ratchet.gate.uses import exam_share
from ratchet.registry.records import Records
from ratchet.registry.versions import Version


def waiting(records: Records) -> list[Version]:
    """The versions whose exam was unclear only against the champion there is still, oldest first."""
    champion = records.ledger.champion()
    pending = (each for each in records.versions.list() if each.decision.pending)
    return [each for each in pending if champion is not None and each.champion == champion]


def odds(records: Records, version: Version) -> Odds | None:
    """How the bet on a pending version stands; None where it cannot go on, as rows are told apart in another way since.

    Bet on are the rows that joined the dataset after the exam, that neither it nor the champion has learned from, that
    are not held out (the holdout stays unasked), and whose label nobody chose to give.  So nothing has to be kept: the
    same rows in the same order give the same odds.
    """
    now, then = records.newest(), records.datasets.find(version.dataset_id)
    if then is None or not then.tells_apart_like(now) or version.champion is None:
        return None
    confidence = records.spec.gate.confidence
    batches = list(_batches(records, version, now, then))
    return progress(e_values, exam_share(version.decision.exam, confidence) / 2)
