from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Literal

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ratchet.data.readers import arrow_messages
from ratchet.data.readers.read import read
from ratchet.errors import DataError

FRAME = pl.DataFrame({"t": ["a", None, "é"], "n": [1, 2, 3], "c": pl.Series(["u", "v", "u"], dtype=pl.Categorical)})


Packed = Literal["uncompressed", "lz4", "zstd"]


def write(frame: pl.DataFrame, path: Path, how: str, packed: Packed = "uncompressed") -> Path:
    if how == "file":
        frame.write_ipc(path, compression=packed)
    else:
        frame.write_ipc_stream(path, compression=packed)
    return path


@pytest.mark.parametrize("how", ["file", "stream"])
@pytest.mark.parametrize("packed", ["uncompressed", "lz4", "zstd"])
def test_rows_come_typed_whatever_the_file_is_called(tmp_path: Path, how: str, packed: Packed) -> None:
    path = write(FRAME, tmp_path / "t.bin", how, packed)
    batches = list(read(str(path), batch_rows=2))
    assert pl.concat([batch.frame for batch in batches]).equals(FRAME)
    assert [batch.rows().tolist() for batch in batches] == [[1, 2], [3]]


@pytest.mark.parametrize("how", ["file", "stream"])
def test_what_is_cut_short_or_damaged_is_told_in_words(tmp_path: Path, how: str) -> None:
    content = write(FRAME, tmp_path / "t.arrow", how).read_bytes()
    for kept in (10, len(content) // 2, len(content) - 9):
        (tmp_path / "t.arrow").write_bytes(content[:kept])
        with pytest.raises(DataError, match="not a whole Arrow file"):
            list(read(str(tmp_path / "t.arrow")))


@pytest.mark.parametrize("how", ["file", "stream"])
def test_a_record_batch_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(pl.DataFrame({"n": [0] * 100_000}), tmp_path / "t.arrow", how, "zstd")
    assert path.stat().st_size < 10_000
    monkeypatch.setattr(arrow_messages, "MOST_BATCH", 500_000)
    with pytest.raises(DataError, match=r"a record batch of 80\d,\d\d\d bytes, once unpacked"):
        list(read(str(path)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.sampled_from([arrow_messages.FILE_MARK + b"\0\0", arrow_messages.STREAM_MARK]))
def test_whatever_follows_a_mark_is_told_in_words(tmp_path: Path, content: bytes, mark: bytes) -> None:
    path = tmp_path / "t.arrow"
    path.write_bytes(mark + content + b"\x40\0\0\0ARROW1")
    with pytest.raises(DataError):
        list(read(str(path)))


def saved(folder: Path, frame: pl.DataFrame) -> None:
    """As `datasets` writes one: Arrow streams with what is in them beside."""
    folder.mkdir(parents=True)
    frame.write_ipc_stream(folder / "data-00000-of-00001.arrow")
    label = {"_type": "ClassLabel", "names": ["neg", "pos"]}
    (folder / "dataset_info.json").write_text(json.dumps({"features": {"text": {"_type": "Value"}, "label": label}}))
    (folder / "state.json").write_text(json.dumps({"_data_files": [{"filename": "data-00000-of-00001.arrow"}]}))


def test_a_saved_dataset_is_read_with_its_classes_by_name(tmp_path: Path) -> None:
    saved(tmp_path / "one", pl.DataFrame({"text": ["a", "b", "c"], "label": [1, 0, -1]}))
    (batch,) = read(str(tmp_path / "one"))
    assert batch.frame.rows() == [("a", "pos"), ("b", "neg"), ("c", None)]


def test_the_parts_of_a_saved_dictionary_are_named_in_a_column(tmp_path: Path) -> None:
    for name in ("train", "test"):
        saved(tmp_path / "all" / name, pl.DataFrame({"text": [name], "label": [1]}))
    (tmp_path / "all" / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    rows = [row for batch in read(str(tmp_path / "all")) for row in batch.frame.rows()]
    assert rows == [("train", "pos", "train"), ("test", "pos", "test")]


@pytest.mark.parametrize("name", ["../other", "/etc/passwd", "", None])
def test_a_saved_dataset_names_no_file_outside_its_folder(tmp_path: Path, name: object) -> None:
    saved(tmp_path / "one", pl.DataFrame({"text": ["a"], "label": [1]}))
    (tmp_path / "one" / "state.json").write_text(json.dumps({"_data_files": [{"filename": name}]}))
    with pytest.raises(DataError, match="names no file of its own"):
        list(read(str(tmp_path / "one")))


def test_nothing_but_a_regular_file_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "absent")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    bound = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(tmp_path)  # the name of a socket may be no longer than 100 characters
    bound.bind("socket")
    os.chdir(here)
    try:
        for name, words in {
            "pipe": "is a pipe",
            "socket": "is a socket",
            "link": "is a link to",
            "loop": "loop",
        }.items():
            with pytest.raises(DataError, match=words):
                list(read(str(tmp_path / name)))
        with pytest.raises(DataError, match="is a device"):
            list(read("/dev/zero"))
        with pytest.raises(DataError, match="cannot be looked at"):
            list(read("x" * 5_000))
    finally:
        bound.close()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (bytes(5_000), "is no text"),
        (bytes(range(256)) * 4, "is no text"),
        ("text,label\na,b\n".encode("utf-16-le"), "looks like UTF-16"),
        ("text,label\na,b\n".encode("utf-16-be"), "looks like UTF-16"),
    ],
)
def test_bytes_that_are_no_text_are_never_printed(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=words) as caught:
        list(read(str(path)))
    assert str(caught.value).replace("\n", " ").isprintable()
