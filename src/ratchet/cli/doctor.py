"""`doctor`: what is installed, what is missing for which feature, whether what is set answers, and what to type."""

from __future__ import annotations

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
    from ratchet.reach import Reached

_OPEN_WITHIN = 120.0
"""Seconds in which the workspace must open and its champion load."""
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
    "asking a server (ratchet.client)": ("client", ("httpx",)),
    "serving": ("", ("fastapi", "uvicorn", "msgspec")),
    "tracking runs in MLflow": ("mlflow", ("mlflow-skinny", "sqlparse")),
    "tracking runs in Weights & Biases": ("wandb", ("wandb",)),
    "PostgreSQL": ("postgres", ("psycopg", "psycopg-binary")),
    "blobs in S3": ("s3", ("s3fs",)),
    "signing in by OpenID Connect": ("oidc", ("authlib", "httpx", "joserfc")),
    "limits that several hosts share": ("redis", ("limits", "redis")),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnosis:
    """One thing looked at: whether it is well, what was found, and what to type where it is not."""

    what: str
    ok: bool
    found: str
    todo: str = ""
    optional: bool = False
    code: int = 2
    """What the command exits with where this is unwell."""


def doctor(context: typer.Context, json: Json = False) -> None:
    """Say what is installed, what is missing, and whether what is set answers; exits 2 where the core is unwell.

    Tried are database, bucket, trackers, webhook and certificate, each for seconds only; where all that is wrong is
    that one is away, it exits 3.
    """
    output = Output(json=json)
    tried = _tried(context)
    workspace, stored = _workspace(context, tried)
    checks = [
        _python(),
        _system(),
        *(_feature(what, *needs) for what, needs in FEATURES.items()),
        _disk(context),
        _settings(context),
        *tried,
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
    if unwell := [check.code for check in checks if not check.ok and not check.optional]:
        raise typer.Exit(min(unwell))


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


def _settings(context: typer.Context) -> Diagnosis:
    from ratchet.settings import Settings, warnings

    try:
        wrong = warnings(context.obj)
        Settings(root=context.obj)
    except RatchetError as error:
        found = "; ".join([error.problem, *map(str, error.problems)])
        return Diagnosis(what="settings", ok=False, found=found, todo=error.todo)
    return Diagnosis(
        what="settings",
        ok=not wrong,
        found=" ".join(wrong) or "every RATCHET_ variable is known",
        todo="rename or unset what has no effect",
        optional=True,
    )


def _tried(context: typer.Context) -> list[Diagnosis]:
    from ratchet.reach import reached  # it brings SQLAlchemy, as opening a workspace does

    try:
        return [*map(_diagnosis, reached(context.obj)), *_certificate(context)]
    except RatchetError:  # the line of the settings says why
        return []


def _certificate(context: typer.Context) -> list[Diagnosis]:
    """The pair that a server would speak https with, looked over as it would be."""
    from ratchet.settings import Settings
    from ratchet.web.tls import certificate

    what, settings = "certificate", Settings(root=context.obj)
    try:
        found = certificate(settings.tls_cert, settings.tls_key)
    except RatchetError as error:
        return [Diagnosis(what=what, ok=False, found=error.problem, todo=error.todo)]
    if found is None:
        return []
    if notices := found.notices:
        todo = "renew it, or close the key to others, as said"
        return [Diagnosis(what=what, ok=False, found="; ".join(notices), todo=todo, optional=not found.expired)]
    return [Diagnosis(what=what, ok=True, found=f"{settings.tls_cert} holds until {found.ends:%Y-%m-%d}, with its key")]


def _diagnosis(reached: Reached) -> Diagnosis:
    found, todo = reached.found, reached.todo
    return Diagnosis(what=reached.what, ok=reached.ok, found=found, todo=todo, code=3 if reached.exit_code == 3 else 2)


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


def _workspace(context: typer.Context, tried: list[Diagnosis]) -> tuple[Diagnosis, DatabaseSize | None]:
    """Whether the classifier here can be opened, and what its database holds."""
    if not _is_there(context.obj / "ratchet.toml"):
        found = f"no ratchet.toml in {context.obj.resolve()}"
        todo = "ratchet init DATA --label COLUMN"
        return Diagnosis(what="workspace", ok=False, found=found, todo=todo, optional=True), None
    if away := [each for each in tried if not each.ok and each.what in {"database", "bucket"}]:
        found = f"not opened, since its {away[0].what} cannot be used"
        return Diagnosis(what="workspace", ok=False, found=found, todo=away[0].todo, code=away[0].code), None
    from ratchet.reach import attempt

    opened: list[tuple[Diagnosis, DatabaseSize]] = []
    came = attempt("workspace", lambda: _opened(context, opened), patience=_OPEN_WITHIN)
    return opened[0] if opened else (_diagnosis(came), None)


def _opened(context: typer.Context, opened: list[tuple[Diagnosis, DatabaseSize]]) -> str:
    with ratchet.open(context.obj) as classifier:
        versions, champion, stored = classifier.versions(), classifier.champion(), classifier.stored()
        classifier.schema()  # loads what answers here
        problem = classifier.live().problem
    found = (
        f"{len(versions)} version(s), champion {champion or 'none yet'}; "
        f"{stored.kind} with {sum(each.rows for each in stored.tables):,} rows in {stored.bytes / 1e6:.1f} MB"
    )
    well = Diagnosis(what="workspace", ok=True, found=found)
    if problem is not None:
        todo = "restore its files from a copy, or: ratchet rollback --reason WHY"
        well = Diagnosis(what="champion", ok=False, found=problem, todo=todo)
    opened.append((well, stored))
    return well.found
