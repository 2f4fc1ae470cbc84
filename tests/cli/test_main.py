"""The command line as a whole: exit codes, and what is said of whatever goes wrong."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import ratchet
from ratchet.cli.main import app, run
from ratchet.errors import DataError, PathError, UnavailableError
from tests.stories.scenes import Shell

NOBODY = 65534
TOML = 'name = "a"\nlabel = "y"\n[columns]\nx = "number"\n[[candidates]]\nfamily = "linear.v1"\n'


def _raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(ratchet, "open", fail)


def test_the_version_needs_no_command() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.output.strip()) == (0, ratchet.__version__)


def test_the_help_tells_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Exit codes: 0 done, 1 refused by the gate or a check, 2 wrong input, 3 something needed is away" in said
    assert "130 Ctrl-C, 143 SIGTERM" in said


@pytest.mark.parametrize(
    ("error", "exit_code", "code"),
    [
        (DataError("a"), 2, "data"),
        (UnavailableError("a"), 3, "unavailable"),
        (OSError(errno.ENOSPC, "No space left on device"), 3, "full-disk"),
        (PermissionError(errno.EACCES, "Permission denied", "/x/y"), 2, "path"),
        (MemoryError(), 3, "unavailable"),
        (OSError(errno.EMFILE, "Too many open files", "/x/y"), 3, "unavailable"),
        (ValueError("odd"), 4, "internal"),
        (OSError("odd"), 4, "internal"),
        (KeyboardInterrupt(), 130, "interrupted"),
    ],
)
def test_whatever_is_raised_becomes_one_document_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, error: Any, exit_code: int,
    code: str,
) -> None:  # fmt: skip
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    _raising(monkeypatch, error)
    assert run(["show", "--json"]) == exit_code
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert document["code"] == code
    assert document["error"]
    assert said.err.startswith("ratchet: ")
    assert "Traceback" not in said.err


def test_a_mistake_of_ours_is_one_sentence_and_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    _raising(monkeypatch, KeyError("postgresql://u:p@ss@h/x"))
    assert run(["show", "1"]) == 4
    said = capsys.readouterr().err
    (report,) = tmp_path.iterdir()
    assert "a mistake of Ratchet's own: KeyError" in said
    assert str(report) in said
    assert "ratchet explain-error internal says more" in said
    assert "Traceback" not in said
    assert report.stat().st_mode & 0o777 == 0o600
    text = report.read_text()
    assert "Traceback" in text
    assert "ratchet show 1" in text
    assert "p@ss" not in text + said
    monkeypatch.setenv("RATCHET_DEBUG", "1")
    assert run(["show"]) == 4
    assert "Traceback" in capsys.readouterr().err


def test_a_mistake_of_ours_is_told_where_no_report_can_be_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", full)
    _raising(monkeypatch, KeyError("x"))
    assert run(["show"]) == 4
    assert "RATCHET_DEBUG=1" in capsys.readouterr().err


def test_words_that_are_not_known_are_told_in_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--port", "abc", "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert (document["code"], document["todo"]) == ("usage", "ratchet serve --help says what it takes")
    assert run(["serve", "--port", "99999"]) == 2
    assert "65535" in capsys.readouterr().err


def test_a_document_is_not_followed_by_another(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Breaking:
        def __enter__(self) -> Breaking:
            return self

        def __exit__(self, *_: object) -> None:
            raise UnavailableError("the database went away")

        def check(self, **_: object) -> tuple[()]:
            return ()

    monkeypatch.setattr(ratchet, "open", lambda *_: Breaking())
    assert run(["check", "--json"]) == 3
    said = capsys.readouterr()
    assert json.loads(said.out) == {"findings": []}
    assert "the database went away" in said.err


def test_a_page_is_written_whole_or_not_at_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from tests.cli.test_learn import Stub, document

    monkeypatch.setattr(ratchet, "open", lambda *_: Stub(document()))
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("as it was")
    for place in ("none/x.html", "folder", "file/x.html", "x" * 300):
        assert run(["show", "--html", str(tmp_path / place)]) == 2, place
        said = capsys.readouterr().err
        assert f"{tmp_path / place} cannot be used" in said
    monkeypatch.setattr(Path, "replace", _full)
    assert run(["show", "--html", str(tmp_path / "file")]) == 3
    assert (tmp_path / "file").read_text() == "as it was"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder"]


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_spec_that_cannot_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{n},{'ab'[n % 2]}\n" for n in range(40)))
    (tmp_path / "ratchet.toml").write_text("as it was")
    monkeypatch.setattr(Path, "replace", _full)
    with pytest.raises(UnavailableError, match="no room"):
        ratchet.init(str(tmp_path / "t.csv"), "y", root=tmp_path, force=True)
    assert (tmp_path / "ratchet.toml").read_text() == "as it was"
    monkeypatch.undo()
    with pytest.raises(PathError):
        ratchet.init(str(tmp_path / "t.csv"), "y", root=tmp_path / "t.csv")


def test_a_pipe_that_is_closed_is_no_matter(tmp_path: Path) -> None:
    command = f"{sys.executable} -m ratchet.cli explain-error; echo $? >&2"
    done = subprocess.run(
        f"({command}) | head -c 0", shell=True, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() in {"141", "0"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_standard_output_on_a_full_disk_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "ratchet.cli", "explain-error"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, cwd=tmp_path, text=True, check=False)
    assert (done.returncode, "no room left" in done.stderr, "Traceback" in done.stderr) == (3, True, False)


def test_closed_streams_and_plain_ascii_are_no_matter(tmp_path: Path) -> None:
    command = f"{sys.executable} -m ratchet.cli explain-error usage >&- 2>&-"
    assert subprocess.run(command, shell=True, cwd=tmp_path, check=False).returncode == 0
    (tmp_path / "ä.csv").write_text("x\n")
    told = Shell(tmp_path)("init", "ä.csv", "--label", "ö", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (told.code, "Traceback" in told.err) == (2, False)


@pytest.fixture
def locked() -> Iterator[Path]:
    """A folder that another user may look into, with a spec and a folder that are closed to that user."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "closed").mkdir(mode=0o700)
        (folder / "ratchet.toml").write_text(TOML)
        (folder / "ratchet.toml").chmod(0o600)
        (folder / "rows.csv").write_text("x,y\n1,a\n2,b\n")
        yield folder


