from __future__ import annotations

from pathlib import Path

import polars as pl

from ratchet.data.parts import read_parts


def test_parts_are_one_table_wherever_they_lie(tmp_path: Path) -> None:
    folder = tmp_path / "[ab]*"
    folder.mkdir()
    for place in range(2):
        pl.DataFrame({"n": [place], "m": [0]}).write_parquet(folder / f"{place}.parquet")
    assert read_parts([folder / "0.parquet", folder / "1.parquet"], ["n"]).rows() == [(0,), (1,)]
