from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints

import pytest

from ratchet.catalogue import Catalogue
from ratchet.errors import SpecError

GROUP = "ratchet.numbers"
NUMBERS = Catalogue("number", GROUP, {"one": 1, "two": 2})


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    points = EntryPoints(
        [
            EntryPoint(name="speed", value="scipy.constants:c", group=GROUP),
            EntryPoint(name="one", value="scipy.constants:c", group=GROUP),
            EntryPoint(name="broken", value="scipy.constants:absent", group=GROUP),
            EntryPoint(name="gone", value="no_such_package:x", group=GROUP),
        ]
    )
    monkeypatch.setattr("ratchet.catalogue.entry_points", lambda *, group: points.select(group=group))


def test_ours_are_found_and_others_are_told_of() -> None:
    assert (NUMBERS.find("two"), NUMBERS.find("three"), NUMBERS.others()) == (2, None, [])
    with pytest.raises(SpecError, match="there is no number 'three'") as refused:
        NUMBERS.get("three")
    assert refused.value.todo == "use one of one, two, or install the package that has it"


@pytest.mark.usefixtures("installed")
def test_a_package_adds_names_and_takes_none_away() -> None:
    assert NUMBERS.get("speed") == 299_792_458
    assert NUMBERS.get("one") == 1
    assert NUMBERS.others() == ["broken", "gone", "speed"]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(("name", "why"), [("broken", "AttributeError"), ("gone", "ModuleNotFoundError")])
def test_a_package_that_cannot_be_loaded_is_told_in_words(name: str, why: str) -> None:
    with pytest.raises(SpecError, match=f"the number '{name}' cannot be loaded: {why}") as refused:
        NUMBERS.get(name)
    assert "reinstall that package" in refused.value.todo
