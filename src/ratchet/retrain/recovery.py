"""What becomes of a run that did not end as it should: its process died, or it raised."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ratchet.errors import NotFoundError, RatchetError
from ratchet.progress import Report
from ratchet.registry.lease import Lease
from ratchet.registry.runs import STAGE
from ratchet.retrain.stage import SCRATCH, Stage, staged_runs
from ratchet.retrain.steps.promote import NOT_PROMOTED, promote
from ratchet.retrain.workshop import Workshop
from ratchet.training import session as sessions


@contextmanager
def in_hand(shop: Workshop, lease: Lease) -> Iterator[Lease]:
    """Carry a run on in a block.  First, what dead processes left is put in order; if the block raises, its own goes.

    The caller holds the workspace's lock, so nobody else's work is under way in the cache.
    """
    try:
        with lease:
            _tidy(shop, lease)
            yield lease
    except BaseException:
        with suppress(RatchetError):
            if shop.records.runs.get(lease.id).state == "failed":
                Stage(shop, lease.id).clear()
        raise


def end(shop: Workshop, lease: Lease, why: str, progress: Report) -> None:
    """End a run that a dead process left and that is not taken up.

    One that has its version was judged and has spent its use of the holdout: it is led to its end, promotion
    included.  Any other is abandoned, and the reason kept.
    """
    version = shop.records.versions.of_run(lease.id)
    if version is None:
        Stage(shop, lease.id).clear()
        lease.abandon(why)
    else:
        conclude(shop, lease, version.number, progress)


def conclude(shop: Workshop, lease: Lease, number: str, progress: Report) -> None:
    """The last of a run: promote what was let through, clear the stage, and note what came of it.

    A run that was begun to leave a challenger promotes nothing, whoever leads it to its end.
    """
    wanted = lease.kind != STAGE
    entry = lease.step("promote", lambda: promote(shop, number, lease.actor, progress) if wanted else NOT_PROMOTED)
    Stage(shop, lease.id).clear()
    decision = shop.records.versions.get(number).shown.decision
    lease.finish({"version": number, "outcome": decision.outcome, "sentence": decision.sentence, "entry": entry})


def _tidy(shop: Workshop, lease: Lease) -> None:
    """Clear what ended runs have staged (they were killed while clearing it), half files, and folders left behind."""
    shop.records.blobs.tidy()
    running = {lease.id, *(each.id for each in lease.left)}
    for run_id in staged_runs(shop) - running:
        with suppress(NotFoundError):
            Stage(shop, run_id).clear()
    cache = shop.cache
    for folder in cache.glob(f"{SCRATCH}*"):
        shutil.rmtree(folder, ignore_errors=True)
    with sessions.opened(cache):  # it clears up after the trainings whose process is gone
        pass
