"""The demo holds enough rows out of its small tables."""

from __future__ import annotations

from pathlib import Path

import ratchet
from ratchet.cli.demo import DemoTable, _hold_more_out, _write


def test_two_rows_in_five_are_held_out(tmp_path: Path) -> None:
    table = tmp_path / "iris.csv"
    assert _write(DemoTable.IRIS, table) == 150
    ratchet.init(str(table), "label", root=tmp_path)
    _hold_more_out(tmp_path / "ratchet.toml")
    with ratchet.open(tmp_path, tracking_uri="off") as classifier:
        assert classifier.spec.split.holdout == 0.4
