"""What Prometheus reads: every series parses, is named as it should be, and counts what was answered."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import pytest
from httpx import Client
from prometheus_client.parser import text_string_to_metric_families

from ratchet.serving import tally
from ratchet.serving.prediction import Prediction
from ratchet.serving.tally import Tally

UNITS = ("_seconds", "_bytes", "_ratio", "_rows", "_classes")


def _families(client: Client, path: str = "/metrics") -> dict[str, Any]:
    return {each.name: each for each in text_string_to_metric_families(client.get(path).text)}


def _values(family: Any, suffix: str = "", **labels: str) -> list[float]:
    name = f"{family.name}{suffix}"
    return [each.value for each in family.samples if each.name == name and labels.items() <= each.labels.items()]


@pytest.fixture
def asked(client: Client) -> Client:
    for text in ("so good", "so good", "so bad"):
        assert client.post("/predict", json={"text": text}).status_code == 200
    return client


def test_answers_are_told_by_class_version_and_confidence(asked: Client) -> None:
    found = _families(asked)
    assert _values(found["ratchet_answers"], "_total", version="1", **{"class": "good"}) == [2]
    assert _values(found["ratchet_answers"], "_total", version="1", **{"class": "bad"}) == [1]
    assert _values(found["ratchet_confidence_ratio"], "_count", version="1") == [3]
    assert _values(found["ratchet_confidence_ratio"], "_bucket", le="0.45") == [0], "of two classes the surer one"
    assert _values(found["ratchet_abstained"], "_total") == [0]
    assert _values(found["ratchet_batch_rows"], "_sum") == [3]
    assert _values(found["ratchet_batch_rows"], "_bucket", le="1") == [3]
    assert _values(found["ratchet_queue_rows"]) == [0]
    assert _values(found["ratchet_spool_bytes"])[0] > 0
    assert _values(found["ratchet_disk_free_bytes"])[0] > 0


def test_every_series_is_named_as_prometheus_wants_it(asked: Client) -> None:
    for path in ("/metrics", "/v1/films/metrics"):
        for name, family in _families(asked, path).items():
            assert re.fullmatch(r"(ratchet|process)_[a-z]+(_[a-z]+)*", name), name
            assert family.documentation, name
            assert family.type in {"counter", "gauge", "histogram", "summary"}, name
            if family.type in {"histogram", "summary"}:
                assert name.endswith(UNITS), name
            for sample in family.samples:
                assert (sample.name == f"{name}_total") == (family.type == "counter"), sample.name
                assert all(re.fullmatch(r"[a-z_]+", label) for label in sample.labels), sample.labels
            buckets = [each.value for each in family.samples if each.name.endswith("_bucket")]
            assert family.type != "histogram" or all(value >= 0 for value in buckets)


def test_promtool_finds_nothing(asked: Client) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not here")
    text = asked.get("/metrics").text
    done = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def _answer(version: str, **more: Any) -> Prediction:
    return Prediction("1", "good", "good", 0.97, (), version, 0.1, **more)


def test_sets_and_abstentions_are_told_and_old_versions_let_go() -> None:
    counts = Tally()
    counts.add([_answer("1", set=("good",)), _answer("1", set=("good", "bad"), abstained=True), _answer("1")])
    told = counts.read()["1"]
    assert (told.sets, told.abstained, told.answers) == ({1: 1, 2: 1}, 1, {"good": 3})
    assert told.confidence == {19: 3}
    counts.add([_answer(str(number)) for number in range(2, 9)])
    assert [*counts.read()] == ["5", "6", "7", "8"]
    assert len(counts.read()) == tally.MOST_VERSIONS
