"""Every family there is keeps every promise of its seam."""

from __future__ import annotations

import pytest

from ratchet.models.catalogue import BASELINES, FAMILIES, MODELS, family, model_type
from ratchet.models.family import ColumnFamily, Composite
from ratchet.testing.families import check_family


@pytest.mark.parametrize("name", MODELS)
def test_it_keeps_its_promises(name: str) -> None:
    made = family(name)
    assert not isinstance(made, ColumnFamily | Composite)
    check_family(made, learns=name != "majority.v1")


def test_names_are_those_of_families_and_models() -> None:
    of_vectors = {name for name in FAMILIES if not isinstance(family(name), ColumnFamily | Composite)}
    assert MODELS.keys() == of_vectors
    assert all(family(name).name == name == model_type(name).family for name in MODELS)
    assert set(BASELINES) <= FAMILIES.keys()
