"""How many of something an organization has open at once, over all processes.

Each process says in Redis how many it has, always the whole number, for a quarter of a minute; it
says so again and again while it lives. What a dead process said is forgotten by itself, and what
Redis lost is said anew. Without Redis each process keeps to the whole limit alone.
"""

import logging
import threading
import uuid
from collections import Counter
from collections.abc import Callable

import redis

log = logging.getLogger(__name__)

LIFETIME_SECONDS = 15
PAUSE_SECONDS = 1.0

# Fields are processes; each value is how many it has and until when that counts.
HOLD = """
local time = redis.call('TIME')
local now = tonumber(time[1])
local me, count, most, lifetime = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local others = 0
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  local held, till = string.match(fields[i + 1], '^(%d+):(%d+)$')
  if tonumber(till) < now then
    redis.call('HDEL', KEYS[1], fields[i])
  elseif fields[i] ~= me then
    others = others + tonumber(held)
  end
end
if most > 0 and others + count > most then return 0 end
if count == 0 then
  redis.call('HDEL', KEYS[1], me)
else
  redis.call('HSET', KEYS[1], me, string.format('%d:%d', count, now + lifetime))
  redis.call('EXPIRE', KEYS[1], lifetime + 1)
end
return 1
"""


class Places:
    """What this process has open, by organization; safe to share between threads."""

    def __init__(self, client: Callable[[], redis.Redis], elapsed: Callable[[], float]) -> None:
        self._client = client
        self._elapsed = elapsed
        self._me = uuid.uuid4().hex
        self._held: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._quiet_until = 0.0
        self._down = False

    def enter(self, organization: str, most: int) -> bool:
        """Take one place if there are not `most` taken already."""
        with self._lock:
            wanted = self._held[organization] + 1
            if wanted > most or self._say(organization, wanted, most) is False:
                return False
            self._held[organization] = wanted
            return True

    def leave(self, organization: str) -> None:
        """Give one place back."""
        with self._lock:
            self._held[organization] -= 1
            self._say(organization, self._held[organization])
            if not self._held[organization]:
                del self._held[organization]

    def say_again(self) -> None:
        """Say of every organization how many places are held; to be called every few seconds."""
        for organization in list(self._held):
            with self._lock:
                if self._held[organization]:
                    self._say(organization, self._held[organization])

    def _say(self, organization: str, count: int, most: int = 0) -> bool | None:
        """Return whether so many may be held, or None without Redis."""
        if self._down and self._elapsed() < self._quiet_until:
            return None
        key = f"places:{{{organization}}}"
        try:
            held = self._client().eval(HOLD, 1, key, self._me, count, most, LIFETIME_SECONDS)
        except (redis.RedisError, OSError) as error:
            self._fail(error)
            return None
        self._down = False
        return bool(held)

    def _fail(self, error: Exception) -> None:
        self._quiet_until = self._elapsed() + PAUSE_SECONDS
        if not self._down:
            self._down = True
            log.warning("sockets are counted in this process alone: %s", type(error).__name__)
