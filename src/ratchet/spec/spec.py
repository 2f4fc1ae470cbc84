"""The whole of a spec, and what of it is learned."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Self

from pydantic import Field, model_validator

from ratchet.kinds.kind import FEATURES, MEDIA, Kind
from ratchet.metrics import catalogue as metrics
from ratchet.spec.access import Access
from ratchet.spec.gate import Gate
from ratchet.spec.learning import CandidateSpec, Ingest, Search, Split
from ratchet.spec.names import why_not
from ratchet.spec.privacy import Privacy
from ratchet.spec.section import Section
from ratchet.spec.serve import Serve
from ratchet.spec.text import TextSpec
from ratchet.spec.traffic import TrafficSpec

LEARNING = ("label", "columns", "text", "ingest", "split", "candidates", "search")
"""The keys that say what is learned; of ``[gate]`` it is the metric, by which trials are chosen."""

_TOLD = (Kind.TIME, Kind.SPLIT, Kind.GROUP)
"""Kinds of columns by which rows are told apart, so that what they hold is written down in many places."""
_EXACT = 2**53
"""Floats hold every integer up to this one."""


class Spec(Section):
    """What to learn, from which columns, and what "better" means (``ratchet.toml``)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")
    """What the classifier is called, also in addresses: small letters, digits, - and _."""
    label: str = Field(min_length=1)
    """The column to learn."""
    columns: dict[str, Kind] = Field(min_length=1)
    """Each column with its kind."""
    text: dict[str, TextSpec] = Field(default_factory=dict)
    """How text columns are cleaned."""
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
    traffic: TrafficSpec = TrafficSpec()
    """How people are dealt among versions that answer beside the champion."""
    access: Access = Access()
    """Which pages may ask, and how often anybody may."""
    privacy: Privacy = Privacy()
    """What is kept of the rows that are answered, and for how long."""

    @staticmethod
    def choices() -> Mapping[str, Mapping[str, str]]:
        """The words that a spec may choose from, each with its meaning: kinds of columns, and metrics for the gate."""
        return {
            "Kinds of columns": {str(kind): kind.column.meaning for kind in Kind},
            "Metrics for the gate": {name: metrics.metric(name).meaning for name in metrics.choosable()},
        }

    @model_validator(mode="after")
    def _columns_can_be_called_so(self) -> Self:
        for name in (self.label, *self.columns, *self.gate.slices):
            if why := why_not(name):
                raise ValueError(f"columns with names of their own; {name[:60]!r} is {why}: rename it in the table")
        return self

    @model_validator(mode="after")
    def _columns_fit_together(self) -> Self:
        if self.label in self.columns:
            raise ValueError(f"columns without the label '{self.label}': a label is not learned from itself")
        if not any(kind.is_feature for kind in self.columns.values()):
            raise ValueError(f"at least one column of kind {', '.join(FEATURES[:-1])} or {FEATURES[-1]}")
        for kind in (Kind.TIME, Kind.SPLIT, Kind.GROUP):
            names = [name for name, each in self.columns.items() if each is kind]
            if len(names) > 1:
                raise ValueError(f"at most one {kind} column, found {', '.join(names)}")
        return self

    @model_validator(mode="after")
    def _texts_are_cleaned(self) -> Self:
        texts = [name for name, kind in self.columns.items() if kind is Kind.TEXT]
        if strangers := sorted(self.text.keys() - set(texts)):
            known = f"columns of kind text ({', '.join(texts)})" if texts else "columns of kind text: there are none"
            raise ValueError(f"sections [text.COLUMN] only for {known}, found {', '.join(strangers)}")
        return self

    @model_validator(mode="after")
    def _encoders_are_for_something(self) -> Self:
        for number, candidate in enumerate(self.candidates):
            if strangers := candidate.strangers(self.columns):
                features = [name for name, kind in self.columns.items() if kind.is_feature]
                raise ValueError(
                    f"candidates.{number}.encoders only for columns that a model sees ({', '.join(features)}) or kinds "
                    f"({', '.join(FEATURES)}), found {', '.join(strangers)}"
                )
        return self

    @model_validator(mode="after")
    def _accepts_columns_there_are(self) -> Self:
        for each in self.ingest.accept:
            _, of_one, column = each.partition(":")
            if of_one and column not in {*self.columns, self.label}:
                raise ValueError(f"ingest.accept only for columns there are, found {each!r}")
        return self

    @model_validator(mode="after")
    def _privacy_is_of_columns_there_are(self) -> Self:
        columns, whose = {*self.columns, *self.gate.slices}, self.privacy.subject
        if strangers := sorted(self.privacy.columns.keys() - columns):
            raise ValueError(f"privacy.columns only for columns there are, found {', '.join(strangers)}")
        for name, how in self.privacy.columns.items():
            if how == "redact" and self.columns.get(name) in MEDIA:
                raise ValueError(f"privacy.columns.{name} as keep, hash or drop: nothing is redacted in files")
        if whose is not None and (whose == self.label or self.columns.get(whose, Kind.IGNORE) is not Kind.IGNORE):
            raise ValueError(
                f"privacy.subject as a column that is neither the label nor under [columns] (or is ignored there), "
                f"since it is kept as a pseudonym only; found {whose}"
            )
        return self

    @model_validator(mode="after")
    def _encrypts_what_nothing_is_told_by(self) -> Self:
        told = {**dict.fromkeys(self.gate.slices, "a slice"), self.label: "the label"}
        if self.privacy.subject is not None:
            told[self.privacy.subject] = "the subject"
        told |= {name: f"the {kind} column" for name, kind in self.columns.items() if kind in _TOLD}
        for name in self.privacy.encrypt:
            if name in told:
                raise ValueError(f"privacy.encrypt without '{name}': {told[name]} is told apart by what it holds")
            if name not in self.columns:
                raise ValueError(f"privacy.encrypt only for columns there are, found '{name}'")
        return self

    def preparations(self, kinds: Mapping[str, Kind]) -> dict[str, dict[str, Any]]:
        """How the text columns among these that have a section are cleaned, as a recipe says it."""
        return {name: each.preparation(name) for name, each in self.text.items() if name in kinds}

    @property
    def learning(self) -> dict[str, Any]:
        """What is learned, and what from, as plain values: the keys that differ from their defaults.

        Not in it are ignored columns, and how the classifier is operated: its name, display names, ``[serve]``, the
        errors that are accepted, every key of ``[gate]`` but the metric (and of PR-AUC the positive class), and every
        section that is not about learning.
        """
        every = self.model_dump(mode="json", exclude_defaults=True, include={*LEARNING, "gate"})
        every["columns"] = {name: kind for name, kind in every["columns"].items() if kind != Kind.IGNORE}
        every.get("ingest", {}).pop("accept", None)
        gate, chosen = every.pop("gate", {}), ("metric", "positive") if self.gate.metric == "pr_auc" else ("metric",)
        asked = {key: gate[key] for key in chosen if key in gate}
        return {key: part for key, part in every.items() if part} | ({"gate": asked} if asked else {})

    @property
    def learning_hash(self) -> str:
        """Sixteen hex digits that name what is learned; they seed training, and rows are inspected once for each.

        Formatting (``C = 1`` or ``C = 1.0``), the order of keys, spelled-out defaults and keys added with a default do
        not change it; so a default is part of the format, and stays.  Nor does the order of ``[columns]``, which no
        row's identity, side or training depends on.  The order of ``[[candidates]]`` does: trials are shared out, and
        ties broken, by it.
        """
        body = json.dumps(_learned(self.learning), sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(body.encode(), digest_size=8).hexdigest()

    def of_kind(self, kind: Kind) -> str | None:
        """The one column of a kind that may occur once (time, split, group), or None."""
        return next((name for name, each in self.columns.items() if each is kind), None)


def _learned(learning: dict[str, Any]) -> dict[str, Any]:
    """The same, where parameters, which have no type of their own, are written alike if they are equal."""
    candidates = learning.get("candidates", ())
    alike = [each | ({"params": _alike(each["params"])} if "params" in each else {}) for each in candidates]
    return learning | {"candidates": alike}


def _alike(value: Any) -> Any:
    """Integers as floats, however deep they lie; those that no float holds exactly stay what they are.

    >>> _alike({"C": 1, "steps": [2, 0.5, True]})
    {'C': 1.0, 'steps': [2.0, 0.5, True]}
    """
    if isinstance(value, dict):
        return {key: _alike(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_alike(each) for each in value]
    whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _EXACT
    return float(value) if whole else value
