"""What is sealed opens whole, for its owner, with its key; nothing else does."""

from __future__ import annotations

import os
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratchet.errors import SettingsError, WorkspaceError
from ratchet.privacy import sealing
from ratchet.privacy.keyring import Key, Keyring
from ratchet.privacy.sealing import CHUNK, HEAD, Cells, is_sealed, key_of, resealed, sealed, unseal, unsealed

OLD, NEW = Key(b"o" * 32), Key(b"n" * 32)
BOTH = Keyring([NEW, OLD])


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7])
def test_files_of_all_sizes_come_back(size: int) -> None:
    content = os.urandom(size)
    kept = sealed(content, NEW, "a/b")
    assert is_sealed(kept)
    assert key_of(kept) == NEW.id
    assert unsealed(kept, BOTH, "a/b") == content
    assert size < 8 or content[:64] not in kept  # a few bytes are in any by chance


@given(st.integers(0, 2_000), st.integers(1, 255))
def test_a_changed_byte_is_refused(at: int, by: int) -> None:
    kept = bytearray(sealed(b"x" * 1_900, NEW, "a"))
    kept[at % len(kept)] ^= by
    with pytest.raises((WorkspaceError, SettingsError)):
        unsealed(bytes(kept), BOTH, "a")


def test_what_was_cut_off_swapped_or_moved_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "CHUNK", 100)
    kept = sealed(b"a" * 100 + b"b" * 100 + b"c" * 50, NEW, "here")
    head, chunks = kept[:HEAD], [kept[HEAD:][at : at + 116] for at in (0, 116, 232)]
    assert unsealed(kept, BOTH, "here") == b"a" * 100 + b"b" * 100 + b"c" * 50
    wrong = [
        chunks[:2],
        chunks[:1],
        [],
        [chunks[1], chunks[0], chunks[2]],
        [chunks[0], chunks[2]],
        [*chunks, chunks[2]],
    ]
    for each in wrong:
        with pytest.raises(WorkspaceError, match="does not open"):
            unsealed(head + b"".join(each), BOTH, "here")
    with pytest.raises(WorkspaceError, match="another place"):
        unsealed(kept, BOTH, "there")


def test_nothing_is_given_that_was_not_verified() -> None:
    kept = sealed(b"x" * (2 * CHUNK), NEW, "a")
    parts = unseal(BytesIO(kept[:-1]), BOTH, "a")
    assert next(parts) == b"x" * CHUNK
    with pytest.raises(WorkspaceError):
        next(parts)


def test_another_key_takes_the_head_only() -> None:
    kept = sealed(b"rows", OLD, "a")
    again = resealed(kept[:HEAD], BOTH, "a") + kept[HEAD:]
    assert key_of(again) == NEW.id
    assert unsealed(again, Keyring([NEW]), "a") == b"rows"
    with pytest.raises(SettingsError, match=f"key {OLD.id}, and the keys at hand are {NEW.id}"):
        unsealed(kept, Keyring([NEW]), "a")
    with pytest.raises(SettingsError, match=f"key {OLD.id}, and no key is set"):
        unsealed(kept, Keyring([]), "a")


def test_a_cell_opens_in_its_row_and_column_only() -> None:
    mine = Cells(NEW)
    kept = mine.seal("calls\x1f1", "text", b'"hello"')
    assert Cells(NEW).open("calls\x1f1", "text", kept) == b'"hello"'
    assert mine.seal("calls\x1f1", "text", b'"hello"') != kept
    others = [(mine, "calls\x1f2", "text"), (mine, "calls\x1f1", "note"), (Cells(OLD), "calls\x1f1", "text")]
    for cells, owner, column in others:
        with pytest.raises(WorkspaceError):
            cells.open(owner, column, kept)
    for changed in ("", "AAAA", kept[:-4], "!" + kept[1:], kept[:20] + ("A" if kept[20] != "A" else "B") + kept[21:]):
        with pytest.raises(WorkspaceError):
            mine.open("calls\x1f1", "text", changed)


def test_no_key_seals_too_many_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "MOST_CELLS", 3)
    cells = Cells(NEW)
    kept = [cells.seal("a", "b", b"c") for _ in range(10)]
    assert len({each[:20] for each in kept}) == 4  # salts
    assert {cells.open("a", "b", each) for each in kept} == {b"c"}


def test_the_first_key_seals() -> None:
    assert BOTH.newest is NEW
    assert BOTH.ids == (NEW.id, OLD.id)
    assert "nnnn" not in repr(NEW)
