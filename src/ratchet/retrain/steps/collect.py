"""Collect: the newest rows there are, as a dataset version, with the generation of the holdout that is due."""

from __future__ import annotations

from collections.abc import Sequence

from ratchet.data.dataset import Dataset
from ratchet.data.ingest import ingest as taking
from ratchet.data.readers.source import Readable
from ratchet.errors import RefusedError
from ratchet.progress import Progress, Report
from ratchet.registry.generations import Generation, generation
from ratchet.retrain.workshop import Workshop
from ratchet.store.workspace import Layout


def collect(shop: Workshop, sources: Sequence[Readable], progress: Report) -> str:
    """The id of the newest dataset: with the rows of ``sources``, and made to fit the spec if that has changed.

    Where as many held-out rows were never asked as were asked, they are the next generation of the holdout, and the
    asked ones join the rows to learn from.  The same rows give the same id.  May write, so the caller holds the
    workspace's lock, as for all that takes rows in.
    """
    progress(Progress(stage="collect"))
    records = shop.records
    if sources or not records.newest().fits(records.spec):
        aside = Layout(folder=shop.workspace).quarantine
        taking.ingest(records.datasets, sources, records.spec, quarantine=aside, progress=progress)
    return _turned(shop, records.newest(), progress).id


def _turned(shop: Workshop, dataset: Dataset, progress: Report) -> Dataset:
    """The dataset in the generation that is due."""
    now = generation(shop.records, dataset)
    if not now.is_over:
        return dataset
    try:
        turned = _next(shop, dataset, now, progress)
    except RefusedError:  # the rows never asked cannot judge yet: a class is missing among them
        return dataset
    note = f"{now.fresh_units:,} held-out rows that were never asked judge from now on; the others may be learned from"
    progress(Progress(stage="collect", note=note))
    return turned


def turn(shop: Workshop, progress: Report) -> Dataset:
    """The newest rows in the next generation of their holdout, before it is due: on a person's word.

    Raises `RefusedError` where there are no rows, or too few to judge by, that were never asked: another draw of the
    same rows would only renew what the gate may err.
    """
    dataset = shop.records.newest()
    now = generation(shop.records, dataset)
    if not now.uses:
        raise RefusedError(
            f"the {now.fresh_units:,} held-out rows (by units of evidence) were never asked: they are as good as new",
            todo="ratchet train asks them",
        )
    if not now.fresh_units:
        raise RefusedError(
            f"all {now.asked_units:,} held-out rows (by units of evidence) were asked before, and drawing others from "
            "the rows that models have learned from would judge nothing",
            todo=f"ingest fresh labelled rows; {now.asked_units:,} more in the holdout turn it by themselves",
        )
    return _next(shop, dataset, now, progress)


def _next(shop: Workshop, dataset: Dataset, now: Generation, progress: Report) -> Dataset:
    records, aside = shop.records, Layout(folder=shop.workspace).quarantine
    return taking.turn(records.datasets, records.spec, now.asked, quarantine=aside, progress=progress)
