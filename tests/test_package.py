"""The package from outside: quick to import, typed, with the doors it names."""

from __future__ import annotations

import doctest
import random
import subprocess
import sys
import tomllib
from pathlib import Path

import polars as pl
import pytest

import ratchet

HEAVY = (
    "numpy",
    "polars",
    "scipy",
    "sklearn",
    "lightgbm",
    "optuna",
    "mlflow",
    "sqlalchemy",
    "fastapi",
    "pydantic",
    "rich",
)


PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def test_no_library_is_held_at_an_old_release() -> None:
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(each for extra in project["optional-dependencies"].values() for each in extra)]
    assert len(asked) > 15
    assert not [each for each in asked if "<" in each or "==" in each.partition(";")[0] or "~=" in each]


def _loaded_after(code: str) -> set[str]:
    told = f"import sys\n{code}\nprint(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert not _loaded_after("import ratchet") & set(HEAVY)


def test_the_command_line_starts_without_the_heavy_libraries() -> None:
    loaded = _loaded_after("import ratchet.cli.main")
    assert not loaded & {"numpy", "polars", "scipy", "sklearn", "lightgbm", "optuna", "mlflow", "sqlalchemy", "fastapi"}


def test_serving_needs_no_training_library() -> None:
    loaded = _loaded_after("import ratchet\nratchet.open, ratchet.serve")
    assert not loaded & {"sklearn", "lightgbm", "optuna", "mlflow", "alembic", "pandas", "matplotlib"}


@pytest.mark.parametrize("name", ratchet.__all__)
def test_every_door_opens(name: str) -> None:
    assert getattr(ratchet, name) is not None


def test_the_names_are_listed() -> None:
    assert set(ratchet.__all__) <= set(dir(ratchet)), "help() and completion go by them"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        ratchet.nonsense


def test_the_first_example_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(0)
    good = "a delight moving bright fine funny warm clever sharp tender"
    bad = "dull weak poor flat cold slow stale grim loud empty"
    lines = [(" ".join(chance.choices((good if at % 2 else bad).split(), k=3)), at % 2) for at in range(400)]
    frame = pl.DataFrame(
        {"text": [text for text, _ in lines], "label": ["pos" if each else "neg" for _, each in lines]}
    )
    frame.write_parquet(tmp_path / "reviews.parquet")
    (tmp_path / "reviews").mkdir()
    (tmp_path / "reviews" / "ratchet.toml").write_text(
        'name = "reviews"\nlabel = "label"\n[columns]\ntext = "text"\n[[candidates]]\nfamily = "linear.v1"\n'
        "[search]\ntrials = 1\nfolds = 2\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RATCHET_ENGINE", "inline")
    monkeypatch.setenv("RATCHET_TRACKING_URI", "off")
    source = (ratchet.__doc__ or "").replace("# doctest: +SKIP", "")
    example = doctest.DocTestParser().get_doctest(source, {}, "ratchet", None, None)
    assert doctest.DocTestRunner().run(example) == doctest.TestResults(failed=0, attempted=2)


def test_a_public_name_stays_what_it_is_whatever_else_was_imported() -> None:
    everything = "import ratchet, ratchet.cli.main, ratchet.system\n"
    twice = "for name in 2 * ratchet.__all__: print(type(getattr(ratchet, name)).__name__)"
    done = subprocess.run([sys.executable, "-c", everything + twice], capture_output=True, text=True, check=True)
    assert "module" not in done.stdout.split()
