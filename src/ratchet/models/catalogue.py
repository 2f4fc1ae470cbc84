"""Which family a name stands for: ours in literal tables, others by the entry point group ``ratchet.families``.

A package that adds a family names it there and gives an object with the attributes of a `Family` and ``model``, the
class whose ``from_state`` opens what it learned; or one with those of a `ColumnFamily`, whose pipeline is named by the
entry point group ``ratchet.pipelines`` (`ratchet.models.opening`).
"""

from __future__ import annotations

from importlib.metadata import EntryPoints, entry_points

from ratchet.errors import SpecError
from ratchet.models.boosted import Boosted, BoostedModel
from ratchet.models.family import ColumnFamily, Family, Model
from ratchet.models.linear import Linear, LinearModel
from ratchet.models.majority import Majority, MajorityModel
from ratchet.models.one_feature import OneFeature, OneFeatureModel

GROUP = "ratchet.families"
FAMILIES: dict[str, Family | ColumnFamily] = {
    "majority.v1": Majority(),
    "one_feature.v1": OneFeature(),
    "linear.v1": Linear(),
    "boosted.v1": Boosted(),
}
MODELS: dict[str, type[Model]] = {
    "majority.v1": MajorityModel,
    "one_feature.v1": OneFeatureModel,
    "linear.v1": LinearModel,
    "boosted.v1": BoostedModel,
}
BASELINES = ("majority.v1", "one_feature.v1")
"""Always trained, never chosen by a search: what a model has to beat."""


def family(name: str) -> Family | ColumnFamily:
    """The family called ``name``; raises `SpecError` that names those there are."""
    if name in FAMILIES:
        return FAMILIES[name]
    others = _others(name)
    found: Family | ColumnFamily = others[name].load()
    return found


def model_type(name: str) -> type[Model]:
    """The class that opens what the family called ``name`` learned; raises `SpecError` like `family`."""
    if name in MODELS:
        return MODELS[name]
    others = _others(name)
    found: type[Model] = others[name].load().model
    return found


def _others(name: str) -> EntryPoints:
    others = entry_points(group=GROUP)
    if name in others.names:
        return others
    known = ", ".join(sorted({*FAMILIES, *others.names}))
    raise SpecError(f"there is no family '{name}'", todo=f"use one of {known}, or install the package that has it")
