"""The engine kit, over every engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ratchet.engine.catalogue import open_engine
from ratchet.engine.engine import Engine
from ratchet.errors import SettingsError
from ratchet.testing import engines

Check = Callable[[Callable[[], Engine]], None]


@pytest.mark.parametrize("name", ["processes", "inline"])
@pytest.mark.parametrize("check", engines.CHECKS, ids=lambda check: check.__name__)
def test_every_engine(name: str, check: Check) -> None:
    check(lambda: open_engine(name, 2))


@pytest.mark.parametrize("check", engines.KILLING, ids=lambda check: check.__name__)
def test_engines_that_kill(check: Check) -> None:
    check(lambda: open_engine("processes", 2))


def test_an_unknown_engine_names_those_there_are() -> None:
    with pytest.raises(SettingsError, match="processes or inline"):
        open_engine("cloud", 2)
