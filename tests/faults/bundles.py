"""Bundles that somebody has changed, or made to do harm."""

from __future__ import annotations

import json
import os
import pickle
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from ratchet.registry import manifest
from tests.faults.scenario import Counts, scenario
from tests.faults.workspaces import Workspaces

OPENING = """
import json, os, sys
from ratchet.errors import BundleError
from ratchet.registry import bundle
bundle.read(sys.argv[1])  # what is imported late is imported by now
harm, inside = [], ""
def watch(event, arguments):
    if event in {"pickle.find_class", "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "socket.connect",
                 "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.symlink", "os.chmod", "ctypes.dlopen"}:
        harm.append(event)
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        path, mode, flags = arguments
        place = os.path.realpath(os.fsdecode(path))
        if flags & (os.O_WRONLY | os.O_RDWR) or os.sep + "secret" in place:
            harm.append(f"open {place}")
sys.addaudithook(watch)
for inside in sys.argv[2:]:
    harm.clear()
    try:
        bundle.read(inside)
        said = "opened"
    except BundleError as error:
        said = "refused" if error.problem and error.todo else "refused without a word"
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
    print(json.dumps([inside, said, harm]))
"""
"""Opens bundles, and tells of each what came of it and what it did beside."""

Attack = Callable[[Path, random.Random], bool]
"""Changes a bundle; whether it must be refused, as against opened without harm."""


class Payload:
    """What unpickling would run."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("echo",)


@scenario("Opening a bundle runs no code of its maker, and reads and writes no file outside it.", few=73, many=5_000)
def hostile_bundles(workspaces: Workspaces, rounds: int) -> Counts:
    """bundles with changed bytes, wrong sums, links, names that lead outside, pickles, manifests changed by chance"""
    chance, folder = random.Random(6), workspaces.scratch()
    whole = next(path.parent for path in workspaces.trained().glob(f".ratchet/blobs/**/{manifest.FILE}"))
    (folder / "secret").write_bytes(pickle.dumps(Payload()))
    failed = 0
    for start in range(0, rounds, 100):
        made = {
            _copy(whole, folder / f"b{number}"): ATTACKS[number % len(ATTACKS)]
            for number in range(start, min(rounds, start + 100))
        }
        refused = {str(path): attack(path, chance) for path, attack in made.items()}
        for path, said, harm in _opened(whole, refused):
            kept = not harm and (said == "refused" or (said == "opened" and not refused[path]))
            if not kept:
                print(f"{made[Path(path)].__name__}: {said}, {harm}", file=sys.stderr)
            failed += not kept
        for copy in made:
            shutil.rmtree(copy)
    return Counts(tried=rounds, failed=failed)


def _copy(whole: Path, to: Path) -> Path:
    return Path(shutil.copytree(whole, to))


def _opened(whole: Path, folders: dict[str, bool]) -> list[tuple[str, str, list[str]]]:
    command = [sys.executable, "-c", OPENING, str(whole), *folders]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(folders), done.stdout
    return found


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name != manifest.FILE)


def _signed(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest as someone would who also puts every sum right."""
    body = msgspec.to_builtins(manifest.decode((folder / manifest.FILE).read_bytes(), str(folder))[1])
    for path in _files(folder):
        if path.name in body["files"] and path.is_file():
            content = path.read_bytes()
            body["files"][path.name] = {"sha256": manifest.digest(content), "bytes": len(content)}
    change(body)
    raw = msgspec.json.format(msgspec.json.encode(body), indent=1)
    content = b'{\n"id": "' + manifest.digest(raw).encode() + b'",\n"manifest": ' + raw + b"\n}\n"
    (folder / manifest.FILE).write_bytes(content)


def changed_byte(folder: Path, chance: random.Random) -> bool:
    path = chance.choice(sorted(folder.iterdir()))
    content = bytearray(path.read_bytes())
    content[chance.randrange(len(content))] ^= chance.randrange(1, 256)
    path.write_bytes(content)
    return True


def wrong_sum(folder: Path, chance: random.Random) -> bool:
    name = chance.choice(_files(folder)).name
    wrong = f"{chance.getrandbits(256):064x}"
    _signed(folder, lambda body: body["files"][name].update(sha256=wrong))
    return True


def name_that_leads_outside(folder: Path, chance: random.Random) -> bool:
    way = chance.choice(
        ["../secret", str(folder.parent / "secret"), "a/../../secret", "..\\secret", "./../secret", ".."]
    )
    old = chance.choice(_files(folder)).name

    def lead(body: dict[str, Any]) -> None:
        body["files"][way] = body["files"].pop(old)
        for part in body["parts"].values():
            part.update({key: way for key, value in part.items() if value == old})

    _signed(folder, lead)
    return True


def link(folder: Path, chance: random.Random) -> bool:
    path = chance.choice(sorted(folder.iterdir()))
    path.unlink()
    path.symlink_to(chance.choice(["../secret", "/etc/hostname", str(folder.parent), "/dev/zero"]))
    return True


def pickle_inside(folder: Path, chance: random.Random) -> bool:
    parsed = [path for path in _files(folder) if path.suffix != ".txt"]  # a text may hold any words
    chance.choice(parsed).write_bytes(pickle.dumps(Payload(), protocol=chance.randrange(6)))
    _signed(folder, lambda body: None)
    return True


def pickle_beside(folder: Path, chance: random.Random) -> bool:
    (folder / chance.choice(["model.pkl", "__init__.py", "pipeline.joblib"])).write_bytes(pickle.dumps(Payload()))
    return True


def changed_and_signed(folder: Path, chance: random.Random) -> bool:
    path = chance.choice(_files(folder))
    content = bytearray(path.read_bytes())
    for _ in range(chance.randrange(1, 8)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    path.write_bytes(content[: chance.choice([None, chance.randrange(len(content))])])
    _signed(folder, lambda body: None)
    return False


def manifest_changed_and_signed(folder: Path, chance: random.Random) -> bool:
    odd: Any = chance.choice(
        [None, -1, 1e308, "", "../secret", [], {}, "os.system", 10**30, {"a": [[[[]]]]}, "\0", "x" * 10_000]
    )

    def change(body: dict[str, Any]) -> None:
        place: Any = body
        while True:
            key = chance.choice(sorted(place) if isinstance(place, dict) else range(len(place)))
            if not isinstance(place[key], dict | list) or not place[key] or chance.random() < 0.2:
                break
            place = place[key]
        place[key] = odd

    _signed(folder, change)
    return False


ATTACKS: tuple[Attack, ...] = (
    changed_byte,
    wrong_sum,
    name_that_leads_outside,
    link,
    pickle_inside,
    pickle_beside,
    changed_and_signed,
    manifest_changed_and_signed,
)
