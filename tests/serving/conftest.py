"""A small but real version: a real encoder and a real model, trained on a few rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from ratchet.data.schema import Schema
from ratchet.features.encoder import Columns
from ratchet.features.table import TableEncoder
from ratchet.kinds.kind import Kind
from ratchet.models.conformal import Conformal
from ratchet.models.family import Model, Shape
from ratchet.models.linear import Linear
from ratchet.spec import CandidateSpec, Serve, Spec

COLUMNS = {"text": Kind.TEXT, "plan": Kind.CATEGORY, "age": Kind.NUMBER, "since": Kind.DATE}


@dataclass(frozen=True, kw_only=True)
class Opened:
    spec: Spec
    schema: Schema
    encoder: TableEncoder
    model: Model
    conformal: Conformal | None


@pytest.fixture(scope="session")
def opened() -> Callable[..., Opened]:
    """Makes opened versions that tell good from bad texts; `bad_bias` makes one that answers otherwise."""
    texts = ["a good film", "a bad film", "good, very good", "bad, very bad", "so good", "so bad"] * 4
    labels = np.array([0, 1] * 12, np.int32)
    columns: Columns = {
        "text": texts,
        "plan": ["basic", "gold"] * 12,
        "age": np.arange(24, dtype=np.float64),
        "since": np.array(["2024-01-01", "2025-01-01"] * 12, "datetime64[us]"),
    }

    def make(*, top: int = 3, flipped: bool = False) -> Opened:
        classes = ("bad", "good") if flipped else ("good", "bad")
        spec = Spec(
            name="films",
            label="verdict",
            columns=COLUMNS,
            labels={"good": "Good one"},
            candidates=(CandidateSpec(family="linear.v1"),),
            serve=Serve(top=top),
        )
        encoder = TableEncoder.fit(columns, COLUMNS, Linear.encoders)
        params = Linear().defaults(Shape(rows=24, classes=2, dense=9, sparse=1))
        model = Linear().fit(encoder.transform(columns), labels, 2, params, seed=0)
        schema = Schema(columns=COLUMNS, label="verdict", classes=classes)
        return Opened(spec=spec, schema=schema, encoder=encoder, model=model, conformal=None)

    return make
