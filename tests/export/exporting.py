"""Versions to export that were never trained here: the golden bundles, and pipelines made for a test."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from ratchet.clock import now
from ratchet.evaluation.scorecard import Scorecard
from ratchet.export.exported import Exporting
from ratchet.gate.decision import Decision
from ratchet.kinds.kind import Kind
from ratchet.registry import bundle
from ratchet.registry.versions import Version

GOLDEN = sorted(path.parent for path in (Path(__file__).parents[1] / "golden").glob("*/*/bundle"))


def golden(folder: Path) -> Exporting:
    """A golden bundle as version 7 of the classifier ``golden``."""
    return exporting(folder / "bundle", json.loads((folder / "rows.json").read_text("utf-8")))


def exporting(folder: Path, columns: Mapping[str, list[Any]]) -> Exporting:
    """The bundle in ``folder`` as version 7; ``columns`` are the rows that it is checked on."""
    opened = bundle.read(folder)
    features = opened.schema.features
    return Exporting(
        name=opened.spec.name,
        version="7",
        files=folder,
        bundle=opened,
        names=opened.spec.labels,
        sample=lambda: pl.DataFrame([_stored(name, kind, columns[name]) for name, kind in features.items()]),
        shown=_version(opened),
        document=dict,
    )


def _stored(name: str, kind: Kind, values: list[Any]) -> pl.Series:
    return kind.column.typed(pl.Series(name, values, strict=False)).values


def _version(opened: bundle.Bundle) -> Version:
    return Version(
        number="7",
        family=opened.recipe.family,
        dataset_id=opened.manifest.dataset_id,
        learning_hash=opened.manifest.learning_hash,
        created_at=now(),
        scorecard=Scorecard(classes=opened.schema.classes, metrics={}, per_class={}, confusion=(), baselines={}),
        decision=Decision(outcome="promote", checks=(), sentence=""),
        run_id="run",
        bundle_key=f"bundles/golden/{opened.id}",
    )
