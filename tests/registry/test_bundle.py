from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ratchet import atomic
from ratchet.errors import BundleError
from ratchet.metrics.catalogue import METRICS
from ratchet.models.decision import ClassFactors
from ratchet.registry import bundle, manifest
from ratchet.registry.manifest import Manifest

Parts = dict[str, Any]


@pytest.fixture
def folder(parts: Parts, tmp_path: Path) -> Path:
    bundle.write(tmp_path / "b", **parts)
    return tmp_path / "b"


@pytest.fixture(scope="module")
def whole(parts: Parts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that tests copy and do not touch."""
    made = tmp_path_factory.mktemp("bundle") / "b"
    bundle.write(made, **parts)
    return made


def test_what_is_read_answers_bit_for_bit_as_what_was_written(
    folder: Path, parts: Parts, table: dict[str, Any]
) -> None:
    opened = bundle.read(folder)
    wanted = parts["pipeline"].predict(table["columns"])
    assert np.array_equal(opened.pipeline.predict(table["columns"]), wanted)
    assert opened.sets is not None
    assert opened.sets.sets(wanted) == parts["sets"].sets(wanted)
    assert opened.profile is not None
    assert opened.profile.true.tolist() == parts["profile"].true.tolist()
    assert opened.recipe == parts["recipe"]
    assert opened.spec == parts["spec"]
    assert opened.schema == parts["schema"]
    assert list(opened.schema.columns) == ["text", "age", "plan"]


def test_the_id_is_that_of_the_content(folder: Path, parts: Parts, tmp_path: Path) -> None:
    again = bundle.write(tmp_path / "again", **parts)
    assert again == bundle.read(folder).id == bundle.look(folder)[0]
    assert bundle.write(tmp_path / "other", **{**parts, "dataset_id": "d2"}) != again
    assert bundle.read(folder, expect=again).id == again
    with pytest.raises(BundleError, match="not 0000 as registered"):
        bundle.read(folder, expect="0000")


def test_writing_again_replaces_the_whole_folder(folder: Path, parts: Parts) -> None:
    with_scores = bundle.write(
        folder, **{**parts, "sets": None, "profile": None}, scorecard={"auc": float("nan"), "n": np.int64(2)}
    )
    opened = bundle.read(folder)
    assert opened.id == with_scores
    assert opened.sets is None
    assert opened.profile is None
    assert opened.manifest.scorecard == {"auc": None, "n": 2}
    assert [path.name for path in folder.parent.iterdir()] == ["b"]


def test_a_folder_of_other_things_is_left_alone(parts: Parts, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(BundleError, match="something else than a bundle"):
        bundle.write(tmp_path, **parts)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_bundle_that_cannot_be_written_leaves_the_old_one(
    folder: Path, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = bundle.look(folder)[0]
    replace = Path.replace

    def full(self: Path, target: Path) -> Path:
        if self.name.endswith(".new"):
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(BundleError, match="No space left"):
        bundle.write(folder, **{**parts, "dataset_id": "d2"})
    assert bundle.read(folder).id == before
    assert [path.name for path in folder.parent.iterdir()] == ["b"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), which=st.integers(0, 20), flip=st.integers(1, 255))
def test_any_changed_byte_is_refused_and_its_file_named(
    whole: Path, tmp_path: Path, place: float, which: int, flip: int
) -> None:
    copied = tmp_path / "copy"
    shutil.rmtree(copied, ignore_errors=True)
    shutil.copytree(whole, copied)
    files = sorted(copied.iterdir())
    victim = files[which % len(files)]
    content = bytearray(victim.read_bytes())
    content[int(place * len(content))] ^= flip
    victim.write_bytes(content)
    with pytest.raises(BundleError, match=victim.name.replace(".", r"\.")):
        bundle.read(copied)


def test_a_missing_an_extra_a_cut_and_a_linked_file_are_refused(folder: Path, tmp_path: Path) -> None:
    for name in [path.name for path in folder.iterdir() if path.name != manifest.FILE]:
        path, aside = folder / name, tmp_path / "aside"
        path.rename(aside)
        with pytest.raises(BundleError, match=f"lacks the file {name}"):
            bundle.read(folder)
        path.symlink_to(aside)
        with pytest.raises(BundleError, match=f"lacks the file {name} \\(or it is a link\\)"):
            bundle.read(folder)
        path.unlink()
        aside.rename(path)
    (folder / "extra.py").write_text("print('hello')")
    with pytest.raises(BundleError, match=r"holds extra\.py"):
        bundle.read(folder)
    (folder / "extra.py").unlink()
    (folder / "pipeline.inner.model.safetensors").write_bytes(
        (folder / "pipeline.inner.model.safetensors").read_bytes()[:-1]
    )
    with pytest.raises(BundleError, match=r"pipeline\.inner\.model\.safetensors has \d+ bytes, not the \d+"):
        bundle.read(folder)


def test_half_a_file_that_a_killed_writer_left_is_no_part_of_it(folder: Path) -> None:
    with atomic.beside(folder / "pipeline.inner.model.json") as part:
        part.write_bytes(b"{")
        assert bundle.read(folder).id == bundle.look(folder)[0]


def test_a_manifest_that_is_a_link_is_refused(folder: Path, tmp_path: Path) -> None:
    path, aside = folder / manifest.FILE, tmp_path / "aside"
    path.rename(aside)
    path.symlink_to(aside)
    with pytest.raises(BundleError, match=r"has no manifest\.json \(or it is a link\)"):
        bundle.read(folder)


DEEP = 5_000 * "[" + 5_000 * "]"


def test_a_manifest_nested_too_deeply_is_refused(folder: Path) -> None:
    body = f'{{"format": 1, "spec": {{"a": {DEEP}}}}}'.encode()
    content = b'{\n"id": "' + manifest.digest(body).encode() + b'",\n"manifest": ' + body + b"\n}\n"
    (folder / manifest.FILE).write_bytes(content)
    with pytest.raises(BundleError, match="nested too deeply"):
        bundle.read(folder)


def test_a_part_nested_too_deeply_is_refused(folder: Path) -> None:
    meta = f'{{"a": {DEEP}}}'.encode()
    (folder / "pipeline.inner.model.json").write_bytes(meta)

    def put_right(body: dict[str, Any]) -> None:
        body["files"]["pipeline.inner.model.json"] = {"sha256": manifest.digest(meta), "bytes": len(meta)}

    rewritten(folder, put_right)
    with pytest.raises(BundleError, match=r"pipeline\.inner\.model\.json cannot be read: it is nested too deeply"):
        bundle.read(folder)


def test_pipelines_in_pipelines_without_end_are_refused(folder: Path) -> None:
    def nest(body: dict[str, Any]) -> None:
        for depth in range(3_000):
            body["parts"]["pipeline" + depth * ".inner"] = body["parts"]["pipeline"]

    rewritten(folder, nest)
    with pytest.raises(BundleError, match="a part more than 16 deep"):
        bundle.read(folder)


def test_what_is_no_bundle_says_so(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="is no bundle"):
        bundle.read(tmp_path / "nowhere")
    for content in (b"", b"{}", b"x" * 500, b'{"id": "0", "manifest": {}}'):
        (tmp_path / manifest.FILE).write_bytes(content)
        with pytest.raises(BundleError, match="not as it was written"):
            bundle.read(tmp_path)


def rewritten(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest as someone would who also puts its own sha256 right."""
    body = msgspec.to_builtins(manifest.decode((folder / manifest.FILE).read_bytes(), str(folder))[1])
    change(body)
    raw = msgspec.json.format(msgspec.json.encode(body), indent=1)
    content = b'{\n"id": "' + manifest.digest(raw).encode() + b'",\n"manifest": ' + raw + b"\n}\n"
    (folder / manifest.FILE).write_bytes(content)


def test_a_newer_format_is_refused_before_anything_else_is_read(folder: Path) -> None:
    rewritten(folder, lambda body: body.update(format=2, parts="in another way"))
    with pytest.raises(BundleError, match="format 2; this Ratchet reads formats up to 1") as error:
        bundle.read(folder)
    assert "pip install -U ratchet-ml" in error.value.todo


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "a/../../b", "a\\b", ".hidden", "", "x" * 200, "manifest.json"]
)
def test_names_that_lead_out_of_the_folder_are_refused(folder: Path, name: str) -> None:
    def lead_out(body: dict[str, Any]) -> None:
        body["files"][name] = body["files"].pop("pipeline.inner.model.json")
        body["parts"]["pipeline.inner.model"]["meta"] = name

    rewritten(folder, lead_out)
    with pytest.raises(BundleError, match="cannot lie in a bundle"):
        bundle.read(folder)


