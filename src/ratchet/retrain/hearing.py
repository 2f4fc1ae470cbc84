"""Who hears of a run while it goes on: its caller, its record, its log, and the trackers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ratchet.errors import RatchetError
from ratchet.progress import Progress, Report
from ratchet.registry.lease import Lease
from ratchet.registry.run_log import RunLog
from ratchet.retrain.telling import outbox, owe_run
from ratchet.retrain.workshop import Workshop
from ratchet.tracking.live import Live


def log_of(shop: Workshop, run_id: str) -> RunLog:
    """The log of a run."""
    return RunLog(shop.records.blobs, shop.cache.parent, shop.records.spec.name, run_id)


@contextmanager
def logged(shop: Workshop, this: Lease, progress: Report) -> Iterator[Report]:
    """Hand progress on to the caller, to the run's record and its log; logs are kept when the block ends."""
    log = log_of(shop, this.id)
    try:
        yield together(this.report, log.hear, progress)
        log.write("end", "finished")
    except BaseException as error:
        log.write("end", f"{type(error).__name__}: {error}")
        raise
    finally:
        with suppress(RatchetError):  # it stays in the workspace, and is read there
            for run_id in (this.id, *(each.id for each in this.left)):
                log_of(shop, run_id).keep()


@contextmanager
def tracked(shop: Workshop, this: Lease, report: Report) -> Iterator[Report]:
    """Tell trackers of the run too while the block goes on; one that raises has what was told taken back."""
    for run_id in (this.id, *(each.id for each in this.left)):  # what the dead left half told is owed too
        owe_run(shop, run_id)
    live = Live(shop.trackers, shop.records.spec.name, this.id)
    try:
        yield together(report, live.hear)
    except BaseException:
        for name in live.close(forget=True):
            with suppress(RatchetError):
                outbox(shop).told(name, this.id)
        raise
    live.close()


def together(*reports: Report) -> Report:
    """One callback that calls several."""

    def report(progress: Progress) -> None:
        for each in reports:
            each(progress)

    return report
