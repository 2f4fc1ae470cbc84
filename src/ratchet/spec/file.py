"""The spec as a file: read, and refused with every mistake located."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ratchet.errors import Problem, SpecError
from ratchet.spec.spec import Spec
from ratchet.words import plain

FILE = "ratchet.toml"
DEEPEST = 32
"""How deep tables and arrays may lie in each other: what is read here is written as JSON, hashed and sent elsewhere."""


def load(path: Path) -> Spec:
    """The spec in a TOML file.

    Raises `SpecError`, and nothing else, that lists every mistake with its key, what was found and what was expected.
    """
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise SpecError(
            f"there is no {path.name} in {path.parent}", todo="ratchet init DATA --label COLUMN writes one"
        ) from None
    except IsADirectoryError:
        raise SpecError(f"{path} is a folder and no file", todo="move it away; ratchet init writes the file") from None
    except OSError as error:
        raise SpecError(f"{path} cannot be read: {error.strerror}", todo="see that you may read it") from None
    except (ValueError, RecursionError) as error:
        raise SpecError(f"{path} is not TOML: {_in_words(error)}", todo="correct that; nothing else was read") from None
    return parse(body, where=path.name)


def parse(body: dict[str, Any], *, where: str = FILE) -> Spec:
    """The spec in a mapping; raises `SpecError` like `load`."""
    if _is_deeper_than(DEEPEST, body):
        raise SpecError(f"{where} is nested more than {DEEPEST} deep", todo="write params as flat keys and values")
    try:
        return Spec.model_validate(body)
    except ValidationError as error:
        problems = tuple(_problem(where, each) for each in error.errors(include_url=False))
        count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        raise SpecError(f"{where} has {count}", problems=problems, todo="correct each key named above") from None


def _in_words(error: Exception) -> str:
    match error:
        case tomllib.TOMLDecodeError() | UnicodeDecodeError():
            return str(error)
        case RecursionError():
            return "it is nested too deeply"
    return "it holds a number of thousands of digits"


def _is_deeper_than(levels: int, value: object) -> bool:
    """Whether more mappings and lists than that lie in each other; looked at level by level, however many there are."""
    inside: list[object] = [value]
    for _ in range(levels + 1):
        inside = [each for outer in inside for each in _contents(outer)]
    return bool(inside)


def _contents(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list | tuple) else ()


def _problem(where: str, error: Any) -> Problem:
    expected = plain(error["msg"])
    if not error["loc"]:  # of keys that are good one by one; the input is all of them
        return Problem(where=where, found="keys that do not go together", expected=expected)
    key = ".".join(str(part) for part in error["loc"])
    found = repr(error["input"]) if error["type"] != "missing" else "nothing"
    if error["type"] == "extra_forbidden":
        found, expected = (
            f"an unknown key ({found})",
            "a key of the spec: `ratchet explain-error spec` lists the tables",
        )
    if error["type"] == "missing":
        expected = "this key: it is required"
    return Problem(where=f"{where}: {key}", found=found[:120], expected=expected)
