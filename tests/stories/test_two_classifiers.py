"""Two classifiers in one server, beside a third whose spec is broken."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

import ratchet
from tests.stories.scenes import loans


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of classifiers: loans and pets, each with a champion, and one that cannot be read."""
    monkeypatch.setenv("RATCHET_TRACKING_URI", "off")
    monkeypatch.setenv("RATCHET_ENGINE", "inline")
    columns = {"loans": "outcome", "pets": "housing"}
    for name, label in columns.items():
        folder = tmp_path / name
        folder.mkdir()
        loans(300).write_csv(folder / "table.csv")
        features = [each for each in ("income", "age", "housing", "outcome") if each != label]
        kinds = {"income": "number", "age": "number", "housing": "category", "outcome": "category"}
        lines = "".join(f'{each} = "{kinds[each]}"\n' for each in features)
        (folder / "ratchet.toml").write_text(
            f'name = "{name}"\nlabel = "{label}"\n[columns]\npurpose = "ignore"\n{lines}'
            '[[candidates]]\nfamily = "linear.v1"\n[search]\ntrials = 1\nfolds = 2\n'
        )
        with ratchet.open(folder) as classifier:
            classifier.train(str(folder / "table.csv"), actor="ann")
            if classifier.champion() is None:
                classifier.promote("1", override=True, reason="the story needs one", actor="ann")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "ratchet.toml").write_text('name = "broken"\nlabel = 7\n')
    return tmp_path


@contextmanager
def served(house: Path, *words: str) -> Iterator[tuple[httpx.Client, list[str]]]:
    """A client of ``ratchet serve``, and what the server said before it was ready."""
    command = [sys.executable, "-m", "ratchet.cli", "serve", "--open", *words, "--port", "0"]
    process = subprocess.Popen(command, cwd=house, stderr=subprocess.PIPE, text=True, env={**os.environ})
    assert process.stderr is not None
    said: list[str] = []
    try:
        for line in process.stderr:
            said.append(line)
            if "http://" in line:
                break
        else:
            pytest.fail(f"the server ended with {process.wait()}: " + "".join(said))
        with httpx.Client(base_url=line[line.index("http://") :].split()[0], timeout=60) as client:
            yield client, said
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def logged(folder: Path) -> list[tuple[str, str]]:
    with ratchet.open(folder) as classifier:
        return [(each.id, each.classifier) for each in classifier._log.read()]


def test_two_good_ones_answer_beside_a_broken_one(house: Path) -> None:
    with served(house, "loans", "pets", "broken", "--default", "pets") as (client, said):
        assert any("broken/ratchet.toml has" in line or "broken/ratchet.toml:" in line for line in said)
        assert any("label" in line for line in said)
        loan = client.post("/v1/loans/predict", json={"income": 5_000, "age": 60, "housing": "own"})
        pet = client.post("/v1/pets/predict", json={"income": 900, "age": 20, "outcome": "bad"})
        assert loan.json()["label"] == "good"
        assert pet.json()["label"] in {"own", "rent", "free"}
        named = {"Ratchet-Subject": "ann", "Ratchet-Tags": "shop=north"}
        default = client.post("/predict", json={"income": 900, "age": 20}, headers=named)
        assert client.get("/info").json()["name"] == "pets"
        assert client.post("/v1/broken/predict", json={}).status_code == 404

        health = client.get("/health")
        assert health.status_code == 200
        assert [each for each in health.json()["problems"] if "broken/ratchet.toml" in each]
        assert {name: each["ready"] for name, each in health.json()["classifiers"].items()} == {
            "loans": True,
            "pets": True,
        }
        assert [each["where"] for each in client.get("/v1").json()["bad"]] == ["broken/ratchet.toml"]
        metrics = client.get("/metrics").text
        assert 'ratchet_answered_total{classifier="loans"} 1.0' in metrics
        assert 'ratchet_logged_total{classifier="pets"} 2.0' in metrics

        kept = client.post("/v1/loans/feedback", json={"id": loan.json()["id"], "label": "bad"})
        assert (kept.status_code, kept.json()["agreed"], kept.json()["actor"]) == (201, False, "local")
        assert client.post("/v1/pets/feedback", json={"id": loan.json()["id"], "label": "own"}).status_code == 404

    assert logged(house / "loans") == [(loan.json()["id"], "loans")]
    assert sorted(logged(house / "pets")) == sorted((each.json()["id"], "pets") for each in (pet, default))


def test_a_folder_of_folders_without_a_default(house: Path) -> None:
    with served(house, ".") as (client, _):
        refused = client.post("/predict", json={"income": 900})
        assert refused.status_code == 404
        assert "loans, pets" in refused.json()["todo"]
        assert client.post("/v1/loans/predict", json={"income": 900}).status_code == 200


def test_where_no_spec_is_good_the_server_says_why_and_does_not_start(house: Path) -> None:
    command = [sys.executable, "-m", "ratchet.cli", "serve", "--open", "broken", "--port", "0"]
    done = subprocess.run(command, cwd=house, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert "label" in done.stderr
    assert "Traceback" not in done.stderr
