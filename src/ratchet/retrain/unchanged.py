"""Whether there is anything to learn: the same rows by the same recipe give the same model, and the same evidence."""

from __future__ import annotations

from typing import Any

from ratchet.registry import bundle as bundles
from ratchet.registry.versions import Version
from ratchet.retrain.steps.gate import judging
from ratchet.retrain.steps.train import carried
from ratchet.retrain.workshop import Workshop
from ratchet.spec import parse


def unchanged(shop: Workshop, dataset_id: str) -> Version | None:
    """The version that learned these rows by this spec and was judged by it, as things stand; None where none was.

    It stands if it is champion, or if the champion that it was held against still is.  Then a training would only ask
    the holdout what it has answered.
    """
    champion = shop.records.ledger.champion()
    for version in reversed(shop.records.versions.list()):
        same = version.dataset_id == dataset_id and version.learning_hash == shop.records.spec.learning_hash
        if same and champion in (version.number, version.champion) and _asked_for(shop, version) == _asked(shop):
            return version
    return None


def _asked(shop: Workshop) -> dict[str, Any]:
    return carried(shop.records.spec) | judging(shop.records.spec)


def _asked_for(shop: Workshop, version: Version) -> dict[str, Any]:
    _, manifest = bundles.look(shop.records.blobs.local_folder(version.bundle_key))
    spec = parse(manifest.spec)
    return carried(spec) | judging(spec)
