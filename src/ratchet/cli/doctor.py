"""`doctor`: what is installed, what is missing for which feature, and what to type."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import typer

import ratchet
from ratchet import platforms
from ratchet.cli.render import Output, shown
from ratchet.cli.rows import Json
from ratchet.errors import RatchetError

if TYPE_CHECKING:
    from ratchet.classifier import DatabaseSize

# "a | b" is one package that goes by either name.
FEATURES = {
    "learning (every family that needs no extra)": ("", ("numpy", "scipy", "scikit-learn", "lightgbm", "optuna")),
    "rows (CSV, JSONL, Parquet)": ("", ("polars",)),
    "rows (Excel)": ("excel", ("openpyxl",)),
    "base forms of words (lemmas)": ("lemmas", ("simplemma",)),
    "boosted trees by XGBoost (xgboost.v1)": ("xgboost", ("xgboost-cpu | xgboost",)),
    "sentence embeddings (sentences.v1, pretrained.v1)": ("sentences", ("onnx", "onnxruntime", "tokenizers")),
    "transformers (transformer.v1)": ("torch", ("torch", "transformers", "onnx", "onnxruntime", "tokenizers")),
    "network.v1 with backend 'tensorflow'": ("tensorflow", ("tensorflow-cpu | tensorflow",)),
    "exporting to ONNX": ("onnx", ("onnx", "onnxruntime")),
    "serving": ("", ("fastapi", "uvicorn", "msgspec")),
    "tracking runs in MLflow": ("mlflow", ("mlflow-skinny", "sqlparse")),
    "tracking runs in Weights & Biases": ("wandb", ("wandb",)),
    "PostgreSQL": ("postgres", ("psycopg", "psycopg-binary")),
    "blobs in S3": ("s3", ("s3fs",)),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnosis:
    """One thing looked at: whether it is well, what was found, and what to type where it is not."""

    what: str
    ok: bool
    found: str
    todo: str = ""
    optional: bool = False


def doctor(context: typer.Context, json: Json = False) -> None:
    """Say what is installed, what is missing for which feature, and what to type; exits 2 where the core is unwell."""
    output = Output(json=json)
    workspace, stored = _workspace(context)
    checks = [
        _python(),
        _system(),
        *(_feature(what, *needs) for what, needs in FEATURES.items()),
        _disk(context),
        _settings(),
        workspace,
    ]
    checks = [replace(each, found=shown(each.found), todo=shown(each.todo)) for each in checks]
    if json:
        output.document({"checks": checks, "store": stored})
    else:
        for check in checks:
            mark, style = (
                ("ok", "green") if check.ok else ("missing", "yellow") if check.optional else ("unwell", "red")
            )
            output.console.print(f"[{style}]{mark:>8}[/]  ", end="")
            output.console.print(f"{check.what}: {check.found}", markup=False)
            if check.todo and not check.ok:
                output.console.print(f"          What to do: {check.todo}", markup=False)
    if any(not check.ok and not check.optional for check in checks):
        raise typer.Exit(2)


def _python() -> Diagnosis:
    found = f"{platform.python_version()}, Ratchet {ratchet.__version__}, {platform.system()} {platform.machine()}"
    return Diagnosis(what="Python", ok=sys.version_info >= (3, 11), found=found, todo="install Python 3.11 or later")


def _system() -> Diagnosis:
    absent = platforms.missing()
    return Diagnosis(
        what="operating system",
        ok=not absent,
        found=f"{platform.system()} has no {', '.join(absent)}" if absent else f"{platform.system()}, supported",
        todo="run Ratchet on Linux or macOS; on Windows in WSL 2 or a Linux container",
    )


def _feature(what: str, extra: str, packages: tuple[str, ...]) -> Diagnosis:
    found, missing = [], []
    for package in packages:
        installed = [f"{each} {number}" for each in package.split(" | ") if (number := _installed(each))]
        if installed:
            found.append(installed[0])
        else:
            missing.append(package.replace(" | ", " or "))
    return Diagnosis(
        what=what,
        ok=not missing,
        found=", ".join(found) if not missing else f"{', '.join(missing)} not installed",
        todo=f"pip install 'ratchet-ml[{extra}]'" if extra else "pip install --force-reinstall ratchet-ml",
        optional=bool(extra),
    )


def _installed(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _settings() -> Diagnosis:
    from ratchet.settings import misspelt

    wrong = misspelt(os.environ)
    return Diagnosis(
        what="settings",
        ok=not wrong,
        found=" ".join(wrong) or "every RATCHET_ variable is known",
        todo="rename or unset it: it has no effect",
        optional=True,
    )


def _disk(context: typer.Context) -> Diagnosis:
    there = next(each for each in (context.obj.absolute(), *context.obj.absolute().parents) if _is_there(each))
    free = shutil.disk_usage(there).free
    return Diagnosis(
        what="disk",
        ok=free > 1_000_000_000,
        found=f"{free / 1e9:.1f} GB free",
        todo="free some space: datasets need it",
    )


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # it may not be looked for
        return False


def _workspace(context: typer.Context) -> tuple[Diagnosis, DatabaseSize | None]:
    """Whether the classifier here can be opened, and what its database holds."""
    if not _is_there(context.obj / "ratchet.toml"):
        found = f"no ratchet.toml in {context.obj.resolve()}"
        todo = "ratchet init DATA --label COLUMN"
        return Diagnosis(what="workspace", ok=False, found=found, todo=todo, optional=True), None
    try:
        with ratchet.open(context.obj) as classifier:
            versions, champion, stored = classifier.versions(), classifier.champion(), classifier.stored()
            classifier.schema()  # loads what answers here
            problem = classifier.live().problem
    except RatchetError as error:
        return Diagnosis(what="workspace", ok=False, found=error.problem, todo=error.todo), None
    if problem is not None:
        todo = "restore its files from a copy, or: ratchet rollback --reason WHY"
        return Diagnosis(what="champion", ok=False, found=problem, todo=todo), stored
    found = (
        f"{len(versions)} version(s), champion {champion or 'none yet'}; "
        f"{stored.kind} with {sum(each.rows for each in stored.tables):,} rows in {stored.bytes / 1e6:.1f} MB"
    )
    return Diagnosis(what="workspace", ok=True, found=found), stored
