from __future__ import annotations

import hashlib
import json
import struct
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from safetensors.numpy import load_file

from ratchet.errors import BundleError
from ratchet.features.encoder import State
from ratchet.models import parts, tensors
from ratchet.models.parts import load, save
from ratchet.models.pipeline import Part

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


def through(folder: Path, state: State) -> State:
    return load(folder, save(folder, {"model": Part("some.v1", state)}))["model"].state


@given(
    meta=st.dictionaries(NAMES, JSON, max_size=4),
    numbers=st.dictionaries(NAMES.filter(lambda name: name != "__metadata__"), ARRAYS, max_size=4),
    texts=st.dictionaries(NAMES, NAMES, max_size=4),
)
def test_a_state_comes_back_from_its_files(
    meta: dict[str, Any], numbers: dict[str, Any], texts: dict[str, str]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stored = save(Path(folder), {"model": Part("some.v1", State(meta, numbers, texts))})
        assert {path.name for path in Path(folder).iterdir()} == set(stored.files)
        state = load(Path(folder), stored)["model"].state
    assert state.meta == meta
    assert list(state.meta) == list(meta)
    assert state.texts == texts
    assert set(state.arrays) == set(numbers)
    for name, array in numbers.items():
        back = state.arrays[name]
        assert back.dtype == array.dtype.newbyteorder("=")
        assert back.shape == array.shape
        assert np.array_equal(back, array, equal_nan=array.dtype.kind == "f")


def test_arrays_of_any_layout_come_back(tmp_path: Path) -> None:
    grid = np.arange(12.0).reshape(3, 4)
    state = through(tmp_path, State(arrays={"turned": grid.T, "strided": grid[:, ::2]}))
    assert np.array_equal(state.arrays["turned"], grid.T)
    assert np.array_equal(state.arrays["strided"], grid[:, ::2])


def test_arrays_are_what_the_safetensors_library_reads(tmp_path: Path) -> None:
    arrays: dict[str, Any] = {
        "a": np.arange(5, dtype=np.uint8),
        "b": np.linspace(0, 1, 7),
        "none": np.zeros((0, 3), np.float32),
    }
    save(tmp_path, {"model": Part("some.v1", State(arrays=arrays))})
    found = load_file(tmp_path / "model.safetensors")
    assert {name: each.tolist() for name, each in found.items()} == {name: a.tolist() for name, a in arrays.items()}


def test_large_arrays_are_mapped_and_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MAPPED", 1_000)
    array = np.arange(1_000.0)
    back = through(tmp_path, State(arrays={"w": array})).arrays["w"]
    assert not back.flags.owndata
    assert not back.flags.writeable
    (tmp_path / "model.safetensors").unlink()
    assert np.array_equal(back, array), "a file that is removed stays readable while it is mapped"


def test_parts_lie_within_parts(tmp_path: Path) -> None:
    inner = Part("inner.v1", State({"a": 1}), {"0": Part("leaf.v1", State(texts={"t": "x"}))})
    stored = save(tmp_path, {"pipeline": Part("outer.v1", parts={"b": inner}), "sets": Part("sets.v1")})
    assert list(stored.parts) == ["pipeline", "pipeline.b", "pipeline.b.0", "sets"]
    back = load(tmp_path, stored)
    assert back["pipeline"].parts["b"] == inner
    assert back["sets"] == Part("sets.v1")


def test_files_pass_by_path_untouched(tmp_path: Path) -> None:
    """Weights in bfloat16, which NumPy has not, and a tokenizer's JSON."""
    halves = struct.pack("<4H", 0x3F80, 0xBF80, 0x4000, 0x7F80)
    header = json.dumps({"w": {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]}}).encode()
    weights, tokenizer = tmp_path / "weights.safetensors", tmp_path / "tokenizer.json"
    weights.write_bytes(len(header).to_bytes(8, "little") + header + halves)
    tokenizer.write_text('{"model": "wörter"}')
    folder = tmp_path / "made"
    folder.mkdir()
    state = through(folder, State(files={"weights.safetensors": weights, "tokenizer.json": tokenizer}))
    for name, source in (("weights.safetensors", weights), ("tokenizer.json", tokenizer)):
        assert state.files[name].parent == folder
        assert state.files[name].suffix == source.suffix
        assert state.files[name].read_bytes() == source.read_bytes()


def test_a_file_by_path_that_changed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"weights")
    folder = tmp_path / "made"
    folder.mkdir()
    stored = save(folder, {"model": Part("some.v1", State(files={"w": tmp_path / "source"}))})
    (file,) = stored.parts["model"].files.values()
    (folder / file).write_bytes(b"wEights")
    with pytest.raises(BundleError, match=f"{file} is not as it was written"):
        load(folder, stored)


@pytest.mark.parametrize(
    "meta",
    [{"x": float("nan")}, {"x": [float("inf")]}, {"x": {1: 2}}, {"x": {1, 2}}, {"x": b"bytes"}, {"x": np.float64(1)}],
)
def test_json_values_that_would_come_back_as_others_are_refused(meta: dict[str, Any], tmp_path: Path) -> None:
    if isinstance(meta["x"], np.float64):
        assert through(tmp_path, State(meta)).meta == {"x": 1.0}
        return
    with pytest.raises(BundleError, match="the model's state"):
        through(tmp_path, State(meta))


@pytest.mark.parametrize("array", [np.array(["a"]), np.array([object()]), np.array(["2026-01-01"], "datetime64[us]")])
def test_arrays_that_are_not_numbers_are_refused(array: Any, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="which no bundle holds"):
        through(tmp_path, State(arrays={"x": array}))


@pytest.mark.parametrize("name", ["a.b", "", "../x", "a b"])
def test_names_of_parts_that_would_mislead_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="cannot be called"):
        save(tmp_path, {name: Part("some.v1")})


@pytest.mark.parametrize("victim", ["model.json", "model.safetensors", "model-0-trees.txt"])
def test_a_file_that_is_not_what_its_name_says_is_named(victim: str, tmp_path: Path) -> None:
    stored = save(tmp_path, {"model": Part("some.v1", State({"a": 1}, {"w": np.ones(3)}, {"trees": "tree=1"}))})
    content = b"\xff\xfe\x00"
    (tmp_path / victim).write_bytes(content)
    with pytest.raises(BundleError, match=f"{victim} is not as it was written"):
        load(tmp_path, stored)
    files = {**stored.files, victim: parts.File(sha256=hashlib.sha256(content).hexdigest(), bytes=3)}
    with pytest.raises(BundleError, match=f"{victim} cannot be read"):
        load(tmp_path, parts.Stored(parts=stored.parts, files=files))


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 800]},
        {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]},
        {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]},
        {"dtype": "F32", "shape": [-2, -1], "data_offsets": [0, 8]},
        {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]},
        {"dtype": "F32"},
    ],
)
def test_a_header_that_leads_astray_is_refused(entry: dict[str, Any]) -> None:
    header = json.dumps({"w": entry}).encode()
    with pytest.raises((ValueError, msgspec.DecodeError), match=r"array w|missing required"):
        tensors.views(len(header).to_bytes(8, "little") + header + bytes(8))
    with pytest.raises(ValueError, match="no safetensors header"):
        tensors.views((1 << 62).to_bytes(8, "little") + header)
