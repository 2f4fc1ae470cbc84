"""What may be wrong with labelled rows, one check a file; `run` asks them all and ranks what they find."""

from ratchet.data.checks.catalogue import run

__all__ = ["run"]
