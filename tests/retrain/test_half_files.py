"""Half files that a killed writer left beside a bundle's own."""

from __future__ import annotations

from pathlib import Path

from ratchet import atomic
from ratchet.retrain.stage import _copy


def test_a_copied_bundle_has_no_half_file_of_a_killed_writer(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    (bundle / "arrays").mkdir(parents=True)
    (bundle / "arrays" / "w.safetensors").write_bytes(b"1")
    (bundle / "manifest.json").write_bytes(b"{}")
    with atomic.beside(bundle / "manifest.json") as half, atomic.beside(bundle / "arrays" / "w.safetensors") as other:
        half.write_bytes(b"{")
        other.write_bytes(b"")
        _copy(bundle, tmp_path / "made")
    found = sorted(path.relative_to(tmp_path / "made").as_posix() for path in (tmp_path / "made").rglob("*.*"))
    assert found == ["arrays/w.safetensors", "manifest.json"]
