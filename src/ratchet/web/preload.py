"""What a worker needs, loaded once: workers are forked from a process that has imported this, and share its memory."""

import gc

import sqlalchemy.dialects.postgresql
import sqlalchemy.dialects.sqlite
import uvloop

import ratchet.system
import ratchet.web.server

__all__ = ["ratchet", "sqlalchemy", "uvloop"]

gc.collect()
gc.freeze()  # the collector writes to what it looks through, and what is written to is shared no more
