"""What several workers measured, brought together."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from ratchet.web.peers import GONE, Peers, bury

TELL = """
import sys, tests.web.test_peers as here
from pathlib import Path
from ratchet.web.peers import Peers
Peers(Path(sys.argv[1])).tell(here.families(float(sys.argv[2])))
print(flush=True)
sys.stdin.read()
"""


def families(count: float) -> list[Metric]:
    answered = CounterMetricFamily("answered", "Answers.", labels=("classifier",))
    answered.add_metric(("films",), count)
    answered.add_metric(("books",), 1)
    ready = GaugeMetricFamily("ready", "1 when it answers. Processes: min.", labels=("classifier",))
    ready.add_metric(("films",), float(count > 2))
    held = GaugeMetricFamily("held", "Waiting. Processes: sum.", labels=("classifier",))
    held.add_metric(("films",), count)
    seconds = HistogramMetricFamily("seconds", "Time.", labels=("classifier",))
    seconds.add_metric(("films",), [("0.1", count), ("+Inf", count + 1)], count / 2)
    return [answered, ready, held, seconds]


def values(metrics: list[Metric]) -> dict[str, float]:
    found = {}
    for each in (sample for metric in metrics for sample in metric.samples):
        bucket = f":{each.labels['le']}" if "le" in each.labels else ""
        found[f"{each.name}:{each.labels['classifier']}{bucket}"] = each.value
    return found


def _other(folder: Path, count: float) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", TELL, str(folder), str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "\n"
    return process


def test_counts_add_up_and_gauges_say_how_and_the_dead_keep_what_they_counted(tmp_path: Path) -> None:
    peers = Peers(tmp_path)
    with _other(tmp_path, 2) as other:
        peers.tell(families(100))  # its own file is not read by itself
        together = values(peers.together(families(3), None))
        assert together["answered_total:films"] == 5
        assert together["answered_total:books"] == 2
        assert together["ready:films"] == 0
        assert together["held:films"] == 5
        assert (together["seconds_bucket:films:0.1"], together["seconds_bucket:films:+Inf"]) == (5, 7)
        assert (together["seconds_count:films"], together["seconds_sum:films"]) == (7, 2.5)
        only = peers.together(families(3), ["films"])
        assert {each.labels["classifier"] for metric in only for each in metric.samples} == {"films"}
        other.kill()
    for _ in range(2):  # before the dead one is buried, and after
        together = values(peers.together(families(3), None))
        assert together["answered_total:films"] == 5
        assert (together["ready:films"], together["held:films"]) == (1, 3)
        bury(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([GONE, str(os.getpid())])


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b"{")
    (tmp_path / "other").write_bytes(b"")
    assert values(Peers(tmp_path).together(families(3), None))["answered_total:films"] == 3
