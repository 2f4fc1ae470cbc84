"""What learning begins with beside rows and spec, such as the weights of a pretrained network in a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ratchet.errors import RatchetError
from ratchet.features.catalogue import encoder
from ratchet.models.catalogue import family
from ratchet.models.family import Shape
from ratchet.models.recipe import Recipe
from ratchet.spec import CandidateSpec, Spec
from ratchet.training import encoded, trial

_ANY = Shape(rows=1, classes=2)
"""What is read does not depend on the rows."""


def of_spec(spec: Spec) -> tuple[str, ...]:
    """What the candidates of a spec begin with: each family and encoder that reads something, with what names what it
    reads there now.

    What is not there, or cannot be read, is left out: of it nothing is known.
    """
    return _of(spec.candidates)


def of_recipe(recipe: Recipe) -> tuple[str, ...]:
    """What a recipe begins with, as `of_spec`."""
    return _of(recipe.learned)


def _of(ways: Iterable[CandidateSpec | Recipe]) -> tuple[str, ...]:
    looks = list[tuple[str, Callable[[], str]]]()
    for way in ways:
        looks.append((way.family, partial(_of_family, way.family, way.params)))
        looks += [(name, partial(_of_encoder, name)) for name in set(way.encoders.values())]
    found = {(name, _known(look)) for name, look in looks}
    return tuple(sorted(f"{name} {content}" for name, content in found if content))


def _known(look: Callable[[], str]) -> str:
    try:
        return look()
    except RatchetError:
        return ""


def _of_family(name: str, params: Mapping[str, Any]) -> str:
    return trial.content(name, {**family(name).defaults(_ANY), **params})


def _of_encoder(name: str) -> str:
    return encoded.content(encoder(name))
