"""Several processes that answer at one address; `tests.faults` kills them."""

from __future__ import annotations

import os
import re
from pathlib import Path

import httpx
import pytest

import ratchet
from ratchet.errors import SettingsError
from ratchet.web.server import serve
from tests.faults.accounts import account
from tests.faults.clients import asking
from tests.faults.server import serving, wait
from tests.faults.workspaces import Workspaces


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory) -> Workspaces:
    return Workspaces(tmp_path_factory.mktemp("workers"))


def _counted(address: str, name: str) -> float:
    text = httpx.get(f"{address}/metrics").text
    return sum(float(each) for each in re.findall(rf"^{name}{{[^}}]*}} (\S+)$", text, re.MULTILINE))


def test_two_answer_at_one_address_and_each_tells_of_both(workspaces: Workspaces) -> None:
    root = workspaces.trained()
    with serving(root, workers=2) as server:
        with asking(server.address, 16) as clients:
            clients.until(answers=400)
        asked = len(clients.answers)
        wait(lambda: _counted(server.address, "ratchet_answered_total") == asked, "counts of both")
        assert _counted(server.address, "ratchet_logged_total") == asked
        assert clients.failed() == 0
        with ratchet.open(root, tracking_uri="off") as classifier:
            assert classifier.champion() == "1"
            classifier.promote("2", override=True, reason="to see both follow", actor="ann")

        def versions() -> set[str]:
            row = {"text": "a fine film"}
            return {httpx.post(f"{server.address}/predict", json=row).json()["version"] for _ in range(8)}

        wait(lambda: versions() == {"2"}, "both to answer with the new champion")
        killed = server.workers[0]
        killed.kill()
        wait(lambda: "another takes its place" in server.words, "word of it")
        wait(lambda: _counted(server.address, "ratchet_requests_total") >= asked, "what it counted")
        assert server.stop() == 0
        assert "was ended by SIGKILL; another takes its place" in server.words
        assert "Stopped in good order" in server.words
        assert server.words.count("Ratchet answers at") == 1
    assert account(root, clients.answers.keys(), tried=1).kept


def test_several_take_a_system_that_they_can_open_too(workspaces: Workspaces) -> None:
    with (
        ratchet.open(workspaces.trained(), tracking_uri="off") as classifier,
        pytest.raises(SettingsError, match="2 workers for classifiers that this process has opened"),
    ):
        serve(classifier, port=0, open=True, workers=2)


def test_workers_that_cannot_begin_are_given_up(workspaces: Workspaces) -> None:
    root: Path = workspaces.trained()
    (root / "sitecustomize.py").write_text(
        "import os, sys\nif any('forkserver' in each for each in sys.orig_argv):\n"
        "    import ratchet.web.app as app\n    app.create = None\n"
    )
    with (
        pytest.raises(AssertionError, match="before it answered, 3 times in a row"),
        serving(root, workers=2, PYTHONPATH=f"{root}:{os.environ.get('PYTHONPATH', '')}"),
    ):
        pass
