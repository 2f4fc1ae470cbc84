"""Whether there is anything to learn: the same rows by the same recipe give the same model, and the same evidence."""

from __future__ import annotations

from typing import Any

from ratchet.errors import NotFoundError
from ratchet.registry import bundle as bundles
from ratchet.registry.manifest import Manifest
from ratchet.registry.versions import Version
from ratchet.retrain.steps.gate import judging
from ratchet.retrain.steps.train import carried
from ratchet.retrain.workshop import Workshop
from ratchet.spec import parse
from ratchet.training import beginnings

SEARCHLESS = "without a search: "
"""How the reason of a run begins that fitted a known recipe again: after it, there is still something to look for."""


def recipe_version(shop: Workshop, name: str) -> str:
    """The number of the version whose recipe is meant; raises `NotFoundError` where there is none."""
    number = shop.records.ledger.champion() if name == "champion" else name
    if number is None:
        raise NotFoundError(
            "there is no champion whose recipe could be fitted again", todo="ratchet train looks for one"
        )
    return shop.records.versions.get(number).number


def unchanged(shop: Workshop, dataset_id: str, recipe_of: str | None = None) -> Version | None:
    """The version that learned these rows by this spec and was judged by it, as things stand; None where none was.

    With ``recipe_of``, one that learned them by the recipe of that version; else one that was searched for.  It stands
    if it is champion, or if the champion that it was held against still is, and if all that learning begins with, such
    as the weights in a model's folder, is what it was, or is not there.  Then a training would only ask the holdout
    what it has answered.
    """
    champion = shop.records.ledger.champion()
    for version in reversed(shop.records.versions.list()):
        same = version.dataset_id == dataset_id and version.learning_hash == shop.records.spec.learning_hash
        stands = same and champion in (version.number, version.champion) and _asked_for(shop, version) == _asked(shop)
        if stands and _as_wished(shop, version, recipe_of) and _begins_alike(shop, version, recipe_of):
            return version
    return None


def _as_wished(shop: Workshop, version: Version, recipe_of: str | None) -> bool:
    if recipe_of is None:
        return version.run_id is None or not shop.records.runs.get(version.run_id).reason.startswith(SEARCHLESS)
    versions = shop.records.versions
    return versions.bundle(version.number).recipe == versions.bundle(recipe_of).recipe


def _begins_alike(shop: Workshop, version: Version, recipe_of: str | None) -> bool:
    if recipe_of is None:
        now = beginnings.of_spec(shop.records.spec)
    else:
        now = beginnings.of_recipe(shop.records.versions.bundle(recipe_of).recipe)
    return set(now) <= set(_manifest(shop, version).begun_with)


def _asked(shop: Workshop) -> dict[str, Any]:
    return carried(shop.records.spec) | judging(shop.records.spec)


def _asked_for(shop: Workshop, version: Version) -> dict[str, Any]:
    spec = parse(_manifest(shop, version).spec)
    return carried(spec) | judging(spec)


def _manifest(shop: Workshop, version: Version) -> Manifest:
    return bundles.look(shop.records.blobs.local_folder(version.bundle_key))[1]
