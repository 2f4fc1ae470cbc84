from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ratchet.arrays import Labels
from ratchet.engine.inline import InlineEngine
from ratchet.features.encoder import Columns, Target
from ratchet.features.numeric import Numeric
from ratchet.features.table import TableEncoder
from ratchet.kinds.kind import Kind
from ratchet.models.family import LabelledRows
from ratchet.models.learner import encode
from ratchet.models.recipe import Recipe
from ratchet.spec import Spec
from ratchet.testing.matrices import check_equal
from ratchet.training import encoded
from ratchet.training.inputs import Inputs
from ratchet.training.session import opened
from ratchet.training.task import Task, TrainingRows

KINDS = {"note": Kind.TEXT, "age": Kind.NUMBER, "day": Kind.DATE, "shop": Kind.CATEGORY, "face": Kind.IMAGE}
COLUMNS: Columns = {
    "note": ["good film", "bad film", None] * 4,
    "age": np.array([1.0, np.nan, np.inf] * 4),
    "day": np.array(["2024-01-01", "NaT", "2024-03-05T10:00:01"] * 4, dtype="datetime64[us]"),
    "shop": [None, "a", "b"] * 4,
    "face": [b"\x00\xff", None, b""] * 4,
}
ENCODERS = {"note": "ngrams.v1", "age": "standard.v1"}


@pytest.mark.parametrize("name", ["rows", "[1] rows?*"])
def test_columns_come_back_as_they_were(tmp_path: Path, name: str) -> None:
    inputs = Inputs(tmp_path / name)
    inputs.folder.mkdir()
    encoded.write_columns(inputs, "rows", COLUMNS, KINDS)
    back = encoded.read_columns(inputs, "rows", KINDS)
    assert encoded.digests(back, KINDS) == encoded.digests(COLUMNS, KINDS)
    assert list(encoded.read_columns(inputs, "rows", {"age": Kind.NUMBER})) == ["age"]


def test_encoded_rows_are_mapped(tmp_path: Path) -> None:
    inputs = Inputs(tmp_path)
    encoded.write_columns(inputs, "rows", COLUMNS, KINDS)
    encoded.encode(inputs, "made", "rows", KINDS, ENCODERS)
    found, expected = encoded.load(inputs, "made"), TableEncoder.fit(COLUMNS, KINDS, ENCODERS)
    assert isinstance(found.matrix.dense, np.memmap)
    check_equal(found.matrix, expected.transform(COLUMNS), "mapped")
    check_equal(found.matrix, found.encoder().transform(COLUMNS), "by the encoder that was kept")


@pytest.mark.parametrize(
    "other",
    [
        {**COLUMNS, "note": ["good film", "bad film", ""] * 4},
        {**COLUMNS, "note": ["good filmb", "ad film", None] * 4},
        {**COLUMNS, "age": np.array([1.0 + 1e-9, np.nan, np.inf] * 4)},
    ],
)
def test_other_values_are_another_entry(other: Columns) -> None:
    keys = [encoded.encoded_key(encoded.digests(each, KINDS), ENCODERS) for each in (COLUMNS, other)]
    assert keys[0] != keys[1]


def test_only_columns_that_are_seen_count_and_the_code_of_their_encoders(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = {"age": "numeric.v1"}
    keys = [
        encoded.encoded_key(encoded.digests(each, KINDS), numbers)
        for each in (COLUMNS, {**COLUMNS, "note": ["x"] * 12})
    ]
    assert keys[0] == keys[1]
    assert len(encoded.code_version(Numeric)) == 32
    monkeypatch.setattr(encoded, "code_version", lambda made: "edited")
    assert encoded.encoded_key(encoded.digests(COLUMNS, KINDS), numbers) != keys[0]


def test_what_has_no_source_has_no_version() -> None:
    assert encoded.code_version(type("Made", (), {"__module__": "nowhere"})) == ""


def rows_of(labels: Labels) -> TrainingRows:
    count = len(labels)
    return TrainingRows(
        columns=COLUMNS, kinds=KINDS, labels=labels, classes=("a", "b"), ids=np.arange(count, dtype=np.uint64),
        tune=np.zeros(count, bool),
    )  # fmt: skip


def test_rows_are_encoded_once_and_a_damaged_entry_is_made_again(tmp_path: Path) -> None:
    spec = Spec(name="notes", label="y", columns=KINDS, candidates=[{"family": "linear.v1"}])
    recipe = Recipe.plan("linear.v1", KINDS)
    written = []
    for damage in (False, False, True, False):
        with opened(tmp_path) as session:
            task = Task.of(spec, rows_of(np.arange(12, dtype=np.int32) % 2), engine=InlineEngine(), session=session)
            assert task.encode([recipe, recipe]) == {}
            (entry,) = tmp_path.glob("encoded-*")
            written.append((entry / "dense.npy").stat().st_mtime_ns)
            encoded.load(session.inputs, entry.name).encoder()
        if damage:
            (entry / "part.safetensors").write_bytes(b"damaged")
    assert written[0] == written[1] == written[2] != written[3]


@pytest.mark.parametrize("name", ["values.npy", "indices.npy", "indptr.npy", "dense.npy", "columns.arrow"])
def test_what_was_changed_in_the_cache_is_not_learned_from(tmp_path: Path, name: str) -> None:
    spec = Spec(name="notes", label="y", columns=KINDS, candidates=[{"family": "linear.v1"}])
    recipe = Recipe.plan("linear.v1", KINDS)
    found = []
    for _ in range(2):
        with opened(tmp_path) as session:
            task = Task.of(spec, rows_of(np.arange(12, dtype=np.int32) % 2), engine=InlineEngine(), session=session)
            assert task.encode([recipe]) == {}
            task.columns()
            (entry,) = tmp_path.glob("encoded-*")
            (path,) = tmp_path.glob(f"*/{name}")
            found.append((path.read_bytes(), encoded.load(session.inputs, entry.name).encoder().widths))
        path.write_bytes(path.read_bytes()[:-4] + b"\xff\xff\xff\x7f")
    assert found[0] == found[1]


def test_texts_that_are_made_of_others_are_encoded_as_made_and_named_by_how(tmp_path: Path) -> None:
    spec = Spec(name="notes", label="y", columns=KINDS, candidates=[{"family": "linear.v1"}])
    kinds = {**KINDS, "more": Kind.TEXT}
    columns: Columns = {**COLUMNS, "more": ["<b>very</b>", "so", None] * 4}
    rows = replace(rows_of(np.arange(12, dtype=np.int32) % 2), columns=columns, kinds=kinds)
    joined = {"of": ["note", "more"], "clean": ["html"]}
    recipe = Recipe.plan("linear.v1", kinds, texts={"note + more": joined})
    with opened(tmp_path) as session:
        task = Task.of(spec, rows, engine=InlineEngine(), session=session)
        plain = replace(recipe, texts={"note + more": {"of": ["note", "more"]}})
        assert task.encode([recipe, plain]) == {}
        job = task.job(recipe)
        assert job.encoded is not None
        assert job.encoded != task.job(plain).encoded
        expected = encode(recipe, LabelledRows(columns=columns, kinds=kinds, target=Target(rows.labels, 2)))
        check_equal(encoded.load(session.inputs, job.encoded).matrix, expected.matrix, "as made")
