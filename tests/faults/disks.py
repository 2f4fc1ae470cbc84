"""Disks without room."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.faults.accounts import account
from tests.faults.clients import asking
from tests.faults.scenario import Counts, MissingError, scenario
from tests.faults.server import serving
from tests.faults.workspaces import Workspaces

WIDE = b'{"text": "' + b"a fine film " * 650 + b'"}'
"""A row of 8 KB: the 16 MB that the log has claimed beforehand are used up soon."""
MANY = 3_000
"""More such rows than those 16 MB hold, so that a full disk is felt."""
KEPT = "An answer is given only where it can be logged; nobody's is lost when the disk is full."


@scenario(KEPT, few=1, many=50)
def disk_full_then_room(workspaces: Workspaces, rounds: int) -> Counts:
    """the disk of the workspace is filled to the last byte while rows of 8 KB are answered, and has room again"""
    with small_disk(workspaces) as disk:
        root = workspaces.trained(at=disk / "films")
        with serving(root) as server, asking(server.address, 1, rows=20, row=WIDE) as clients:
            for _ in range(rounds):
                clients.more(answers=100)
                with filled(disk):
                    clients.until_refused(most=MANY)
                clients.more(answers=100)
            clients.stop()
            assert server.stop() == 0, server.words
        assert set(clients.refused) <= {503}, clients.refused
        return account(root, clients.answers, tried=rounds, failed=len(clients.cut))


@scenario(KEPT, few=1, many=30)
def disk_full_then_killed(workspaces: Workspaces, rounds: int) -> Counts:
    """kill -9 of the server while the disk is full; the next one starts when there is room"""
    with small_disk(workspaces) as disk:
        root, answered = workspaces.trained(at=disk / "films"), set[str]()
        for _ in range(rounds):
            with serving(root) as server, asking(server.address, 1, rows=20, row=WIDE) as clients:
                clients.more(answers=100)
                with filled(disk):
                    clients.until_refused(most=MANY)
                    server.kill()
            answered |= clients.answers.keys()
        return account(root, answered, tried=rounds)


@scenario(KEPT, few=1, many=30)
def disk_full_then_terminated(workspaces: Workspaces, rounds: int) -> Counts:
    """SIGTERM of the server while the disk is full; the next one starts when there is room"""
    with small_disk(workspaces) as disk:
        root, answered = workspaces.trained(at=disk / "films"), set[str]()
        for _ in range(rounds):
            with serving(root) as server, asking(server.address, 1, rows=20, row=WIDE) as clients:
                clients.more(answers=100)
                with filled(disk):
                    clients.until_refused(most=MANY)
                    code = server.stop()
            assert code == 0, f"exit code {code}: {server.words}"
            answered |= clients.answers.keys()
        return account(root, answered, tried=rounds)


@contextmanager
def small_disk(workspaces: Workspaces) -> Iterator[Path]:
    """A file system of its own, 192 MB."""
    disk = workspaces.scratch()
    command = ["mount", "-t", "tmpfs", "-o", "size=192m", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise MissingError("mounting a small disk needs mount") from None
    if mounted.returncode:
        raise MissingError(f"mounting a small disk needs root: {mounted.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """No room on a disk during the block."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
        os.fsync(file.fileno())
    try:
        yield
    finally:
        filler.unlink()
