"""The package from outside: quick to import, typed, with the doors it names."""

from __future__ import annotations

import subprocess
import sys

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


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        ratchet.nonsense
