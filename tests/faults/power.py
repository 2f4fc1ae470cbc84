"""The loss of power, simulated: files are set back to what was synced of them (`tests.predictions.test_power_cut`)."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path

import tests.predictions.test_power_cut as power_cut
from tests.faults.accounts import account
from tests.faults.clients import asking
from tests.faults.scenario import Counts, MissingError, scenario
from tests.faults.server import serving
from tests.faults.workspaces import Workspaces


@scenario("With RATCHET_FSYNC=true an answer that a client has seen survives the loss of power.", few=1, many=50)
def power_cut_while_answering(workspaces: Workspaces, rounds: int) -> Counts:
    """kill -9 of a server whose syncs were watched, at a random moment; its files are set back to what was synced"""
    library = _watching(workspaces.scratch())
    root, chance, answered = workspaces.trained(), random.Random(7), set[str]()
    for _ in range(rounds):
        shadow = workspaces.scratch()
        _all_synced(root, shadow)
        watched = {"LD_PRELOAD": str(library), "POWER_CUT": str(shadow), "RATCHET_FSYNC": "true"}
        with serving(root, 1, **watched) as server, asking(server.address, 4) as clients:
            clients.until(answers=chance.randrange(1, 1_500))
            server.kill()
        power_cut.cut(root, shadow)
        answered |= clients.answers.keys()
        shutil.rmtree(shadow)
    return account(root, answered, tried=rounds)


def _watching(folder: Path) -> Path:
    """The library that watches what a process syncs."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        raise MissingError("the power cut is simulated on Linux, with a C compiler")
    library = folder / "power_cut.so"
    source = Path(power_cut.__file__).with_name("power_cut.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def _all_synced(folder: Path, shadow: Path) -> None:
    """What lies in a folder now was synced long ago."""
    for path in folder.iterdir():
        if path.is_dir():
            _all_synced(path, shadow)
        else:
            shutil.copyfile(path, shadow / str(path.stat().st_ino))
    names = "".join(f"{path.stat().st_ino} {path.name}\n" for path in folder.iterdir())
    (shadow / str(folder.stat().st_ino)).write_text(names)
