"""A model that was damaged on the disk: it does not go live, and where it was live the one before it answers."""

from __future__ import annotations

from pathlib import Path

import pytest

import ratchet
from ratchet.errors import BundleError
from tests.stories.scenes import Shell, loans, quicken

ROW = {"income": 3000, "age": 40, "housing": "own", "purpose": "car"}


def _weights(folder: Path, version: str) -> Path:
    with ratchet.open(folder) as classifier:
        bundle = classifier._records.versions.get(version).bundle_key
    return next((folder / ".ratchet" / "blobs" / bundle).rglob("*.safetensors"))


def test_a_damaged_model_does_not_go_live_and_the_one_before_a_damaged_champion_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RATCHET_TRACKING_URI", "off")
    loans(1_500).write_csv(tmp_path / "loans.csv")
    ratchet.init(str(tmp_path / "loans.csv"), "outcome", root=tmp_path)
    quicken(tmp_path)
    spec = tmp_path / "ratchet.toml"
    with ratchet.open(tmp_path) as classifier:
        assert classifier.train(str(tmp_path / "loans.csv"))
    spec.write_text(spec.read_text().replace("trials = 2", "trials = 3"))
    with ratchet.open(tmp_path) as classifier:
        assert classifier.train().version == "2"
        if classifier.champion() == "1":
            classifier.promote("2", override=True, reason="for the story")

    first, whole = _weights(tmp_path, "1"), _weights(tmp_path, "1").read_bytes()
    first.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with ratchet.open(tmp_path) as classifier:
        with pytest.raises(BundleError):
            classifier.rollback(reason="it was better")
        with pytest.raises(BundleError):
            classifier.promote("1", override=True, reason="it was better")
        assert classifier.champion() == "2", "nothing was changed"
        assert classifier.predict([ROW])[0].version == "2"
    first.write_bytes(whole)

    second = _weights(tmp_path, "2")
    second.write_bytes(second.read_bytes()[:-8])
    with ratchet.open(tmp_path) as classifier:
        assert classifier.predict([ROW])[0].version == "1"
        (problem,) = classifier.health().problems
        assert "version 2 cannot be loaded" in problem
        assert "version 1 answers meanwhile" in problem
    doctor = Shell(tmp_path)("doctor")
    assert doctor.code == 2
    assert "version 2 cannot be loaded" in doctor.out
    assert "ratchet rollback" in doctor.out
    with ratchet.open(tmp_path) as classifier:
        assert classifier.rollback(reason="its files are damaged") == "1"
    assert Shell(tmp_path)("doctor").code == 0
