"""The Spec: what to learn, from which columns, and what "better" means.

Everything in it changes the result, so its hash is its identity.  Where things run is `ratchet.settings`.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ratchet.errors import Problem, SpecError
from ratchet.kinds.kind import Kind

FILE = "ratchet.toml"


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
    """The share of rows held out: no search, early stopping or calibration ever sees them."""
    tune: Fraction = 0.1
    """The share of rows that larger tables tune on; smaller ones are cross-validated."""
    seed: int = 0
    """Which rows fall where; another seed gives another split."""
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
    """`linear.v1`, `boosted.v1`, or a family of a plug-in."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Parameters that are fixed; the others are searched."""


class Search(_Part):
    """How the best settings of each family are looked for."""

    method: Literal["grid", "random", "bayes"] = "bayes"
    """How settings are proposed; `bayes` is Optuna's TPE."""
    trials: int = Field(default=20, ge=1)
    """How many settings are tried, over all families."""
    folds: int = Field(default=5, ge=2)
    """Folds of the cross-validation, where the table is small enough for one."""
    budget: Duration = 180.0
    """The time a search may take; trials still running then are killed, and the best so far is kept."""
    memory_mb: int = Field(default=8_000, ge=256)
    """The memory one trial may take; a trial that takes more is killed."""


class Gate(_Part):
    """What "better" means."""

    metric: Metric = "macro_f1"
    """What "better" is measured by."""
    floor: float | None = Field(default=None, ge=0, le=1)
    """The first champion's metric must reach this."""
    confidence: float = Field(default=0.95, ge=0.5, lt=1)
    """How sure the gate must be, over all uses of a holdout together."""
    rule: Literal["better", "no_worse"] = "better"
    """Whether a challenger must be better than the champion, or no worse by more than `margin`."""
    margin: float = Field(default=0.01, ge=0, le=1)
    """What `no_worse` tolerates, in units of the metric."""
    p99_ms: float | None = Field(default=None, gt=0)
    """The most milliseconds one answer may take, at the 99th percentile."""
    bundle_mb: float | None = Field(default=None, gt=0)
    """The most megabytes a model may weigh on disk."""
    slices: tuple[str, ...] = ()
    """Columns whose every value must not get worse."""


class Serve(_Part):
    """How answers are given."""

    top: int = Field(default=3, ge=1)
    """How many classes an answer lists."""
    coverage: float = Field(default=0.95, ge=0, lt=1)
    """Each answer's set holds the true class this often; one that is no single class abstains. 0: no sets."""


class Spec(_Part):
    """What to learn, from which columns, and what "better" means (``ratchet.toml``)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")
    """What the classifier is called, also in addresses: small letters, digits, - and _."""
    label: str = Field(min_length=1)
    """The column to learn."""
    columns: dict[str, Kind] = Field(min_length=1)
    """Each column with its kind."""
    labels: dict[str, str] = Field(default_factory=dict)
    """The names people read, for classes that are codes."""
    ingest: Ingest = Ingest()
    """Which rows are good enough."""
    split: Split = Split()
    """Which rows are held out."""
    candidates: tuple[CandidateSpec, ...] = Field(min_length=1)
    """The ways of learning that compete."""
    search: Search = Search()
    """How settings are looked for."""
    gate: Gate = Gate()
    """What "better" means."""
    serve: Serve = Serve()
    """How answers are given."""

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
