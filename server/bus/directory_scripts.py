"""The scripts of the node directory. All keys carry the hash tag `{nodes}`.

Keys: `alive` (sorted set: names by when their lease ends, in ms of Redis' clock), `leases` (hash: sealed
states), `revisions` (hash: fence epoch and number of each state), `loads` (hash: how busy each node is),
`fence:<name>`, `drain:<name>`, and the channel `told`.

All of it is gone an hour after the last node has announced itself: 1,200 times a lease.

A clock that was set back leaves leases that end too late: they are struck off like those that have ended.
"""

from typing import Final

from server.bus.link import Script

CLAIM: Final = Script("""
local epoch = math.max((tonumber(redis.call('GET', KEYS[1])) or 0) + 1, tonumber(ARGV[2]))
local text = string.format('%.0f', epoch)
redis.call('SET', KEYS[1], text, 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
for i = 4, 6 do redis.call('HDEL', KEYS[i], ARGV[1]) end
return text
""")
"""KEYS fence, drain, alive, leases, revisions, loads; ARGV name, wall ms, lifetime of the fence in ms."""

ANNOUNCE: Final = Script("""
local name, lease_ms = ARGV[1], tonumber(ARGV[3])
if (tonumber(redis.call('GET', KEYS[1])) or 0) > tonumber(ARGV[2]) then return false end
local revision = ARGV[2] .. ':' .. ARGV[5]
if ARGV[6] == '' and redis.call('HGET', KEYS[5], name) ~= revision then return {'again'} end
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local gone = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now_ms)
for _, one in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], now_ms + 2 * lease_ms, '+inf')) do
  gone[#gone + 1] = one
end
for _, one in ipairs(gone) do
  redis.call('ZREM', KEYS[3], one)
  for i = 4, 6 do redis.call('HDEL', KEYS[i], one) end
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[4])
redis.call('ZADD', KEYS[3], now_ms + lease_ms, name)
redis.call('HSET', KEYS[6], name, ARGV[7])
if ARGV[6] ~= '' then
  redis.call('HSET', KEYS[4], name, ARGV[6])
  redis.call('HSET', KEYS[5], name, revision)
  redis.call(ARGV[9], KEYS[7], ARGV[8])
end
for i = 3, 6 do redis.call('PEXPIRE', KEYS[i], 1200 * lease_ms) end
local answer = {redis.call('GET', KEYS[2]) or ''}
for _, one in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do
  answer[#answer + 1] = one
  answer[#answer + 1] = redis.call('HGET', KEYS[5], one) or ''
end
return answer
""")
"""KEYS fence, drain, alive, leases, revisions, loads, told; ARGV name, epoch, lease in ms, lifetime of the
fence in ms, number, sealed state or nothing where it is the same, sealed load, sealed news, publishing
command. Gives false where the name is another node's, `again` where Redis does not have the state, else the
request to drain and all names with their revisions."""

WITHDRAW: Final = Script("""
if (tonumber(redis.call('GET', KEYS[1])) or 0) > tonumber(ARGV[2]) then return 0 end
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
for i = 4, 6 do redis.call('HDEL', KEYS[i], ARGV[1]) end
redis.call(ARGV[4], KEYS[7], ARGV[3])
return 1
""")
"""KEYS fence, drain, alive, leases, revisions, loads, told; ARGV name, epoch, sealed news, publishing
command."""

LISTED: Final = Script("""
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {}
for _, one in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now_ms, now_ms + 2 * ARGV[1])) do
  answer[#answer + 1] = one
  answer[#answer + 1] = redis.call('HGET', KEYS[2], one) or ''
  answer[#answer + 1] = redis.call('HGET', KEYS[3], one) or ''
end
return answer
""")
"""KEYS alive, leases, loads; ARGV lease in ms. Gives name, sealed state and sealed load of every node."""
