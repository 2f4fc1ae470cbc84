"""Files cut short: exit codes in words, and nothing half-done."""

from __future__ import annotations

from pathlib import Path

from tests.stories.scenes import Shell, loans


def test_rows_that_were_cut_short_on_the_disk_are_told(shell: Shell, table: Path) -> None:
    assert shell("init", table, "--label", "outcome").code == 0
    assert shell("ingest", table).code == 0
    for part in (shell.folder / ".ratchet" / "blobs" / "data").rglob("*.parquet"):
        part.write_bytes(part.read_bytes()[:-100])
    told = shell("train", "--json")
    assert (told.code, told.document["code"]) == (2, "workspace")
    assert "Traceback" not in told.err


def test_a_table_that_was_cut_short_is_told(shell: Shell, table: Path) -> None:
    assert shell("init", table, "--label", "outcome").code == 0
    loans(500).write_parquet(shell.folder / "rows.parquet")
    whole = (shell.folder / "rows.parquet").read_bytes()
    (shell.folder / "rows.parquet").write_bytes(whole[: len(whole) // 2])
    told = shell("train", "rows.parquet", "--json")
    assert (told.code, told.document["code"]) == (2, "data")
