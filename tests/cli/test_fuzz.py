"""No value of any option or argument brings a traceback: always words, a documented exit code, one document.

Each option is given a third of the values, and the next one the next third; with ``RATCHET_FUZZ=all``, all of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from ratchet.cli import demo
from ratchet.cli.main import app, run
from ratchet.errors import JobError
from ratchet.settings import Settings

SECRET = "sEcReT"
NASTY = (
    "", ".", "..", "-", "--", "---", "-1", "nan", "null", "a\0b", "🙂", "\udcff.csv", "$(true)", "[", "*", "~nobody/x",
    "missing.csv", "none/missing.csv", "table.csv/below.csv", "folder.csv", "binary.csv", "empty.csv", "table.csv",
    "table.xlsx", "/proc/self/nothing.jsonl", "/dev/null", "9" * 400, "x" * 300 + ".csv", "d/" * 3_000, "1e400",
    f"postgresql://u:{SECRET}@127.0.0.1:1/x", f"postgresql://u:{SECRET}@127.0.0.1:1/x?table=t",
    f"postgresql://u:a@{SECRET}@h/x?table=t", f"s3://key:{SECRET}@bucket", f"https://u:{SECRET}@h/x.csv", "sqlite:///no.db",
)  # fmt: skip
PART = 1 if os.environ.get("RATCHET_FUZZ") == "all" else 3
GOOD = {
    "data": "table.csv", "source": "table.csv", "label": "y", "out": "answers.csv", "version": "1", "first": "1",
    "second": "1", "shell": "bash", "id": "ann", "name": "ann", "key": "ann", "file": "none.jsonl", "row": '{"x": 1}',
}  # fmt: skip
TOML = 'name = "fuzz"\nlabel = "y"\n[columns]\nx = "number"\n[[candidates]]\nfamily = "linear.v1"\n'


def _leaves(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, each in getattr(command, "commands", {}).items():
        yield from _leaves(each, (*words, name))
    if not hasattr(command, "commands"):
        yield words, command


COMMAND: Any = typer.main.get_command(app)
LEAVES = dict(_leaves(COMMAND))


def _given(param: Any, value: str | None) -> list[str]:
    """The words that give a parameter a value; None: what a flag needs."""
    if param.param_type_name == "argument":
        return [] if value is None else [value]
    return [param.opts[0]] if value is None else [param.opts[0], value]


def _lines(words: tuple[str, ...], command: Any) -> Iterator[list[str]]:
    """A command with nothing, with good values, and with each of its values bad, one at a time."""
    good = {each.name: _given(each, GOOD.get(each.name, "1")) for each in command.params if each.required}
    base = [word for each in good.values() for word in each]
    asks = [["--json"]] if any(each.name == "json" for each in command.params) else [[]]
    yield [*words]
    yield [*words, *base, *asks[0]]
    yield [*words, *base, "--no-such-option", "--json"]
    for at, each in enumerate(command.params):
        others = [word for name, given in good.items() if name != each.name for word in given]
        flag = getattr(each, "is_flag", False)
        if each.name == "help":
            continue
        for value in (None,) if flag else NASTY[at % PART :: PART]:
            yield [*words, *others, *_given(each, value), *asks[0]]
        yield [*words, *others, *_given(each, None)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files of many kinds; nothing is trained and nothing listens."""
    (tmp_path / "table.csv").write_text("x,y\n" + "".join(f"{n},{'ab'[n % 2]}\n" for n in range(60)))
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "table.xlsx").write_bytes(b"PK\x03\x04" + bytes(200))
    (tmp_path / "empty.csv").touch()
    (tmp_path / "folder.csv").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RATCHET_TRACKING_URI", "off")
    monkeypatch.setattr("ratchet.classifier.flow.run", _not_here)
    monkeypatch.setattr("ratchet.web.server._run", lambda *_: None)
    monkeypatch.setattr(demo, "_serve", lambda *_, **__: None)
    monkeypatch.setattr("ratchet.store.database._ANSWER_WITHIN", 1)
    return tmp_path


def _not_here(*_: object, **__: object) -> None:
    raise JobError("nothing is trained here", todo="go on")


def _judge(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code = run(words)
    said = capsys.readouterr()
    line = f"{words!r:.300}: {code}\n{said.err[-1500:]}"
    assert code in {0, 1, 2, 3}, line
    assert "Traceback" not in said.out + said.err, line
    assert SECRET not in said.out + said.err, line
    if code:
        assert said.out.strip() or said.err.strip(), line
    if "--json" in words and not {"-h", "--help"} & {*words}:
        document, end = json.JSONDecoder().raw_decode(said.out)
        assert said.out[end:].strip() == "", line
        assert not code or "error" not in document or {"problems", "todo", "code"} <= {*document}, line


@pytest.mark.parametrize("words", LEAVES, ids=" ".join)
def test_no_value_brings_a_traceback(words: tuple[str, ...], place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for line in _lines(words, LEAVES[words]):
        (place / "ratchet.toml").write_text(TOML)
        _judge(line, capsys)


@pytest.mark.parametrize("value", NASTY, ids=lambda value: ascii(value[:20]))
def test_no_folder_brings_a_traceback(value: str, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["show", "--json"], ["doctor", "--json"], ["init", "table.csv", "--label", "y", "--json"]):
        _judge(["-C", value, *words], capsys)
    _judge(["--root", value, "serve"], capsys)


@pytest.mark.parametrize(
    ("at", "name"), [(at, f"RATCHET_{name.upper()}") for at, name in enumerate(Settings.model_fields)]
)
def test_no_setting_brings_a_traceback(
    at: int, name: str, place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "ratchet.toml").write_text(TOML)
    for value in NASTY[at % PART :: PART]:
        if "\0" not in value:
            monkeypatch.setenv(name, value)
            for words in (["check", "--json"], ["serve"], ["doctor", "--json"]):
                _judge(words, capsys)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[" * 5_000, b"name = ", b"", b"x = 1\n" * 9, None])
def test_no_spec_brings_a_traceback(content: bytes | None, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = place / "ratchet.toml"
    if content is None:
        spec.mkdir()
    else:
        spec.write_bytes(content)
    for words, command in LEAVES.items():
        base = [word for each in command.params if each.required for word in _given(each, GOOD[each.name])]
        _judge([*words, *base], capsys)
