"""Pictures where nothing reads them yet: said at every step, and never dropped in silence."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tests.stories.scenes import Shell, loans, quicken

JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0"


def test_pictures_beside_other_columns_are_said_at_init_check_and_train(shell: Shell, tmp_path: Path) -> None:
    table = tmp_path / "loans.parquet"
    photos = [JPEG + str(n).encode() for n in range(400)]
    loans(400).with_columns(photo=pl.Series(photos), file=pl.Series([f"{n}.jpg" for n in range(400)])).write_parquet(
        table
    )
    begun = shell("init", table, "--label", "outcome")
    assert "'photo' is left out. It holds pictures (JPEG), which no family reads yet" in " ".join(begun.err.split())
    assert "'file' is left out. It holds paths of pictures" in " ".join(begun.err.split())
    spec = shell.folder / "ratchet.toml"
    spec.write_text(spec.read_text().replace('photo = "ignore"', 'photo = "image"'))
    quicken(shell.folder)
    taken = shell("ingest", table, "--json")
    assert taken.code == 0, taken.err
    trained = shell("train", "--json")
    for found in (
        taken.document["findings"],
        shell("check", "--json").document["findings"],
        trained.document["findings"],
    ):
        (said,) = [each for each in found if each["check"] == "unread_columns"]
        assert "The column 'photo' of kind image is read by no candidate" in said["sentence"]
        assert 'columns.photo = "ignore"' in said["todo"]
    spec.write_text(spec.read_text().replace('file = "ignore"', 'file = "image"'))
    refused = shell("ingest", table)
    assert refused.code == 2
    assert "the column 'file' is meant to hold pictures, as the bytes of their files or as base64," in " ".join(
        refused.err.split()
    )


def test_a_table_of_pictures_alone_is_refused_in_words_at_train(shell: Shell, tmp_path: Path) -> None:
    photos, labels = [JPEG + str(n).encode() for n in range(60)], ["cat", "dog"] * 30
    table = tmp_path / "pets.parquet"
    pl.DataFrame({"photo": photos, "pet": labels}).write_parquet(table)
    drafted = shell("init", table, "--label", "pet")
    assert drafted.code == 2
    assert "photo: pictures (JPEG), which no family reads yet" in " ".join(drafted.err.split())
    (shell.folder / "ratchet.toml").write_text(
        'name = "pets"\nlabel = "pet"\n[columns]\nphoto = "image"\n[[candidates]]\nfamily = "linear.v1"\n'
    )
    assert shell("ingest", table).code == 0
    assert shell("check").code == 1
    refused = shell("train")
    assert refused.code == 2
    assert "The column 'photo' of kind image is read by no candidate: linear.v1 reads" in " ".join(refused.err.split())
    assert "no family that comes with Ratchet reads image yet" in " ".join(refused.err.split())


def test_a_recording_given_as_a_table_is_refused_by_name(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0")
    refused = shell("init", tmp_path / "a.wav", "--label", "y")
    assert refused.code == 2
    assert "is a recording (WAV), not a table" in " ".join(refused.err.split())
    assert "RIFF" not in refused.err + refused.out
