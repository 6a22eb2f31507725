"""The sliding window in Redis: one script that counts for several limits, or for none of them.

A window is a hash of slices, a sixtieth of it each. Two slices more than the window are kept: the
one that has begun and the one a process may still be using up, so that in no window whatever, over
all processes, more than the quota is used.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import redis

SLICES = 60
KEPT = SLICES + 2

TAKE = f"""
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local found, fits = {{}}, 1
for i, key in ipairs(KEYS) do
  local at = (i - 1) * 6
  local quota, width, need = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local back, from = tonumber(ARGV[at + 5]), ARGV[at + 6]
  if back > 0 and redis.call('HEXISTS', key, from) == 1 then
    redis.call('HINCRBY', key, from, -back)
  end
  local slice, used, counted, numbers = math.floor(now / width), 0, {{}}, {{}}
  local fields = redis.call('HGETALL', key)
  for j = 1, #fields, 2 do
    local number, count = tonumber(fields[j]), tonumber(fields[j + 1])
    if number <= slice - {KEPT} then
      redis.call('HDEL', key, fields[j])
    else
      used = used + count
      counted[number] = count
      numbers[#numbers + 1] = number
    end
  end
  table.sort(numbers)
  local left, freed, wait = quota - math.max(0, used), 0, 0
  for _, number in ipairs(numbers) do
    freed = freed + counted[number]
    wait = (number + {KEPT}) * width - now
    if left + freed >= need then break end
  end
  if left < need then fits = 0 end
  found[i] = {{slice = slice, left = left, wait = wait}}
end
local answer = {{fits}}
for i, key in ipairs(KEYS) do
  local at, one, taken = (i - 1) * 6, found[i], 0
  local width, need, want = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  if fits == 1 and need + want ~= 0 then
    taken = need + math.max(0, math.min(want, math.floor((one.left - need) / 8)))
    redis.call('HINCRBY', key, string.format('%.0f', one.slice), taken)
    redis.call('PEXPIRE', key, width * {KEPT + 1})
    if one.wait == 0 then one.wait = width * {KEPT} end
  end
  answer[#answer + 1] = taken
  answer[#answer + 1] = one.left - taken
  answer[#answer + 1] = one.wait
  answer[#answer + 1] = one.slice
end
return answer
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What one window is asked for: `need` or nothing, up to `want` more, `back` given back.

    `from_slice` names the slice in which what is given back was taken.
    """

    key: str
    quota: int
    seconds: int
    need: int
    want: int = 0
    back: int = 0
    from_slice: int = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """What a window gave: `taken` in `slice`, `left` for others, some more in `wait_ms`."""

    taken: int
    left: int
    wait_ms: int
    slice: int


class Windows:
    """The windows of one Redis; each failure is a `redis.RedisError`."""

    def __init__(self, client: redis.Redis) -> None:
        self._take = client.register_script(TAKE)

    def take(self, wishes: Sequence[Wish]) -> tuple[bool, list[Grant]]:
        """Grant what every wish needs, or nothing where one of them does not get it."""
        words: list[int] = []
        for wish in wishes:
            width = -(-wish.seconds * 1000 // SLICES)
            words += [wish.quota, width, wish.need, wish.want, wish.back, wish.from_slice]
        fits, *rest = self._take(keys=[wish.key for wish in wishes], args=words)
        return bool(fits), [Grant(*rest[at : at + 4]) for at in range(0, len(rest), 4)]
