from __future__ import annotations

import bz2
import codecs
import csv
import gzip
import io
import lzma
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ratchet.data.readers.batch import BadRow, Batch
from ratchet.data.readers.read import read
from ratchet.errors import DataError


def rows_of(batches: list[Batch]) -> list[tuple[object, ...]]:
    return [row for batch in batches for row in batch.frame.rows()]


def bad_of(batches: list[Batch]) -> list[BadRow]:
    return [bad for batch in batches for bad in batch.bad]


def put(folder: Path, content: bytes, name: str = "t.csv") -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


cells = st.text(alphabet=st.characters(exclude_characters="\0\r\ufeff", codec="utf-8"), max_size=12)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    rows=st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=12),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    batch_rows=st.integers(1, 5),
)
def test_a_table_comes_back_as_it_was_written(
    tmp_path: Path, rows: list[tuple[str, ...]], delimiter: str, line_end: str, batch_rows: int
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=line_end).writerows([("one", "two", "three"), *rows])
    batches = list(read(put(tmp_path, text.getvalue().encode()), batch_rows=batch_rows))
    assert not bad_of(batches)
    assert rows_of(batches) == [tuple(cell or None for cell in row) for row in rows]
    assert all(batch.frame.columns == ["one", "two", "three"] for batch in batches)
    assert all(batch.frame.height <= batch_rows for batch in batches)
    assert [number for batch in batches for number in batch.rows()] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", ":"])
def test_the_delimiter_is_told_from_the_records(tmp_path: Path, delimiter: str) -> None:
    lines = [["text", "n", "y"], ["Hello, world; a|b", "1", "pos"], ["3:2 win, they say", "2", "neg"]] * 3
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(lines)
    (first, *_) = read(put(tmp_path, text.getvalue().encode()))
    assert first.frame.columns == ["text", "n", "y"]


@pytest.mark.parametrize(
    "packed",
    [lambda b: b, gzip.compress, bz2.compress, lzma.compress, lambda b: codecs.BOM_UTF8 + b],
    ids=["plain", "gz", "bz2", "xz", "bom"],
)
def test_packed_files_and_byte_order_marks(tmp_path: Path, packed: object) -> None:
    content = "tëxt,y\nCafé « né »,a\n".encode()
    assert callable(packed)
    batches = list(read(put(tmp_path, packed(content), "t.csv.gz")))
    assert rows_of(batches) == [("Café « né »", "a")]
    assert batches[0].frame.columns == ["tëxt", "y"]


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16"])
def test_other_encodings(tmp_path: Path, encoding: str) -> None:
    content = "text,y\nplain,a\nCafé à la crème,b\n" + ("“quoted”,c\n" if encoding == "cp1252" else "")
    found = rows_of(list(read(put(tmp_path, content.encode(encoding)))))
    assert found[:2] == [("plain", "a"), ("Café à la crème", "b")]
    assert found[2:] == ([("“quoted”", "c")] if encoding == "cp1252" else [])


def test_latin_1_is_seen_however_late_its_first_accent_comes(tmp_path: Path) -> None:
    content = b"text,y\n" + b"plain,a\n" * 1_200_000 + "né,b\n".encode("latin-1")
    *_, last = read(put(tmp_path, content))
    assert last.frame.row(-1) == ("né", "b")


def test_bad_rows_are_set_aside_with_their_number_and_the_good_ones_kept(tmp_path: Path) -> None:
    lines = [
        b"text,y", b"good,a", b"too,many,fields", b"few", b"caf\xe9,b", b"", "bon été,c".encode(), b"nul\0,d",
        b'"a\nb",e', b'un"closed "x",f', b'"open,g', b"last,h",
    ]  # fmt: skip
    batches = list(read(put(tmp_path, b"\n".join([*lines, "à é è ô,i".encode()]))))
    first = [("good", "a"), ("bon été", "c"), ("a\nb", "e"), ('un"closed "x"', "f")]
    assert rows_of(batches) == [*first, ("last", "h"), ("à é è ô", "i")]
    bad = bad_of(batches)
    assert [(each.row, each.column) for each in bad] == [(2, None), (3, None), (4, None), (6, "text"), (9, None)]
    reasons = " / ".join(each.reason for each in bad)
    for word in ("wrong number of fields", "not UTF-8", "NUL", "never closed"):
        assert word in reasons
    assert [int(number) for batch in batches for number in batch.rows()] == [1, 5, 7, 8, 10, 11]


