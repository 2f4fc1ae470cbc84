from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from ratchet.data.parts import read_parts
from ratchet.errors import WorkspaceError
from tests.data.ingest.sandbox import Sandbox, table


@pytest.mark.parametrize("kept", [0.0, 0.5, 0.99])
def test_a_damaged_part_is_named_with_the_way_out(tmp_path: Path, kept: float) -> None:
    box = Sandbox(tmp_path / "box")
    dataset = box.ingest(table(0, 300)).dataset
    (part,) = box.datasets.files(dataset.parts)
    content = part.read_bytes()
    part.chmod(0o600)
    part.write_bytes(content[: int(kept * len(content))])
    for ask in (lambda: box.datasets.frame(dataset), lambda: box.ingest(table(300, 400))):
        with pytest.raises(WorkspaceError, match="damaged or cut short") as caught:
            ask()
        assert str(part) in caught.value.problem
    box.database.close()


def test_parts_are_one_table(tmp_path: Path) -> None:
    for place in range(2):
        pl.DataFrame({"n": [place], "m": [0]}).write_parquet(tmp_path / f"{place}.parquet")
    assert read_parts([tmp_path / "0.parquet", tmp_path / "1.parquet"], ["n"]).rows() == [(0,), (1,)]
