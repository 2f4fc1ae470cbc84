from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ratchet.errors import BundleError
from ratchet.features.encoder import State
from ratchet.registry.parts import to_files, to_state

NAMES = st.text(st.characters(codec="utf-8"), max_size=30)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
ARRAYS = arrays.arrays(
    st.sampled_from(["bool", "int8", "int32", "int64", "uint8", "uint64", "float32", "float64", ">f8", ">i4"]),
    arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)


@given(
    meta=st.dictionaries(NAMES, JSON, max_size=4),
    numbers=st.dictionaries(NAMES.filter(lambda name: name != "__metadata__"), ARRAYS, max_size=4),
    texts=st.dictionaries(NAMES, NAMES, max_size=4),
)
def test_a_state_comes_back_from_its_files(
    meta: dict[str, Any], numbers: dict[str, Any], texts: dict[str, str]
) -> None:
    part, files = to_files("model", "some.v1", State(meta, numbers, texts))
    assert set(part.files) == set(files)
    state = to_state(part, files)
    assert state.meta == meta
    assert list(state.meta) == list(meta)
    assert state.texts == texts
    assert set(state.arrays) == set(numbers)
    for name, array in numbers.items():
        back = state.arrays[name]
        assert back.dtype == array.dtype.newbyteorder("=")
        assert back.shape == array.shape
        assert np.array_equal(back, array, equal_nan=array.dtype.kind == "f")


def test_arrays_of_any_layout_come_back() -> None:
    grid = np.arange(12.0).reshape(3, 4)
    part, files = to_files("model", "some.v1", State(arrays={"turned": grid.T, "strided": grid[:, ::2]}))
    state = to_state(part, files)
    assert np.array_equal(state.arrays["turned"], grid.T)
    assert np.array_equal(state.arrays["strided"], grid[:, ::2])


@pytest.mark.parametrize(
    "meta",
    [{"x": float("nan")}, {"x": [float("inf")]}, {"x": {1: 2}}, {"x": {1, 2}}, {"x": b"bytes"}, {"x": np.float64(1)}],
)
def test_json_values_that_would_come_back_as_others_are_refused(meta: dict[str, Any]) -> None:
    if isinstance(meta["x"], np.float64):
        assert to_state(*to_files("model", "some.v1", State(meta))).meta == {"x": 1.0}
        return
    with pytest.raises(BundleError, match="the model's state"):
        to_files("model", "some.v1", State(meta))


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([object()]), np.array(["2026-01-01"], "datetime64[us]")])
def test_arrays_that_are_not_numbers_are_refused(array: Any) -> None:
    with pytest.raises(BundleError, match="which no bundle holds"):
        to_files("model", "some.v1", State(arrays={"x": array}))


@pytest.mark.parametrize("victim", ["model.json", "model.safetensors", "model-0-trees.txt"])
def test_a_file_that_is_not_what_its_name_says_is_named(victim: str) -> None:
    part, files = to_files("model", "some.v1", State({"a": 1}, {"w": np.ones(3)}, {"trees": "tree=1"}))
    with pytest.raises(BundleError, match=victim):
        to_state(part, {**files, victim: b"\xff\xfe\x00"})
