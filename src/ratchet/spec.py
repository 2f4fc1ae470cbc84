"""The Spec: what to learn, from which columns, and what "better" means.

Everything in it changes the result, so its hash is its identity.  Where things run is `ratchet.settings`.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ratchet.errors import Problem, SpecError

FILE = "ratchet.toml"


class Kind(StrEnum):
    """What a column holds, and so what is done with it."""

    TEXT = "text"
    NUMBER = "number"
    CATEGORY = "category"
    DATE = "date"
    IMAGE = "image"
    AUDIO = "audio"
    IGNORE = "ignore"
    GROUP = "group"
    TIME = "time"
    SPLIT = "split"

    @property
    def is_feature(self) -> bool:
        """Whether a model sees the column."""
        return self not in {Kind.IGNORE, Kind.GROUP, Kind.TIME, Kind.SPLIT}


METRICS = (
    "accuracy", "macro_f1", "weighted_f1", "macro_precision", "macro_recall", "roc_auc", "pr_auc", "log_loss", "brier",
)  # fmt: skip
Metric = Literal[
    "accuracy",
    "macro_f1",
    "weighted_f1",
    "macro_precision",
    "macro_recall",
    "roc_auc",
    "pr_auc",
    "log_loss",
    "brier",
]

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def _seconds(value: object) -> object:
    """'10m' -> 600.0; numbers stay, as seconds."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhd])\s*", value) if isinstance(value, str) else None
    if match:
        return float(match[1]) * _UNITS[match[2]]
    if isinstance(value, str):
        raise ValueError("a duration such as '90s', '10m', '2h' or '1d'")
    return value


Duration = Annotated[float, BeforeValidator(_seconds), Field(gt=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Ingest(_Part):
    """Which rows are good enough to learn from."""

    max_bad: Fraction = 0.05
    """The share of rows that may be set aside as unreadable before an ingest is refused."""
    max_classes: int = Field(default=1_000, ge=2)
    """More different labels than this look like an id or a number, and are refused."""
    max_cell: int = Field(default=10_000_000, ge=1)
    """The longest text of one cell, in characters; rows with a longer one are set aside."""


class Split(_Part):
    """Which rows are held out.  Frozen: changing it after the first ingest starts a new holdout."""

    holdout: Fraction = 0.2
    tune: Fraction = 0.1
    seed: int = 0
    near_duplicates: bool = True
    """Keep near-duplicates of holdout rows out of training."""

    @model_validator(mode="after")
    def _leaves_rows_to_train(self) -> Self:
        if self.holdout + self.tune >= 0.9:
            raise ValueError("holdout + tune below 0.9, so that rows are left to train on")
        return self


class CandidateSpec(_Part):
    """One way of learning that competes, and what is fixed about it."""

    family: str
    params: dict[str, Any] = Field(default_factory=dict)


class Search(_Part):
    """How the best settings of each family are looked for."""

    method: Literal["grid", "random", "bayes"] = "bayes"
    trials: int = Field(default=20, ge=1)
    folds: int = Field(default=5, ge=2)
    budget: Duration = 180.0
    memory_mb: int = Field(default=8_000, ge=256)
    """The memory one trial may take; a trial that takes more is killed."""


class Gate(_Part):
    """What "better" means."""

    metric: Metric = "macro_f1"
    floor: float | None = Field(default=None, ge=0, le=1)
    confidence: float = Field(default=0.95, ge=0.5, lt=1)
    rule: Literal["better", "no_worse"] = "better"
    margin: float = Field(default=0.01, ge=0, le=1)
    p99_ms: float | None = Field(default=None, gt=0)
    bundle_mb: float | None = Field(default=None, gt=0)
    slices: tuple[str, ...] = ()


class Serve(_Part):
    """How answers are given."""

    top: int = Field(default=3, ge=1)
    coverage: float | None = Field(default=None, gt=0, lt=1)
    """Answer with a set that holds the true class this often; abstain when it is not a single class."""


class Spec(_Part):
    """What to learn, from which columns, and what "better" means (``ratchet.toml``)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")
    label: str = Field(min_length=1)
    columns: dict[str, Kind] = Field(min_length=1)
    labels: dict[str, str] = Field(default_factory=dict)
    ingest: Ingest = Ingest()
    split: Split = Split()
    candidates: tuple[CandidateSpec, ...] = Field(min_length=1)
    search: Search = Search()
    gate: Gate = Gate()
    serve: Serve = Serve()

    @model_validator(mode="after")
    def _columns_fit_together(self) -> Self:
        if self.label in self.columns:
            raise ValueError(f"columns without the label '{self.label}': a label is not learned from itself")
        if not any(kind.is_feature for kind in self.columns.values()):
            raise ValueError("at least one column of kind text, number, category, date, image or audio")
        for kind in (Kind.TIME, Kind.SPLIT, Kind.GROUP):
            names = [name for name, each in self.columns.items() if each is kind]
            if len(names) > 1:
                raise ValueError(f"at most one {kind} column, found {', '.join(names)}")
        return self

    @property
    def hash(self) -> str:
        """Sixteen hex digits that name this spec; formatting, key order and spelled-out defaults do not change them.

        The order of ``[[candidates]]`` does, being the order in which they are tried.
        """
        body = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(body.encode(), digest_size=8).hexdigest()

    def of_kind(self, kind: Kind) -> str | None:
        """The one column of a kind that may occur once (time, split, group), or None."""
        return next((name for name, each in self.columns.items() if each is kind), None)


def load(path: Path) -> Spec:
    """The spec in a TOML file.

    Raises `SpecError` that lists every mistake with its key, what was found and what was expected.
    """
    try:
        body = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise SpecError(
            f"there is no {path.name} in {path.parent}", todo="ratchet init DATA --label COLUMN writes one"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecError(f"{path} is not TOML: {error}", todo="correct that place; nothing else was read") from None
    return parse(body, where=path.name)


def parse(body: dict[str, Any], *, where: str = FILE) -> Spec:
    """The spec in a mapping; raises `SpecError` like `load`."""
    try:
        return Spec.model_validate(body)
    except ValidationError as error:
        problems = tuple(_problem(where, each) for each in error.errors(include_url=False))
        count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        raise SpecError(f"{where} has {count}", problems=problems, todo="correct each key named above") from None


def _problem(where: str, error: Any) -> Problem:
    key = ".".join(str(part) for part in error["loc"]) or "the whole file"
    found = repr(error["input"]) if error["type"] != "missing" else "nothing"
    expected = error["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if error["type"] == "extra_forbidden":
        found, expected = f"an unknown key ({found})", "only the keys of docs/reference/spec.md"
    if error["type"] == "missing":
        expected = "this key: it is required"
    return Problem(where=f"{where}: {key}", found=found[:120], expected=expected)
