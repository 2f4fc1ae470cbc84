from __future__ import annotations

from ratchet.features.encoder import State
from ratchet.models.pipeline import Part
from ratchet.registry.weights import Weights, weights_in

A, B = ({"model": name, "sha256": name * 64} for name in "ab")


def test_every_piece_names_the_weights_it_began_with_each_once() -> None:
    table = Part("table.v1", State({"columns": [{"column": "text", "meta": {**A, "room": 12}}, {"meta": {"room": 3}}]}))
    encoded = Part("encoded.v1", parts={"encoder": table, "model": Part("linear.v1", State({"model": "no weights"}))})
    tuned = Part("transformer.v1", State({**B, "columns": ["text"]}))
    again = Part("calibrated.v1", parts={"inner": Part("transformer.v1", State({**A, "room": 9}))})
    whole = Part("ensemble.v1", parts={"0": encoded, "1": tuned, "2": again})
    assert weights_in(whole) == [Weights(**A), Weights(**B)]
    assert weights_in(Part("linear.v1")) == []
