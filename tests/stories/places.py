"""The places a command may find itself in: containers, small machines, slow disks, odd names, closed streams."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import ratchet
from tests.stories.scenes import Answer

ODD_NAME = "Büro [1] mit Leerzeichen/äöü ☃ 100%41?"
_SOURCE = Path(ratchet.__file__).parents[1]
_SLOW_AND_LATE = Path(__file__).parent / "slow_and_late"


@dataclass(frozen=True, kw_only=True)
class Place:
    """What a place is like."""

    shell: str = ""
    """What a shell does there before it becomes the command; ``$CODE`` is where the code lies."""
    environment: Mapping[str, str | None] = field(default_factory=dict)
    """Variables that are set, or taken away (None)."""
    mounts: bool = False
    """Whether the shell mounts something, in a namespace of its own that goes with it."""
    nameless: bool = False
    """Whether the command runs as user 12345, of whom the system knows no name."""


ALONE: dict[str, Place] = {
    # Who runs it, and what a container leaves out
    "no home": Place(environment={"HOME": None, "USER": None, "LOGNAME": None}),
    "a home that is not there": Place(environment={"HOME": "/nonexistent"}),
    "no folders of the desktop": Place(environment=dict.fromkeys(("XDG_CACHE_HOME", "XDG_RUNTIME_DIR"), "/proc/none")),
    "a user without a name": Place(nameless=True, environment={"USER": None, "LOGNAME": None}),
    "read-only code": Place(
        shell='mount --bind "$CODE" "$CODE" && mount -o remount,bind,ro "$CODE" && ! touch "$CODE/x" 2>/dev/null',
        mounts=True,
        environment={"PYTHONDONTWRITEBYTECODE": "1"},
    ),
    "process 1": Place(shell='set -- unshare --pid --fork --mount-proc "$@"', mounts=True),
    "umask 077": Place(shell="umask 077"),
    "umask 000": Place(shell="umask 000"),
    # What it may print and read
    "ASCII": Place(environment={"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
    "no standard input": Place(shell="exec <&-"),
    "no standard output": Place(shell="exec >&-"),
    "no standard error": Place(shell="exec 2>&-"),
    "a narrow, dumb terminal": Place(environment={"TERM": "dumb", "COLUMNS": "20"}),
    # Temporary folders
    "a temporary folder that is not there": Place(environment={"TMPDIR": "/nonexistent"}),
    "a full temporary folder": Place(
        shell="mount -t tmpfs -o size=64k none /mnt && ! head -c 80k /dev/zero >/mnt/full 2>/dev/null",
        mounts=True,
        environment={"TMPDIR": "/mnt"},
    ),
    "no shared memory": Place(shell="mount -t tmpfs -o ro none /dev/shm", mounts=True),
    # What the machine has
    "one core": Place(shell="taskset -p 1 $$ >/dev/null"),
    "64 open files": Place(shell="ulimit -n 64"),
    "4 GB of addresses": Place(shell="ulimit -v 4000000"),
    # Its disk and its clock
    "a slow disk": Place(environment={"SLOW": "0.005"}),
    "1970": Place(environment={"CLOCK": "86400"}),
    "2099": Place(environment={"CLOCK": "4080000000"}),
    "a workspace that is a link": Place(shell="test -e .ratchet || { mkdir real && ln -s real .ratchet; }"),
}
"""Each by itself."""

TOGETHER: dict[str, tuple[str, ...]] = {
    "a container": (
        "a home that is not there", "no folders of the desktop", "a user without a name", "read-only code", "umask 077",
        "ASCII", "a temporary folder that is not there", "no standard input",
    ),
    "a small machine": (
        "no home", "process 1", "a narrow, dumb terminal", "a full temporary folder", "no shared memory", "one core",
        "64 open files", "4 GB of addresses", "umask 000",
    ),
    "a service of 2099 on a slow disk": ("no standard output", "no standard error", "a slow disk", "2099"),
}  # fmt: skip
"""What goes together, so that few runs see all of it."""


def joined(names: Sequence[str]) -> Place:
    """One place that is like all of these."""
    all_of = [ALONE[name] for name in names]
    return Place(
        shell="\n".join(each.shell for each in all_of if each.shell),
        environment={key: value for each in all_of for key, value in each.environment.items()},
        mounts=any(each.mounts for each in all_of),
        nameless=any(each.nameless for each in all_of),
    )


def missing(place: Place) -> str | None:
    """What this machine does not allow that a place needs."""
    if place.mounts and not _works(*_mounting(), "mount", "-t", "tmpfs", "none", "/mnt"):
        return "mounting in a namespace"
    if place.nameless and not _works(*_NAMELESS, "true"):
        return "user namespaces"
    if "taskset" in place.shell and shutil.which("taskset") is None:
        return "taskset"
    return None


def command(place: Place, *words: str | Path) -> tuple[list[str], dict[str, str]]:
    """The command line that runs ``ratchet`` there, and its environment."""
    path = [str(_SLOW_AND_LATE)] * bool({"SLOW", "CLOCK"} & {*place.environment}) + [str(_SOURCE)]
    environment = {**os.environ, "CODE": str(_SOURCE), "PYTHONPATH": os.pathsep.join(path), **place.environment}
    become = [*_mounting(), "sh"] if place.mounts else ["sh"]
    nameless = " ".join(_NAMELESS) if place.nameless else ""
    script = f'set -e\n{place.shell}\nexec {nameless} "$@"'
    told = [*become, "-c", script, "sh", sys.executable, "-m", "ratchet.cli", *map(str, words)]
    return told, {key: value for key, value in environment.items() if value is not None}


def run(place: Place, folder: Path, *words: str | Path, **also: str) -> Answer:
    """What a command says there, in a folder; ``also`` are variables that are set."""
    told, environment = command(place, *words)
    done = subprocess.run(told, cwd=folder, env=environment | also, capture_output=True, check=False, timeout=300)
    return Answer(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


_NAMELESS = ("unshare", "--user", "--map-user=12345", "--map-group=12345")


def _mounting() -> list[str]:
    return ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--map-root-user", "--mount"]


@cache
def _works(*words: str) -> bool:
    return shutil.which(words[0]) is not None and not subprocess.run(words, capture_output=True, check=False).returncode
