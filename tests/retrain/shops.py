"""A small workshop for the steps: a table that is learned in a second, and everything in one folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ratchet.data.ingest.ingest import ingest
from ratchet.engine.inline import InlineEngine
from ratchet.registry.records import Records
from ratchet.retrain.workshop import Workshop
from ratchet.spec import Spec, parse
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from tests.stories.scenes import loans


def spec_of(**more: Any) -> Spec:
    """Two trials of a linear model of the loans."""
    columns = {"income": "number", "age": "number", "housing": "category", "purpose": "category"}
    return parse(
        {
            "name": "loans",
            "label": "outcome",
            "columns": columns,
            "candidates": [{"family": "linear.v1"}],
            "search": {"trials": 2, "folds": 2},
            **more,
        }
    )


def open_shop(folder: Path, **more: Any) -> Workshop:
    """The workshop of a folder; ``more`` are sections of the spec."""
    spec = spec_of(**more)
    database, blobs = Database.open(f"sqlite:///{folder / 'ratchet.db'}"), Blobs.open(folder / "blobs")
    records = Records.of(spec, database, blobs)
    return Workshop(records=records, engine=InlineEngine(), trackers=(), workspace=folder)


def take_in(shop: Workshop, rows: int, seed: int = 0) -> str:
    """Add rows; the id of the dataset that has them."""
    table = shop.workspace / f"loans-{rows}-{seed}.csv"
    loans(rows, seed).write_csv(table)
    aside = shop.workspace / "quarantine"
    return ingest(shop.records.datasets, [str(table)], shop.records.spec, quarantine=aside).dataset.id
