"""The document of one version: what `show` prints, the page shows and scripts read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import polars as pl

from ratchet.errors import NotFoundError
from ratchet.registry.versions import Version
from ratchet.retrain import holdout
from ratchet.retrain.rooms import Rooms
from ratchet.retrain.rows import findings_key, newest


def document(rooms: Rooms, number: str | None = None) -> dict[str, Any]:
    """Everything known about a version; the champion, else the newest, by default.

    ``version family dataset holdout metrics baselines decision findings`` stay as they are for scripts; the rest of the
    scorecard stands beside them.  Raises `NotFoundError`.
    """
    version = rooms.versions.get(number) if number is not None else _default(rooms)
    dataset = rooms.datasets.get(version.dataset_id)
    scorecard: Mapping[str, Any] = version.scorecard
    return {
        "name": rooms.spec.name,
        "version": version.number,
        "family": version.family,
        "champion": version.number == rooms.ledger.champion(),
        "created_at": version.created_at,
        "spec": version.spec_hash,
        "dataset": {"id": dataset.id, "rows": dataset.rows},
        "holdout": {
            "id": dataset.split_id,
            "rows": sum(map(sum, scorecard["confusion"])),
            "uses": len(rooms.holdouts.uses(dataset.split_id)),
        },
        **scorecard,
        "decision": {**version.decision, "version": version.number},
        "findings": _findings(rooms, version),
    }


def worst(rooms: Rooms, number: str, count: int = 10) -> list[dict[str, Any]]:
    """The holdout rows that the version is most wrong about, worst first: ``text label answer confidence``.

    None for a version that today's holdout cannot judge: one of an earlier split, or of other columns.
    """
    opened = rooms.versions.bundle(number)
    dataset = newest(rooms)
    frame = rooms.datasets.frame(dataset)
    held = holdout.take(frame, dataset.schema, rooms.spec, dataset.split_id)
    if not held.judges(opened):
        return []
    probabilities = held.probabilities(opened.encoder, opened.model, opened.schema.classes)
    truth = probabilities[np.arange(len(held)), held.labels]
    rows = frame.filter(pl.col("_side") == "holdout").select(list(dataset.schema.features))
    return [
        {
            "text": ", ".join(f"{name} {value}" for name, value in rows.row(at, named=True).items())[:400],
            "label": held.classes[held.labels[at]],
            "answer": held.classes[probabilities[at].argmax()],
            "confidence": float(probabilities[at].max()),
        }
        for at in np.argsort(truth, kind="stable")[:count].tolist()
        if probabilities[at].argmax() != held.labels[at]
    ]


def _default(rooms: Rooms) -> Version:
    champion = rooms.ledger.champion()
    if champion is not None:
        return rooms.versions.get(champion)
    versions = rooms.versions.list()
    if not versions:
        raise NotFoundError(f"'{rooms.spec.name}' has no version yet", todo="ratchet train")
    return max(versions, key=lambda version: int(version.number))


def _findings(rooms: Rooms, version: Version) -> Any:
    key = findings_key(version.dataset_id, version.spec_hash)
    return msgspec.json.decode(rooms.blobs.get(key)) if rooms.blobs.exists(key) else []
