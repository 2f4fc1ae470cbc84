"""The command line as a whole."""

from __future__ import annotations

from typer.testing import CliRunner

import ratchet
from ratchet.cli.main import app


def test_the_version_needs_no_command() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.output.strip()) == (0, ratchet.__version__)