@pytest.mark.skipif(os.getuid() != 0, reason="only root may become another user")
def test_rights_that_are_not_there_are_told_in_words(locked: Path) -> None:
    for words in (
        ["show", "--json"],
        ["-C", "closed", "show", "--json"],
        ["-C", "closed", "doctor", "--json"],
        ["init", "rows.csv", "--label", "y", "--force", "--json"],
        ["-C", "closed/x", "init", "rows.csv", "--label", "y", "--json"],
        ["init", "closed/rows.csv", "--label", "y", "--json"],
    ):
        program = (  # what is needed is imported as root, who may read it
            "import os, sys; from ratchet.cli.main import run; import ratchet.system, ratchet.settings\n"
            f"os.setuid({NOBODY}); sys.exit(run({words!r}))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=locked, capture_output=True, text=True, check=False,
            env=os.environ | {"HOME": "/nonexistent", "RATCHET_TRACKING_URI": "off"},
        )  # fmt: skip
        assert done.returncode in ({0, 2} if "doctor" in words else {2}), (words, done.stderr)
        assert "Traceback" not in done.stderr
        assert json.load(io.StringIO(done.stdout)), words


@pytest.mark.parametrize("place", ["", ".", "..", "/", "folder/", "none/x.csv"])
@pytest.mark.parametrize("words", [["show", "--html"], ["check", "--rows"], ["predict", "t.csv", "-o"]])
def test_an_output_that_is_no_file_is_told_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str], place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    _raising(monkeypatch, KeyError("nothing is opened"))
    assert run([*words, place, "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert document["code"] == "path"
    assert "name a file, not a folder" in document["todo"] or "there is no folder none" in document["error"]


@pytest.mark.parametrize("port", ["abc", "99999", "-1", "1.5"])
def test_a_port_that_is_none_is_told_plainly(capsys: pytest.CaptureFixture[str], port: str) -> None:
    for words in (["serve"], ["demo"]):
        assert run([*words, "--port", port]) == 2
        said = capsys.readouterr().err
        assert "Invalid value for '--port': a port is a whole number from 0 to 65535\n" in said


def test_a_shell_that_is_not_known_is_told_plainly(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "powershell"]) == 2
    assert "'shell': 'powershell' is not one of 'bash', 'zsh', 'fish'" in capsys.readouterr().err


def test_what_is_to_be_typed_has_the_folder_that_was_given(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "a b"
    for words, given in ((["-C", str(folder)], f"-C '{folder}' "), ([], "")):
        assert run([*words, "show", "--json"]) == 2
        said = capsys.readouterr()
        assert json.loads(said.out)["todo"] == f"ratchet {given}init DATA --label COLUMN writes one"
        assert f"What to do: ratchet {given}init DATA" in said.err


def test_a_pipe_is_written_to_and_not_replaced(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tests.cli.test_learn import Stub, document

    monkeypatch.setattr(ratchet, "open", lambda *_: Stub(document()))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run(["show", "--html", str(pipe)]) == 0
        assert os.read(reader, 1_000)
    finally:
        os.close(reader)
    assert pipe.is_fifo()
