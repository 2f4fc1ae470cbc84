"""Tables that appear whole or not at all."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from ratchet.serving.output import open_output

KILLED = """
import os, signal, sys
from pathlib import Path
import polars as pl
from ratchet.serving.output import open_output
with open_output(Path(sys.argv[1])) as table:
    table.write(pl.DataFrame({"a": [1, 2]}))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("name", ["out.csv", "out.jsonl", "out.parquet"])
def test_what_a_killed_writer_left_goes_with_the_next_and_a_living_one_keeps_its_own(tmp_path: Path, name: str) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path / name], check=False)
    assert killed.returncode == -signal.SIGKILL
    (left,) = tmp_path.iterdir()
    with open_output(tmp_path / name) as living:
        living.write(pl.DataFrame({"a": [3]}))
        assert not left.exists()
        with open_output(tmp_path / name) as other:
            other.write(pl.DataFrame({"a": [4, 5]}))
        living.write(pl.DataFrame({"a": [6]}))
    assert [*tmp_path.iterdir()] == [tmp_path / name]
