"""Collect: the newest rows there are, as a dataset version."""

from __future__ import annotations

from collections.abc import Sequence

from ratchet.data.ingest.ingest import ingest
from ratchet.progress import Progress, Report
from ratchet.retrain.workshop import Workshop
from ratchet.store.workspace import Layout


def collect(shop: Workshop, sources: Sequence[str], progress: Report) -> str:
    """The id of the newest dataset: with the rows of ``sources``, and made to fit the spec if that has changed.

    The same rows give the same id.  May write, so the caller holds the workspace's lock, as for all that takes rows in.
    """
    progress(Progress(stage="collect"))
    records = shop.records
    if not sources and records.newest().fits(records.spec):
        return records.newest().id
    aside = Layout(folder=shop.workspace).quarantine
    return ingest(records.datasets, sources, records.spec, quarantine=aside, progress=progress).dataset.id
