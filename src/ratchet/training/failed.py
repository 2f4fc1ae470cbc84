"""What to say of a job that failed, and what to do about it."""

from __future__ import annotations

from ratchet.errors import JobError, LimitError, RatchetError, is_full_disk


def reason(error: Exception) -> str:
    """Why a job failed, in a line."""
    if isinstance(error, JobError):
        return error.problem
    return f"{type(error).__name__}: {error.problem if isinstance(error, RatchetError) else error}"


def advice(error: Exception, family: str) -> str:
    """What to do about a job of a family that failed."""
    if isinstance(error, LimitError):
        return "raise search.budget or search.memory_mb in the spec, or give it fewer rows"
    if is_full_disk(error):
        return "free space on the disk that holds the workspace, then train again"
    if isinstance(error, MemoryError):
        return "end what else runs on this machine, or give it fewer rows"
    if isinstance(error, RatchetError) and error.todo:
        return error.todo
    raised = f"{type(error).__name__} is what {family} or one of its encoders raised"
    return f"{raised}: correct its `params` or `encoders` under [[candidates]], or see to the package it comes from"
