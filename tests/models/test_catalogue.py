from __future__ import annotations

import pytest

from ratchet.errors import SpecError
from ratchet.models.catalogue import family, model_type


def test_an_unknown_name_tells_the_known_ones() -> None:
    with pytest.raises(SpecError, match=r"linear\.v1"):
        family("linear.v99")
    with pytest.raises(SpecError, match="install the package"):
        model_type("linear.v99")
