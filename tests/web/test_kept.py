"""Bodies in files: gone with the request, or with the next start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ratchet.web.kept import KeptBody, folder_of, sweep

CSV = {"content-type": "text/csv"}
KILLED = (
    "import os, sys; from pathlib import Path; from ratchet.web.kept import KeptBody\n"
    "body = KeptBody(Path(sys.argv[1]), '.csv'); body.write(b'secret')\n"
    "print('kept', flush=True); sys.stdin.read()"
)


def test_what_a_killed_server_kept_goes_with_the_next_start(tmp_path: Path, films: Any, served: Any) -> None:
    folder = folder_of(films)
    command = [sys.executable, "-c", KILLED, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        (kept,) = folder.iterdir()
        sweep(folder)
        assert kept.read_bytes() == b"secret"  # it is alive
        other.kill()
    assert kept.exists()
    with served(films):
        assert not kept.exists()


def test_a_body_goes_with_its_request(films: Any, served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = list[Path]()
    answer_file = films.answer_file

    def watched(source: str, *more: Any, **named: Any) -> Any:
        seen.append(Path(source))
        assert seen[-1].stat().st_size > 20
        return answer_file(source, *more, **named)

    films.answer_file = watched
    with served(films) as client:
        table = "text,plan,age\ngood,gold,1\n"
        assert client.post("/predict/batch", content=table, headers=CSV).status_code == 200
        assert client.post("/predict/batch", content="txet,agge\n" * 9, headers=CSV).status_code == 400
    assert len(seen) == 2
    assert [each for each in seen if each.exists()] == list(folder_of(films).iterdir()) == []


def test_a_body_has_a_name_only_once_it_is_locked(tmp_path: Path) -> None:
    body = KeptBody(tmp_path / "bodies", ".jsonl")
    assert body.path.suffix == ".jsonl"
    sweep(tmp_path / "bodies")
    assert body.path.exists()
    body.remove()
    body.remove()
    assert list((tmp_path / "bodies").iterdir()) == []