def test_a_long_cell_is_set_aside_and_one_just_short_enough_is_not(tmp_path: Path) -> None:
    content = f"text,y\n{'é' * 100},a\n{'x' * 101},b\nok,c\n".encode()
    batches = list(read(put(tmp_path, content), max_cell=100))
    assert [row[1] for row in rows_of(batches)] == ["a", "c"]
    assert [(bad.row, bad.column, bad.found) for bad in bad_of(batches)] == [(2, "text", "101 characters")]


@pytest.mark.parametrize("quoted", [False, True])
def test_a_cell_of_50_megabytes_is_one_bad_row(tmp_path: Path, quoted: bool) -> None:
    cell = b"x" * 50_000_000
    cell = b'"' + cell[:-1] + b'\n"' if quoted else cell
    batches = list(read(put(tmp_path, b"text,y\na,1\n" + cell + b",2\nb,3\n")))
    assert rows_of(batches) == [("a", "1"), ("b", "3")]
    assert [bad.row for bad in bad_of(batches)] == [2]


def test_a_line_longer_than_anything_is_skipped(tmp_path: Path) -> None:
    with (tmp_path / "t.csv").open("wb") as file:
        file.write(b"text,y\na,1\n")
        for _ in range(9):
            file.write(b"x" * 10_000_000)
        file.write(b",2\nb,3\n")
    batches = list(read(str(tmp_path / "t.csv"), max_cell=1000))
    assert rows_of(batches) == [("a", "1"), ("b", "3")]
    assert [bad.row for bad in bad_of(batches)] == [2]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"a,b,a\n1,2,3\n", "more than once: a"),
        (b'"a,b\n1,2\n', "no readable header"),
    ],
)
def test_a_table_without_a_header_one_can_use_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words):
        list(read(put(tmp_path, content)))


def test_a_compressed_file_cut_short_is_refused(tmp_path: Path) -> None:
    content = gzip.compress(b"text,y\n" + bytes(range(65, 91)) * 1000 + b",1\n")
    with pytest.raises(DataError, match="cut short"):
        list(read(put(tmp_path, content[:-20], "t.csv.gz")))


def test_columns_without_a_name_get_one_and_line_ends_of_macintoshes_are_known(tmp_path: Path) -> None:
    (batch,) = read(put(tmp_path, b",text \r0,a\r1,b\r"))
    assert batch.frame.columns == ["column_1", "text"]
    assert batch.frame.rows() == [("0", "a"), ("1", "b")]


def test_a_block_boundary_may_fall_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(f'say "{number}",\nyes', f"é{number}") for number in range(50)]
    text = io.StringIO()
    csv.writer(text).writerows([("text", "y"), *rows])
    source = put(tmp_path, text.getvalue().encode())
    for size in (7, 64, 333):
        monkeypatch.setattr("ratchet.data.readers.opened.blocks.__defaults__", (size,))
        monkeypatch.setattr("ratchet.data.readers.encoding.utf8_blocks.__defaults__", (size,))
        assert rows_of(list(read(source))) == rows


pieces = st.sampled_from([b"a", b'"', b",", b"\n", b"\r\n", b'""', b"\xc3\xa9", b" ", b"\xff", b"\0", b"\r", b'"b,\n"'])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(content=st.lists(pieces, max_size=40).map(b"".join), batch_rows=st.integers(1, 4))
def test_the_fast_and_the_careful_way_give_the_same_rows_and_lose_none(
    tmp_path: Path, content: bytes, batch_rows: int
) -> None:
    source = put(tmp_path, b"one,two\n" + content)
    fast = list(read(source, batch_rows=batch_rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ratchet.data.readers.csv.table_of", lambda *_, **__: None)
        careful = list(read(source, batch_rows=batch_rows))
    assert rows_of(fast) == rows_of(careful)
    assert [(bad.row, bad.column) for bad in bad_of(fast)] == [(bad.row, bad.column) for bad in bad_of(careful)]
    numbers = [int(number) for batch in fast for number in batch.rows()] + sorted({bad.row for bad in bad_of(fast)})
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