def test_a_part_in_a_file_that_is_not_listed_is_refused(folder: Path) -> None:
    rewritten(folder, lambda body: body["parts"]["pipeline.inner.model"].update(meta="else.json"))
    with pytest.raises(BundleError, match=r"said to be in 'else\.json'"):
        bundle.read(folder)


def test_a_bundle_without_a_pipeline_is_refused(folder: Path) -> None:
    rewritten(folder, lambda body: body["parts"].pop("pipeline"))
    with pytest.raises(BundleError, match="holds no pipeline"):
        bundle.read(folder)


@pytest.mark.parametrize(
    ("change", "problem", "todo"),
    [
        (
            lambda body: body["parts"]["pipeline.inner.model"].update(type="forest.v9"),
            "no family 'forest.v9'",
            "install the package",
        ),
        (lambda body: body["parts"]["pipeline.inner.encoder"].update(type="table.v9"), "'table.v9'", "ratchet-ml=="),
        (lambda body: body["parts"]["pipeline.inner"].update(type="own.v9"), "no pipeline 'own.v9'", "install"),
        (lambda body: body["parts"]["sets"].update(type="sets.v9"), "the part sets 'sets.v9'", "ratchet-ml=="),
        (
            lambda body: body["parts"].update(detector=body["parts"]["pipeline.inner.model"]),
            "the part detector",
            "ratchet-ml==",
        ),
        (lambda body: body["spec"].update(colour="red"), "whole, but cannot be opened", "ratchet-ml=="),
        (lambda body: body["schema"].update(columns=3), "whole, but cannot be opened", "ratchet-ml=="),
    ],
)
def test_what_this_ratchet_does_not_know_is_named(
    folder: Path, change: Callable[[dict[str, Any]], None], problem: str, todo: str
) -> None:
    rewritten(folder, change)
    with pytest.raises(BundleError, match=problem) as error:
        bundle.read(folder)
    assert todo in error.value.todo


