"""What the pages say to type is typed: each block marked ``sh run``, in its order, where a champion is being served.

A block marked ``text shown`` behind it is what it prints.  Places and the port of a page become the test's own.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import ratchet
from ratchet.classifier import Classifier
from ratchet.web.meters import Meters, exposition, measured
from tests.stories.scenes import loans, quicken

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"^```(\w[^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RUN = [page for page in sorted(DOCS.rglob("*.md")) if "```sh run\n" in page.read_text(encoding="utf-8")]
PROMETHEUS = (DOCS / "how-to" / "prometheus.md").read_text(encoding="utf-8")
DEPLOY = (DOCS / "how-to" / "deploy.md").read_text(encoding="utf-8")


def _blocks(text: str) -> list[tuple[str, str]]:
    return BLOCK.findall(text)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as deploy.md has it: a table, its spec, a champion, runs told to an MLflow file."""
    folder = tmp_path_factory.mktemp("srv") / "loans"
    folder.mkdir()
    table = folder / "loans.csv"
    loans(1_500).write_csv(table)
    ratchet.init(str(table), "outcome", root=folder)
    quicken(folder)
    done = subprocess.run(
        [sys.executable, "-m", "ratchet.cli", "train", "loans.csv"], cwd=folder, env=_environment(folder), check=False
    )
    assert done.returncode == 0
    return folder


def _environment(folder: Path) -> dict[str, str]:
    """``ratchet`` is ours, whatever is installed, and no setting of who runs the tests is seen."""
    words = folder.parent / "bin"
    words.mkdir(exist_ok=True)
    (words / "ratchet").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ratchet.cli "$@"\n')
    (words / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    for each in words.iterdir():
        each.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("RATCHET_", "MLFLOW_"))}
    return kept | {"PATH": f"{words}{os.pathsep}{kept['PATH']}", "COLUMNS": "120"}


@pytest.fixture(scope="module")
def port(trained: Path) -> Iterator[str]:
    """Where the champion is served, by a process of its own."""
    command = [sys.executable, "-m", "ratchet.cli", "serve", "--open", "--port", "0"]
    server = subprocess.Popen(
        command, cwd=trained, env=_environment(trained), stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert server.stderr is not None
    try:
        line = next(line for line in server.stderr if "Ratchet answers at" in line)
        found = re.search(r"127\.0\.0\.1:(\d+)", line)
        assert found
        yield found[1]
    finally:
        server.send_signal(signal.SIGTERM)
        server.stderr.close()
        server.wait(40)


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_what_a_page_says_to_type_runs(page: Path, trained: Path, port: str) -> None:
    if not all(map(shutil.which, ("bash", "curl", "sqlite3"))):
        pytest.skip("the pages use bash, curl and sqlite3")
    said = ""
    for kind, text in _blocks(page.read_text(encoding="utf-8")):
        if kind == "sh run":
            said = _typed(text, trained, port)
        elif kind == "text shown":
            assert doctest.OutputChecker().check_output(text.strip(), said.strip(), doctest.ELLIPSIS), said


def _typed(text: str, folder: Path, port: str) -> str:
    backups = folder.parent / "backups"
    text = text.replace("/srv/loans", str(folder)).replace("/var/backups/loans", str(backups)).replace("8000", port)
    command = ["bash", "-euo", "pipefail", "-c", text]
    done = subprocess.run(
        command, cwd=folder, env=_environment(folder), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_a_copy_made_while_it_serves_holds_every_answer(trained: Path, port: str) -> None:
    script = next(text for kind, text in _blocks(DEPLOY) if "spool" in text and kind == "sh run")
    row = '{"income": 2000, "age": 30, "housing": "own"}'
    ask = f"for _ in 1 2 3 4 5 6 7 8; do curl -sf localhost:8000/predict -H 'content-type: application/json' -d '{row}'"
    shutil.rmtree(trained.parent / "backups", ignore_errors=True)
    before = _typed(f"{ask}; echo; done", trained, port).splitlines()
    _typed(script, trained, port)
    (copy,) = (trained.parent / "backups").iterdir()
    with ratchet.open(copy, tracking_uri="off") as restored:
        restored.tend()
        assert restored.champion() == "1"
        kept = {each.split('"')[3] for each in before}
        assert all(restored.feedback(id, "good") for id in kept)
        assert len(kept) == 8


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not here")
    units = [text for kind, text in _blocks(DEPLOY) if kind == "ini"]
    assert units
    for number, text in enumerate(units):
        unit = tmp_path / f"unit{number}.service"
        unit.write_text(re.sub(r"/srv/loans/venv/bin/\w+", sys.executable, text))
        done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
        assert "unit" not in done.stderr, done.stderr


def _series(classifier: Classifier) -> set[str]:
    meters = Meters()
    meters.observe(classifier.name, "predict", 200, 0.001)
    text = exposition(measured(meters, [classifier], bad_specs=0)).decode()
    return set(re.findall(r"^# TYPE (ratchet_\w+) ", text, re.MULTILINE))


def test_the_page_of_prometheus_tells_of_every_series(trained: Path) -> None:
    with ratchet.open(trained, tracking_uri="off") as classifier:
        classifier.predict([{"income": 1.0, "housing": "castle"}])
        shown = _series(classifier)
    told = set(re.findall(r"^\| `(ratchet_\w+)`", PROMETHEUS, re.MULTILINE))
    assert told == shown
    asked = {re.sub(r"_(bucket|count|sum)$", "", name) for name in re.findall(r"\bratchet_\w+", PROMETHEUS)}
    assert asked <= shown
