"""The document of one version: what `show` prints, the page shows and scripts read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ratchet.errors import NotFoundError
from ratchet.registry.versions import Version
from ratchet.retrain.flow import findings_key
from ratchet.retrain.rooms import Rooms


def document(rooms: Rooms, number: str | None = None) -> dict[str, Any]:
    """Everything known about a version; the champion, else the newest, by default.

    ``version family dataset holdout metrics baselines decision findings`` stay as they are for scripts; the rest of the
    scorecard stands beside them.  Raises `NotFoundError`.
    """
    version = rooms.versions.get(number) if number is not None else _default(rooms)
    dataset = rooms.datasets.get(version.dataset_id)
    scorecard: Mapping[str, Any] = version.scorecard
    return {
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
