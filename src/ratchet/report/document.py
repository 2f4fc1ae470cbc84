"""The document of one version: what `show` prints, the page shows and scripts read."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from ratchet.documents import plain
from ratchet.errors import NotFoundError
from ratchet.evaluation import holdout
from ratchet.metrics.catalogue import heading
from ratchet.registry.records import Records
from ratchet.registry.stages import stage
from ratchet.registry.versions import Version


def document(records: Records, number: str | None = None) -> dict[str, Any]:
    """Everything known about a version; the champion, else the newest, by default.

    ``version family dataset holdout metrics baselines decision findings`` stay as they are for scripts; the rest of the
    scorecard stands beside them.  Raises `NotFoundError`.
    """
    version = records.versions.get(number) if number is not None else _default(records)
    dataset = records.datasets.get(version.dataset_id)
    uses = records.holdouts.uses(dataset.split_id)
    standing = stage(version, records.ledger.events())
    return {
        "name": records.spec.name,
        "version": version.number,
        "family": version.family,
        "champion": standing == "champion",
        "stage": standing,
        "created_at": version.created_at,
        "spec": version.learning_hash,
        "dataset": {"id": dataset.id, "rows": dataset.rows},
        "holdout": {
            "id": dataset.split_id,
            "rows": sum(map(sum, version.scorecard.confusion)),
            "uses": len(uses),
        },
        **plain(version.scorecard),
        "headings": {name: heading(name) for name in version.scorecard.metrics},
        "decision": plain(version.decision),
        "findings": plain(records.findings(version.dataset_id, version.learning_hash) or ()),
    }


def worst(records: Records, number: str, count: int = 10) -> list[dict[str, Any]]:
    """The holdout rows that the version is most wrong about, worst first: ``text label predicted confidence``.

    None for a version that today's holdout cannot judge: one of an earlier split, or of other columns.
    """
    opened = records.versions.bundle(number)
    dataset = records.newest()
    frame = records.datasets.frame(dataset)
    held = holdout.take(frame, dataset.schema, records.spec, dataset.split_id)
    if not held.judges(opened.manifest.split_id, opened.schema.features):
        return []
    probabilities = held.probabilities(opened.pipeline, opened.schema.classes)
    truth = probabilities[np.arange(len(held)), held.labels]
    rows = frame.filter(pl.col("_side") == "holdout").select(list(dataset.schema.features))
    return [
        {
            "text": ", ".join(f"{name} {value}" for name, value in rows.row(at, named=True).items())[:400],
            "label": held.classes[held.labels[at]],
            "predicted": held.classes[probabilities[at].argmax()],
            "confidence": float(probabilities[at].max()),
        }
        for at in np.argsort(truth, kind="stable")[:count].tolist()
        if probabilities[at].argmax() != held.labels[at]
    ]


def _default(records: Records) -> Version:
    champion = records.ledger.champion()
    if champion is not None:
        return records.versions.get(champion)
    versions = records.versions.list()
    if not versions:
        raise NotFoundError(f"'{records.spec.name}' has no version yet", todo="ratchet train")
    return max(versions, key=lambda version: int(version.number))
