"""Which family a name stands for: ours in literal tables, others by the entry point group ``ratchet.families``.

A package that adds a family names it there and gives an object with the attributes of a `Family` and ``model``, the
class whose ``from_state`` opens what it learned; or one with those of a `ColumnFamily`, whose pipeline is named by the
entry point group ``ratchet.pipelines`` (`ratchet.models.opening`).
"""

from __future__ import annotations

from typing import Any

from ratchet.catalogue import Catalogue
from ratchet.models.boosted import Boosted, BoostedModel
from ratchet.models.ensemble import EnsembleFamily
from ratchet.models.family import Model, Way
from ratchet.models.fasttext import FastText, FastTextModel
from ratchet.models.forest import Forest, ForestModel
from ratchet.models.linear import Linear, LinearModel
from ratchet.models.majority import Majority, MajorityModel
from ratchet.models.network import Network, NetworkModel
from ratchet.models.one_feature import OneFeature, OneFeatureModel
from ratchet.models.pretrained import Pretrained
from ratchet.models.svm import SVM, SVMModel
from ratchet.models.transformer import FineTuned
from ratchet.models.xgboost import XGBoost, XGBoostModel

GROUP = "ratchet.families"
FAMILIES: dict[str, Way] = {
    "majority.v1": Majority(),
    "one_feature.v1": OneFeature(),
    "linear.v1": Linear(),
    "svm.v1": SVM(),
    "boosted.v1": Boosted(),
    "network.v1": Network(),
    "fasttext.v1": FastText(),
    "ensemble.v1": EnsembleFamily(),
    "forest.v1": Forest(),
    "xgboost.v1": XGBoost(),
    "transformer.v1": FineTuned(),
    "pretrained.v1": Pretrained(),
}
MODELS: dict[str, type[Model]] = {
    "majority.v1": MajorityModel,
    "one_feature.v1": OneFeatureModel,
    "linear.v1": LinearModel,
    "svm.v1": SVMModel,
    "boosted.v1": BoostedModel,
    "forest.v1": ForestModel,
    "xgboost.v1": XGBoostModel,
    "network.v1": NetworkModel,
    "fasttext.v1": FastTextModel,
}
BASELINES = ("majority.v1", "one_feature.v1")
"""Always trained where they can read a column, never chosen by a search: what a model has to beat."""
_FAMILIES: Catalogue[Way] = Catalogue("family", GROUP, FAMILIES, BASELINES)


def family(name: str) -> Way:
    """The family called ``name``; raises `SpecError` that names those there are."""
    return _FAMILIES.get(name)


def unknown(name: str) -> str:
    """What to use in the place of a family that there is not, in words; "" where there is one."""
    return "" if _FAMILIES.has(name) else _FAMILIES.hint(name)


def meaning(name: str) -> str:
    """What a family is, in a few words; of one of another package, what it says of itself as ``meaning``, if anything.

    Raises `SpecError` like `family`.
    """
    return str(getattr(family(name), "meaning", "a way of learning"))


def model_type(name: str) -> type[Model]:
    """The class that opens what the family called ``name`` learned; raises `SpecError` like `family`."""
    if name in MODELS:
        return MODELS[name]
    theirs: Any = _FAMILIES.get(name)
    found: type[Model] = theirs.model
    return found
