"""Limits that several processes and machines keep together, in Redis: one question a request."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from ratchet.access.windows import Policy, Taken
from ratchet.backoff import Backoff
from ratchet.errors import MissingExtraError, SettingsError, UnavailableError
from ratchet.words import redacted

_log = logging.getLogger("ratchet.access")
_PATIENCE_SECONDS = 0.25
"""How long Redis may take to answer: who asks waits so long."""
_TRY_AGAIN_SECONDS = 1.0

_SCRIPT = """
-- For each window a hash of counts by tick, as ratchet.access.windows.Window has them; ARGV: of each window its most,
-- its ticks, the seconds of a tick, and what is to be added.  Gives the place of the window that refused (or 0), in how
-- many seconds it would not, and of each what is left, and in how many seconds more will be.
local now = tonumber(redis.call('TIME')[1])
local places, refused, wait = {}, 0, 0
for i, key in ipairs(KEYS) do
  local most, ticks, size, count = unpack(ARGV, 4 * i - 3, 4 * i)
  local tick, total, counts = math.floor(now / size), 0, {}
  local held = redis.call('HGETALL', key)
  for j = 1, #held, 2 do
    local at, number = tonumber(held[j]), tonumber(held[j + 1])
    if at <= tick - ticks then
      redis.call('HDEL', key, held[j])
    else
      total = total + number
      table.insert(counts, {at, number})
    end
  end
  table.sort(counts, function(a, b) return a[1] < b[1] end)
  local oldest = counts[1] and counts[1][1] or tick
  places[i] = {most - total, (oldest + ticks) * size - now, tick, tonumber(count), (ticks + 1) * size}
  local missing = tonumber(count) - (most - total)
  if missing > 0 and refused == 0 then
    refused, wait = i, ticks * size
    for _, each in ipairs(counts) do
      missing = missing - each[2]
      if missing <= 0 then
        wait = (each[1] + ticks) * size - now
        break
      end
    end
  end
end
local found = {refused, wait}
for i, key in ipairs(KEYS) do
  local left, more, tick, count, life = unpack(places[i])
  if refused == 0 and count > 0 then
    redis.call('HINCRBY', key, tick, count)
    redis.call('EXPIRE', key, life)
    left = left - count
  end
  table.insert(found, math.max(left, 0))
  table.insert(found, more)
end
return found
"""


class Shared:
    """Windows in a Redis (or Valkey) that all servers name.

    Promises: the same as `ratchet.access.windows.Windows`, over all of them, by Redis' clock.  Where Redis does not
    answer, `take` gives None soon, ``problem`` says so, and it is asked again a while later.
    """

    def __init__(self, url: str) -> None:
        """Raises `SettingsError` for what is no such address, `MissingExtraError` without the extra ``redis``."""
        try:
            storages, redis = import_module("limits.storage"), import_module("redis")
        except ImportError:
            raise MissingExtraError("limits that several servers share", "redis") from None
        self._errors = redis.RedisError
        patience = {"socket_timeout": _PATIENCE_SECONDS, "socket_connect_timeout": _PATIENCE_SECONDS}
        once = redis.retry.Retry(redis.backoff.NoBackoff(), 0)  # by itself it tries for seconds
        try:
            self._redis: Any = storages.storage_from_string(url, retry=once, **patience).storage
            self._script = self._redis.register_script(_SCRIPT)
        except Exception as error:
            raise SettingsError(
                f"{redacted(url)} is no address of a Redis: {redacted(str(error))}",
                todo="set RATCHET_LIMITS_URL to one such as redis://host:6379/0",
            ) from None
        self._shown = redacted(url)
        self._backoff = Backoff(first=_TRY_AGAIN_SECONDS)
        self.problem: str | None = None
        """Why each server keeps the limits by itself for now; None while Redis answers."""

    def reach(self) -> str:
        """See that it answers, and say so; raises `UnavailableError`."""
        try:
            self._redis.ping()
        except (self._errors, OSError) as error:
            raise UnavailableError(
                f"{self._shown} does not answer: {redacted(str(error))}",
                todo="see that it runs; meanwhile each server keeps the limits by itself",
            ) from None
        return f"{self._shown} answers"

    def take(
        self, classifier: str, policies: Sequence[Policy], caller: str, network: str, requests: int, rows: int
    ) -> Taken | None:
        """`Windows.take`, or None while Redis is away."""
        if not self._backoff.due:
            return None
        names = {"caller": caller, "address": network}
        # What stands in braces decides in which part of a cluster a key lies: a script may ask one part only.
        keys = [f"ratchet:{{{classifier}}}:{each.name}:{names[each.of]}" for each in policies]
        numbers = [
            number
            for each in policies
            for number in (each.most, each.ticks, each.tick_seconds, rows if each.counts == "rows" else requests)
        ]
        try:
            refused, seconds, *left = map(int, self._script(keys=keys, args=numbers))
        except (self._errors, OSError) as error:
            self._away(error)
            return None
        self._backoff.succeeded()
        self.problem = None
        return Taken(refused - 1 if refused else None, seconds, tuple(left))

    def _away(self, error: Exception) -> None:
        self._backoff.failed()
        if self.problem is None:
            _log.error("%s does not answer: %s; each server keeps the limits by itself meanwhile", self._shown, error)
        self.problem = (
            f"the limits are kept by each server for itself: {self._shown} does not answer: {redacted(str(error))}"
        )
