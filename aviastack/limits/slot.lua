-- Gives the caller a slot if its time has come, or returns how long that will take. All times in microseconds.
-- KEYS[1] hash: next (the next evenly spaced time), share (of the pace, in use), late (a worker's timer, lately);
-- KEYS[2] set: when the calls of the last window were sent; KEYS[3] set: when slots were given whose calls are not sent yet.
-- ARGV: gap, leeway, calls in a window, window, seconds to keep the keys, patience, poll, most margin (of the window),
-- the slot's id, when the caller should have been let go (0: it has not waited).
-- Returns {microseconds to wait (0: go), the server's time, share}. Nothing is reserved: a worker that dies while it
-- waits blocks nobody, and one that sleeps too long finds the slot taken and tries again. One that dies between its slot
-- and its call is waited for no longer than patience.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local function number(value) return string.format('%.0f', value) end
local gap, leeway, burst, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local state = redis.call('HMGET', KEYS[1], 'next', 'share', 'late')
local next, share, late = tonumber(state[1] or now), tonumber(state[2] or 1), tonumber(state[3] or 0)
local length = window + math.min(late, ARGV[8] * window)
local lost = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', number(now - ARGV[6]), 'WITHSCORES')
for place = 1, #lost, 2 do
  redis.call('ZREM', KEYS[3], lost[place])
  redis.call('ZADD', KEYS[2], lost[place + 1], lost[place])
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', number(now - length))
local sent = redis.call('ZCARD', KEYS[2])
local excess = sent + redis.call('ZCARD', KEYS[3]) + 1 - burst
local open = next
if excess > sent then
  open = math.max(open, now + ARGV[7])
elseif excess > 0 then
  open = math.max(open, redis.call('ZRANGE', KEYS[2], excess - 1, excess - 1, 'WITHSCORES')[2] + length)
end
if now < open then
  return {number(open - now), number(now), tostring(share)}
end
if tonumber(ARGV[10]) > 0 then
  late = math.max(now - ARGV[10], late * 0.98)
end
local from = now
if now - next < leeway then
  from = next
end
redis.call('HSET', KEYS[1], 'next', number(from + gap / share), 'late', number(late))
redis.call('ZADD', KEYS[3], number(now), ARGV[9])
for _, key in ipairs(KEYS) do
  redis.call('EXPIRE', key, ARGV[5])
end
return {'0', number(now), tostring(share)}
