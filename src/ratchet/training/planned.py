"""What a spec's candidates are to be learned by, and whether they can be, before a row is read."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from ratchet.errors import MissingExtraError, SpecError
from ratchet.kinds.kind import Kind
from ratchet.models.catalogue import family
from ratchet.models.family import Composite, Shape
from ratchet.models.recipe import Recipe
from ratchet.spec import Spec
from ratchet.training.composites import is_composite
from ratchet.training.fixed import fixed_params
from ratchet.training.reads import unread_columns

_ANY = Shape(rows=1_000, classes=2)
"""Which parameters there are, and what they take, does not depend on the rows."""


def check_candidates(spec: Spec) -> None:
    """Raises `SpecError` for what no rows would mend: a name that nothing has, a value that a family does not take.

    Columns that none of the candidates reads are for the check of them to tell, and whether the library of an extra is
    installed is seen where it is needed.
    """
    with suppress(MissingExtraError):
        fixed_params(spec.candidates, _ANY)
        single = [each for each in spec.candidates if not isinstance(family(each.family), Composite)]
        if not single or all(each.severity != "error" for each in unread_columns(spec.columns, single)):
            planned(spec, spec.columns, _ANY)


def planned(spec: Spec, kinds: Mapping[str, Kind], shape: Shape) -> list[Recipe]:
    """What each candidate fixes, for columns of these kinds; raises `SpecError` for what its family cannot take."""
    features = {name: kind for name, kind in kinds.items() if kind.is_feature}
    params = fixed_params(spec.candidates, shape)
    texts = spec.preparations(features)
    recipes = [
        Recipe.plan(each.family, kinds, params=fixed, encoders=each.encoders_of(features), texts=texts)
        for each, fixed in zip(spec.candidates, params, strict=True)
    ]
    if all(map(is_composite, recipes)):
        raise SpecError(
            f"{recipes[0].family} is made of other candidates, and there are none",
            todo="name others beside it under [[candidates]]",
        )
    return recipes
