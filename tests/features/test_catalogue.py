from __future__ import annotations

import pytest

from ratchet.errors import SpecError
from ratchet.features.catalogue import ENCODERS, encoder


def test_names_are_those_of_the_encoders() -> None:
    assert {name: encoder(name).name for name in ENCODERS} == {name: name for name in ENCODERS}


def test_an_unknown_name_tells_the_known_ones() -> None:
    with pytest.raises(SpecError, match=r"ngrams\.v1"):
        encoder("ngrams.v99")
