"""The blobs kit: `check_blobs` tries to break every promise of `ratchet.store.blobs.Blobs`."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ratchet.errors import NotFoundError, RatchetError, WorkspaceError
from ratchet.store.blobs import Blobs

BAD_KEYS = (
    *("", "/", "/etc/passwd", "..", "../up", "a/../../up", "a//b", "a/", "a/./b", "~/x", "a*", "a:b"),
    *(".hidden", "a/.hidden", "a\\..\\b", "a\x00b", "a\nb", "a" * 201),
)


def check_blobs(make: Callable[[], Blobs]) -> None:
    """Run every check of this kit; ``make`` opens a store that holds nothing, another one each time."""
    for check in CHECKS:
        check(make)


def check_files(make: Callable[[], Blobs]) -> None:
    """What was put is what is got, also as a local file; the last put counts; nothing is there before or after."""
    blobs = make()
    assert not blobs.exists("a/b.bin"), "a new store has no files"
    for content in (b"one", b"", bytes(range(256)) * 5000):
        blobs.put("a/b.bin", content)
        assert blobs.get("a/b.bin") == content, "get gives what was put"
        assert blobs.local("a/b.bin").read_bytes() == content, "the local file holds what was put last"
    assert blobs.exists("a/b.bin"), "a file that was put is there"
    assert not blobs.exists("a"), "the way to a file is no file"
    blobs.delete("a/b.bin")
    blobs.delete("a/b.bin")
    assert not blobs.exists("a/b.bin"), "a deleted file is gone"


def check_missing(make: Callable[[], Blobs]) -> None:
    """What is not there is `NotFoundError`."""
    blobs = make()
    blobs.put("folder/file", b"x")
    for ask in (blobs.get, blobs.local, blobs.local_folder):
        for key in ("absent", "folder", "folder/absent", "absent/absent"):
            try:
                found = ask(key)
            except NotFoundError:
                continue
            raise AssertionError(f"{key} is not there, found {found!r}")


def check_keys(make: Callable[[], Blobs]) -> None:
    """No key leads out of the store or to what the store keeps for itself."""
    blobs = make()
    for key in BAD_KEYS:
        for ask in (blobs.get, blobs.exists, blobs.delete, blobs.local, blobs.local_folder):
            try:
                ask(key)
            except WorkspaceError:
                continue
            raise AssertionError(f"the key {key!r} is refused")
        try:
            blobs.put(key, b"x")
        except WorkspaceError:
            continue
        raise AssertionError(f"the key {key!r} is refused")
    assert blobs.list() == [], "a refused key writes nothing"


def check_list(make: Callable[[], Blobs]) -> None:
    """Every file below a folder, sorted; not those whose folder's name merely begins alike."""
    blobs = make()
    for key in ("a/1", "a/b/2", "ab/3", "top"):
        blobs.put(key, b"x")
    assert blobs.list() == ["a/1", "a/b/2", "ab/3", "top"], f"all keys, found {blobs.list()}"
    assert blobs.list("a") == ["a/1", "a/b/2"], f"the keys below a, found {blobs.list('a')}"
    assert blobs.list("none") == [], "nothing below a folder that is not there"


def check_put_file(make: Callable[[], Blobs]) -> None:
    """A file of this machine is copied whole, and left as it was."""
    blobs = make()
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source")
        source.write_bytes(b"12345" * 1_000_000)
        blobs.put_file("big", source)
        assert blobs.get("big") == source.read_bytes(), "the copy holds what the file holds"


def check_folders(make: Callable[[], Blobs]) -> None:
    """A folder comes back with every file; putting it again does nothing; other files of its key are refused."""
    blobs = make()
    with tempfile.TemporaryDirectory() as name:
        folder = _folder(Path(name, "one"), {"manifest.json": "{}", "arrays/w.bin": "123", "empty": ""})
        blobs.put_folder("models/7", folder)
        blobs.put_folder("models/7", folder)
        assert blobs.exists("models/7"), "a folder that was put is there"
        assert _contents(blobs.local_folder("models/7")) == _contents(folder), "every file comes back"
        assert blobs.get("models/7/arrays/w.bin") == b"123", "its files can be got one by one"
        assert blobs.list("models") == ["models/7/arrays/w.bin", "models/7/empty", "models/7/manifest.json"], "listed"
        other = _folder(Path(name, "two"), {"manifest.json": "{1}"})
        _refused(lambda: blobs.put_folder("models/7", other), "other files under a key that is taken")
        assert _contents(blobs.local_folder("models/7")) == _contents(folder), "the first folder stays"
        blobs.delete("models/7")
        assert not blobs.exists("models/7"), "a deleted folder is gone"
        assert blobs.list() == [], "with all of its files"
        blobs.put_folder("models/7", other)
        assert _contents(blobs.local_folder("models/7")) == _contents(other), "its key is free again"
        (folder / "link").symlink_to("/etc/passwd")
        _refused(lambda: blobs.put_folder("models/8", folder), "a link in a folder")


def check_half_a_folder(make: Callable[[], Blobs]) -> None:
    """Files that a killed process left of a folder are not the folder, and go when it is put again."""
    blobs = make()
    blobs.put("models/7/manifest.json", b"half")
    blobs.put("models/7/leftover", b"half")
    assert not blobs.exists("models/7"), "half a folder is not there"
    with tempfile.TemporaryDirectory() as name:
        folder = _folder(Path(name, "one"), {"manifest.json": "{}"})
        blobs.put_folder("models/7", folder)
        assert _contents(blobs.local_folder("models/7")) == _contents(folder), "nothing is left of the half"


def check_one_folder_by_several(make: Callable[[], Blobs]) -> None:
    """Several may put the same folder at once: none fails, and all of it is there."""
    blobs = make()
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(4) as pool:
        folder = _folder(Path(name, "one"), {"manifest.json": "{}", **{f"arrays/{n}.bin": "123" for n in range(4)}})
        for turn in range(5):
            for done in [pool.submit(blobs.put_folder, f"models/{turn}", folder) for _ in range(4)]:
                done.result()
            assert _contents(blobs.local_folder(f"models/{turn}")) == _contents(folder), "every file is there"


def check_whole_or_not_at_all(make: Callable[[], Blobs]) -> None:
    """Whoever reads while others write sees one of the contents, whole."""
    blobs = make()
    contents = [bytes([65 + number]) * 300_000 for number in range(4)]
    blobs.put("shared", contents[0])

    def work(number: int) -> bytes:
        if number % 2:
            blobs.put("shared", contents[number % 4])
        return blobs.get("shared")

    with ThreadPoolExecutor(4) as pool:
        assert all(found in contents for found in pool.map(work, range(40))), "a reader saw half a file"


CHECKS = (
    check_files,
    check_missing,
    check_keys,
    check_list,
    check_put_file,
    check_folders,
    check_half_a_folder,
    check_one_folder_by_several,
    check_whole_or_not_at_all,
)


def _folder(path: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text)
    return path


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _refused(ask: Callable[[], object], what: str) -> None:
    try:
        ask()
    except RatchetError:
        return
    raise AssertionError(f"{what} is refused")
