"""Links in a spool are nobody's segments."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ratchet.predictions.find import find
from ratchet.predictions.forget import REJECTED, SpooledRows
from ratchet.predictions.insert import Shipped
from ratchet.predictions.record import write
from ratchet.predictions.ship import Shipper
from ratchet.predictions.spool import Spool
from ratchet.store.blobs import Blobs
from ratchet.store.database import Database
from tests.predictions.test_ship import Make


def test_a_link_in_the_spool_is_named_and_nothing_of_what_it_leads_to_is_read(
    blobs: Blobs, database: Database, make_record: Make, tmp_path: Path
) -> None:
    folder = tmp_path / "spool"
    spool = Spool(folder)
    records = [make_record(subject="ann"), make_record(subject="bob")]
    elsewhere = tmp_path / "shadow"
    elsewhere.write_bytes(b"root:secret\n" + write(records[0]))
    before = elsewhere.read_bytes()
    spool.record(records[1:])
    link, pipe = folder / "0002.seg", folder / "0003.seg"
    link.symlink_to(elsewhere)
    os.mkfifo(pipe)
    shipper = Shipper(folder, database, blobs, spool)
    assert shipper.ship() == Shipped(records=1)
    assert f"the segment {link} cannot be shipped (it is a symbolic link)" in " ".join(shipper.problems())
    assert find(folder, records[0].id) is None
    assert find(folder, records[1].id) == records[1]
    assert SpooledRows(folder, spool, "films").forget("ann").rows == 0
    assert link.is_symlink()
    assert elsewhere.read_bytes() == before
    assert not (folder / REJECTED).exists()


def test_what_is_set_aside_is_its_owners_and_goes_into_no_link(
    blobs: Blobs, database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    (folder / "a.seg").write_bytes(b"torn\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.touch()
    (folder / REJECTED).symlink_to(elsewhere)
    shipper = Shipper(folder, database, blobs)
    shipper.ship()
    assert elsewhere.read_bytes() == b""
    assert "a.seg cannot be shipped" in " ".join(shipper.problems())
    (folder / REJECTED).unlink()
    shipper.ship()
    assert (folder / REJECTED).read_bytes() == b"torn\n"
    assert stat.S_IMODE((folder / REJECTED).stat().st_mode) == 0o600
