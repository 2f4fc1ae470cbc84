from __future__ import annotations

import json
from pathlib import Path

import pytest

import ratchet
from ratchet.cli import main

SPEC = 'name = "films"\nlabel = "y"\n[columns]\ntext = "text"\n[[candidates]]\nfamily = "linear.v1"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "ratchet.toml").write_text(SPEC)
    return tmp_path


def test_usage_is_told_in_a_table_and_as_a_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["-C", str(folder), "usage"]) == 0
    assert "Nothing was asked" in capsys.readouterr().err
    with ratchet.open(folder, tracking_uri="off") as classifier:
        for name, count in {"ann": 10, "bob": 3}.items():
            classifier.counting.add("films", name, "predict", label="good", requests=count, rows=count)
        classifier.counting.flush()
    assert main.run(["-C", str(folder), "usage", "--by", "key,class"]) == 0
    told = capsys.readouterr()
    assert [line.split() for line in told.out.splitlines()[1:]] == [
        ["ann,", "good", "10", "10", "0"],
        ["bob,", "good", "3", "3", "0"],
    ]
    assert "13 requests, 13 rows answered, 0 refused" in told.err
    assert main.run(["-C", str(folder), "usage", "--key", "ann", "--since", "1h", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["counts"] == [{"by": {"key": "ann"}, "requests": 10, "rows": 10, "refused": 0}]


@pytest.mark.parametrize("words", [["--by", "colour"], ["--since", "yesterday"]])
def test_what_cannot_be_told_is_wrong_input(folder: Path, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["-C", str(folder), "usage", *words]) == 2
    assert "What to do" in capsys.readouterr().err
