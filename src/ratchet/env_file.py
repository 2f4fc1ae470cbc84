"""``.env`` beside ``ratchet.toml``: variables for one workspace; the environment of the process goes before them."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from ratchet.errors import Problem, SettingsError, of_path

FILE = ".env"
_MOST_BYTES = 1 << 20
OF_LIBRARIES = frozenset({
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_USERNAME",
    "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN", "WANDB_API_KEY", "WANDB_BASE_URL", "WANDB_ENTITY",
    "WANDB_MODE", "HF_TOKEN", "PGUSER", "PGPASSWORD",
})  # fmt: skip
"""Names that the command line hands on to the libraries that read them.  No others: a variable such as ``PATH`` or
``PYTHONPATH`` could make a folder that somebody sent run code."""


def place(root: Path) -> Path:
    """Where the file of a folder, or of a spec file, lies or would lie."""
    return (root.parent if root.suffix == ".toml" else root) / FILE


def read(root: Path) -> dict[str, str]:
    """The variables of the file beside a spec; none where there is no such file.

    Values are taken as they stand, without ``$``: a password may hold one.  Raises `SettingsError` that names each line
    that is no ``NAME=VALUE``, without showing it, and `PathError` where the file may not be read.
    """
    path = place(root)
    try:
        if not path.is_file():  # a folder of that name is somebody's virtual environment
            return {}
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise of_path(error, path) from None
    bindings = list(parse_stream(io.StringIO(_text(path, content))))
    wrong = [each for each in bindings if each.error or (each.key is not None and each.value is None)]
    if wrong:
        raise SettingsError(
            f"{path} cannot be read",
            todo="write each line as NAME=VALUE, with quotes around a value of several words; # begins a comment",
            problems=tuple(_problem(path, each) for each in wrong),
        )
    return {each.key: each.value for each in bindings if each.key and each.value is not None}


def warnings(root: Path) -> list[str]:
    """A sentence where others than its owner may read the file beside a spec."""
    path = place(root)
    try:
        open_to_others = path.is_file() and path.stat().st_mode & 0o077
    except OSError:
        return []
    return [f"{path} may be read by others, and may hold passwords: chmod 600 {path}"] if open_to_others else []


def hand_on(variables: Mapping[str, str], environment: MutableMapping[str, str] = os.environ) -> None:
    """Put what libraries read (`OF_LIBRARIES`) into the environment, where it does not say otherwise."""
    for name in OF_LIBRARIES & variables.keys():
        environment.setdefault(name, variables[name])


def _text(path: Path, content: bytes) -> str:
    try:
        if len(content) <= _MOST_BYTES:
            return content.decode("utf-8-sig")
        found = f"more than {_MOST_BYTES >> 20} MB"
    except UnicodeDecodeError:
        found = "bytes that are not UTF-8"
    raise SettingsError(f"{path} cannot be read: it holds {found}", todo="write it anew, as NAME=VALUE lines") from None


def _problem(path: Path, binding: Binding) -> Problem:
    """Where a line is wrong; it is not shown, for it may hold a password."""
    found = f"{binding.key} without a value" if binding.key else "a line of another form"
    first = binding.original.string
    line = binding.original.line + first[: len(first) - len(first.lstrip())].count("\n")
    return Problem(where=f"{path}, line {line}", found=found, expected="NAME=VALUE")