def test_an_unknown_encoder_is_named(folder: Path) -> None:
    meta = (folder / "pipeline.inner.encoder.json").read_bytes()
    changed = meta.replace(b'"encoder":"standard.v1"', b'"encoder":"quantum.v1"')
    assert changed != meta
    (folder / "pipeline.inner.encoder.json").write_bytes(changed)

    def put_right(body: dict[str, Any]) -> None:
        body["files"]["pipeline.inner.encoder.json"] = {"sha256": manifest.digest(changed), "bytes": len(changed)}

    rewritten(folder, put_right)
    with pytest.raises(BundleError, match=r"no encoder 'quantum\.v1'"):
        bundle.read(folder)


def test_looking_opens_nothing(folder: Path) -> None:
    (folder / "pipeline.inner.model.json").write_bytes(b"x" * (folder / "pipeline.inner.model.json").stat().st_size)
    identity, seen = bundle.look(folder)
    assert isinstance(seen, Manifest)
    assert len(identity) == 64
    assert seen.parts["pipeline"].type == "calibrated.v1"
    assert seen.labels == ["bon", "mauvais", "moyen à bon"]
    assert seen.bytes == sum(path.stat().st_size for path in folder.iterdir() if path.name != manifest.FILE)


def test_no_file_of_a_bundle_is_a_pickle(folder: Path) -> None:
    assert {path.suffix for path in folder.iterdir()} == {".json", ".safetensors", ".txt"}
    for path in folder.iterdir():
        assert not path.read_bytes().startswith((b"\x80\x04", b"\x80\x05"))


def test_arrays_of_an_opened_bundle_cannot_be_written_to(folder: Path) -> None:
    opened = bundle.read(folder)
    assert opened.sets is not None
    with pytest.raises(ValueError, match="read-only"):
        opened.sets.limits[0] = 0


def test_class_factors_come_back_and_are_for_metrics_of_labels_only(whole: Path, parts: Parts, tmp_path: Path) -> None:
    assert bundle.read(whole).factors is None
    factors = ClassFactors((0.25, 2.0, 2.0))
    bundle.write(tmp_path / "b", **parts, factors=factors)
    opened = bundle.read(tmp_path / "b")
    assert opened.factors == factors
    classes, found = opened.schema.classes, np.array([[0.6, 0.3, 0.1]])
    assert opened.seen_by(METRICS["accuracy"], found, classes).argmax() == 1
    assert opened.seen_by(METRICS["roc_auc"], found, classes) is found
    turned = opened.labelled(found[:, ::-1], classes[::-1])
    assert turned.argmax() == 1, "factors go with their classes, whatever the order"
