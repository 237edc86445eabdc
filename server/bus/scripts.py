"""The scripts that Redis runs as one step each, on the keys of one room.

Keys: `log` (list of sealed commits, oldest first), `head` (hash: epoch, seq, mark, snapshot_seq), `snapshot`
(sealed record), `seed` (hash: the best record that any node offers for a new epoch).

The log is a list and no stream: words that are taken back are overwritten in their place (LSET), while an
entry that is deleted from a stream stays in its memory and its dumps until its neighbours go too.
"""

from typing import Final

from server.bus.link import Script

APPEND: Final = Script("""
local epoch, mark = unpack(redis.call('HMGET', KEYS[2], 'epoch', 'mark'))
if not epoch then return {'lost'} end
if epoch ~= ARGV[1] then return {'other'} end
if mark ~= ARGV[2] then return {'moved'} end
local seq, keep, ttl_ms, entries = tonumber(ARGV[3]), tonumber(ARGV[6]), ARGV[7], tonumber(ARGV[11])
for i = 12, 11 + entries do redis.call('RPUSH', KEYS[1], ARGV[i]) end
redis.call('LTRIM', KEYS[1], -keep, -1)
local length = redis.call('LLEN', KEYS[1])
for i = 12 + entries, #ARGV, 2 do
  local back = seq - tonumber(ARGV[i]) + 1
  if back <= length then redis.call('LSET', KEYS[1], -back, ARGV[i + 1]) end
end
redis.call('HSET', KEYS[2], 'seq', ARGV[3], 'mark', ARGV[4], 'snapshot_seq', ARGV[5])
if ARGV[8] ~= '' then redis.call('SET', KEYS[3], ARGV[8]) end
for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], ttl_ms) end
redis.call(ARGV[9], KEYS[4], ARGV[10])
return {'ok'}
""")
"""KEYS log, head, snapshot, facts channel; ARGV epoch, mark seen, new seq, new mark, snapshot_seq, how many
entries to keep, lifetime in ms, snapshot or nothing, publishing command, news, number of entries, they,
then pairs of a seq and the entry that takes its place."""

LOOK: Final = Script("""
local epoch, seq, mark = unpack(redis.call('HMGET', KEYS[2], 'epoch', 'seq', 'mark'))
if not epoch then return {'lost'} end
local ahead = (tonumber(seq) or -1) - tonumber(ARGV[2])
if epoch ~= ARGV[1] or ahead < 0 or ahead > redis.call('LLEN', KEYS[1]) then return {'other'} end
if ahead == 0 then return {mark == ARGV[3] and 'same' or 'other'} end
return {'more', unpack(redis.call('LRANGE', KEYS[1], -ahead, -1))}
""")
"""KEYS log, head; ARGV epoch, seq and mark that are known. Gives the entries after them."""

FETCH: Final = Script("""
local head = redis.call('HMGET', KEYS[2], 'epoch', 'seq', 'mark', 'snapshot_seq')
if not head[1] and not head[3] then return {'lost'} end
return {'there', head[1] or '', head[2] or '', head[3] or '', head[4] or '', redis.call('GET', KEYS[3]) or '',
  unpack(redis.call('LRANGE', KEYS[1], 0, -1))}
""")
"""KEYS log, head, snapshot. Gives epoch, seq, mark, snapshot_seq (each empty where it is missing), the
snapshot and all entries."""

OFFER: Final = Script("""
local epoch, mark = unpack(redis.call('HMGET', KEYS[1], 'epoch', 'mark'))
if (epoch or '') ~= ARGV[1] or (mark or '') ~= ARGV[2] then return 'moved' end
local best = redis.call('HMGET', KEYS[2], 'from_epoch', 'from_seq')
local from_epoch, from_seq = tonumber(ARGV[3]), tonumber(ARGV[4])
local best_epoch, best_seq = tonumber(best[1] or -1), tonumber(best[2] or -1)
if from_epoch > best_epoch or (from_epoch == best_epoch and from_seq > best_seq) then
  redis.call('HSET', KEYS[2], 'from_epoch', ARGV[3], 'from_seq', ARGV[4], 'epoch', ARGV[5], 'mark', ARGV[6],
    'snapshot', ARGV[7])
end
redis.call('PEXPIRE', KEYS[2], ARGV[8])
return 'offered'
""")
"""KEYS head, seed; ARGV epoch and mark of the head that was seen (empty: none), epoch and seq that the record
comes from, its new epoch, a mark, the snapshot, lifetime of the offer in ms."""

FOUND: Final = Script("""
local epoch, mark = unpack(redis.call('HMGET', KEYS[2], 'epoch', 'mark'))
if (epoch or '') ~= ARGV[1] or (mark or '') ~= ARGV[2] then return 'moved' end
local best = redis.call('HMGET', KEYS[5], 'epoch', 'from_seq', 'mark', 'snapshot')
if not best[1] then return 'moved' end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[5])
redis.call('HSET', KEYS[2], 'epoch', best[1], 'seq', best[2], 'mark', best[3], 'snapshot_seq', best[2])
redis.call('SET', KEYS[3], best[4], 'PX', ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call(ARGV[4], KEYS[4], ARGV[5])
return 'founded'
""")
"""KEYS log, head, snapshot, facts channel, seed; ARGV epoch and mark of the head that was seen (empty: none),
lifetime in ms, publishing command, news."""

TIDY: Final = Script("""
local kinds, gone = {'list', 'hash', 'string', 'hash'}, 0
for i = 1, 4 do
  local kind = redis.call('TYPE', KEYS[i]).ok
  if kind ~= 'none' and kind ~= kinds[i] then gone = gone + redis.call('DEL', KEYS[i]) end
end
local function is_number(text) return text and string.match(text, '^%d+$') end
local head = redis.call('HMGET', KEYS[2], 'epoch', 'seq', 'snapshot_seq', 'mark')
if redis.call('EXISTS', KEYS[2]) == 1
  and not (is_number(head[1]) and is_number(head[2]) and is_number(head[3]) and head[4]) then
  gone = gone + redis.call('DEL', KEYS[2])
end
return {tostring(gone)}
""")
"""KEYS log, head, snapshot, seed. Drops those of them that no node can have written: of another kind, or a
head that is none. Gives how many."""


SET_ASIDE: Final = Script("""
local epoch, mark = unpack(redis.call('HMGET', KEYS[2], 'epoch', 'mark'))
if (epoch or '') ~= ARGV[1] or (mark or '') ~= ARGV[2] then return 'moved' end
for i = 1, 3 do
  if redis.call('EXISTS', KEYS[i]) == 1 then
    redis.call('RENAME', KEYS[i], KEYS[4 + i])
    redis.call('PEXPIRE', KEYS[4 + i], ARGV[3])
  end
end
redis.call(ARGV[4], KEYS[4], ARGV[5])
return 'aside'
""")
"""KEYS log, head, snapshot, facts channel, then where the first three go; ARGV epoch and mark of the head
that was seen (empty: none), how long they are kept there in ms, publishing command, news."""
