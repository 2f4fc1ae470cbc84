"""Makes every process it is on the path of see a slow disk (``SLOW``, seconds a call) or another time (``CLOCK``)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any


def _slow(call: Callable[..., Any], seconds: float) -> Callable[..., Any]:
    def slowly(*args: Any, **named: Any) -> Any:
        time.sleep(seconds)
        return call(*args, **named)

    return slowly


def _set_clock(shift: float) -> None:
    from ratchet import clock

    now, seconds, nanoseconds = clock.now, time.time, time.time_ns
    vars(clock)["now"] = lambda: now() + timedelta(seconds=shift)
    moved = SimpleNamespace(
        monotonic=time.monotonic,
        time=lambda: seconds() + shift,
        time_ns=lambda: nanoseconds() + int(shift * 1e9),
    )
    vars(clock)["time"] = moved


if "SLOW" in os.environ:
    for name in ("fsync", "fdatasync", "open", "rename", "replace", "unlink", "mkdir"):
        if hasattr(os, name):
            setattr(os, name, _slow(getattr(os, name), float(os.environ["SLOW"])))
if "CLOCK" in os.environ:
    _set_clock(float(os.environ["CLOCK"]) - time.time())
