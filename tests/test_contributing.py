"""CONTRIBUTING.md names files that are there, and says of each thing to add which kit it must pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NAMED = sorted({each for each in re.findall(r"[`(]([\w./-]+/[\w./<>-]*)[`)]", TEXT) if not each.startswith("htmlcov")})
PARTS = dict(re.findall(r"^## Add an? ([\w ]+)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))


def test_each_thing_to_add_is_described() -> None:
    things = "family, encoder, check, gate rule, metric, kind of column, drift statistic, route"
    assert sorted(PARTS) == sorted(things.split(", "))


@pytest.mark.parametrize("thing", PARTS)
def test_each_has_files_and_a_kit(thing: str) -> None:
    assert "`src/ratchet/" in PARTS[thing]
    assert re.search(r"\bkit\b.*`(tests|src/ratchet/testing)/", PARTS[thing])


@pytest.mark.parametrize("name", NAMED)
def test_what_is_named_is_there(name: str) -> None:
    path = ROOT / name.replace("<name>.py", "")
    assert path.exists(), f"{name} is named in CONTRIBUTING.md and is not there"


def test_commands_are_make_targets() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    workflows = "".join(path.read_text(encoding="utf-8") for path in (ROOT / ".github" / "workflows").iterdir())
    named = set(re.findall(r"`make ([\w-]+)", TEXT)) | set(re.findall(r"target: ([\w-]+)", workflows))
    runs = re.findall(r"run: (.*)", workflows)
    assert runs
    assert all(re.fullmatch(r"make ([\w-]+|\$\{\{ matrix\.target \}\})", each) for each in runs), runs
    assert named | {each.split()[1] for each in runs if "$" not in each} <= targets
