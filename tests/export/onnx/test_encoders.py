"""Encoders in a graph give what they give in NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from ratchet.export.onnx.encoders import ENCODERS
from ratchet.export.onnx.graph import DOUBLE, FLOAT, INT64, STRING, Graph
from ratchet.features.catalogue import encoder
from ratchet.features.encoder import Column, Target

onnxruntime = pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")


def _both(name: str, kind: int, learned: Column, asked: Column, sent: npt.NDArray[Any]) -> tuple[Any, Any]:
    """What the graph and what NumPy give for a column, dense."""
    target = Target(np.arange(len(learned), dtype=np.int32) % 3, 3)
    fitted, graph = encoder(name)().fit(learned, target), Graph()
    graph.node("Identity", ENCODERS[name](graph, graph.input("x", kind), fitted.state()), output="out")
    made = graph.model({"out": (FLOAT, ["rows", None])}, "test").SerializeToString()
    session = onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": sent})[0], fitted.transform(asked).dense


def test_days_of_two_centuries_and_whole_seconds_are_equal_to_the_bit() -> None:
    chance = np.random.default_rng(0)
    seconds = chance.integers(-2_208_988_800, 4_102_444_800, 3_000) * np.array(1_000_000)
    edges = np.array(["1900-01-01", "2000-02-29", "2000-03-01", "1999-12-31T12:00", "NaT"], "datetime64[us]")
    asked = np.concatenate([seconds.astype("datetime64[us]"), edges])
    found, wanted = _both("calendar.v1", INT64, asked[:100], asked, asked.astype(np.int64))
    assert np.array_equal(found, wanted)


def test_other_moments_are_near() -> None:
    chance = np.random.default_rng(1)
    asked = chance.integers(-(10**17), 10**17, 3_000).astype("datetime64[us]")
    found, wanted = _both("calendar.v1", INT64, asked, asked, asked.astype(np.int64))
    assert np.abs(found - wanted).max() < 1e-6


@pytest.mark.parametrize("name", ["standard.v1", "numeric.v1", "robust.v1", "bins.v1"])
def test_numbers_are_equal_to_the_bit(name: str) -> None:
    chance = np.random.default_rng(2)
    learned = np.where(chance.random(500) < 0.1, np.nan, chance.normal(3, 2, 500))
    asked = np.concatenate([learned, [0.0, -0.0, 1e300, -1e300, 1e-300, np.inf, -np.inf]])
    for rows in (learned, np.full(9, 2.0), np.full(9, np.nan), learned.round()):
        found, wanted = _both(name, DOUBLE, rows, asked, asked)
        assert np.array_equal(found, wanted, equal_nan=True)


@pytest.mark.parametrize("name", ["codes.v1", "onehot.v1", "target.v1"])
def test_categories_are_equal(name: str) -> None:
    learned = ["b", "a", "b", "a", "\N{PILE OF POO}", "\N{PILE OF POO}", None, "once"]
    asked = [*learned, "never", None]
    sent = np.array([each or "" for each in asked], dtype=object)
    found, wanted = _both(name, STRING, learned, asked, sent)
    assert np.array_equal(found, wanted)
