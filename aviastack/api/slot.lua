-- Gives the caller the slot if its time has come, or says how long that will take. All times in microseconds.
-- KEYS[1] hash: next (when the next slot opens), share (of the pace, in use); ARGV: gap, leeway, seconds to keep the hash.
-- Returns {microseconds to wait (0: go), the server's time, share}. Nothing is held for later: a worker that dies while it
-- waits blocks nobody, and one that sleeps too long finds the slot taken and asks again.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local state = redis.call('HMGET', KEYS[1], 'next', 'share')
local next, share = tonumber(state[1] or now), tonumber(state[2] or 1)
if now < next then
  return {string.format('%.0f', next - now), string.format('%.0f', now), tostring(share)}
end
local from = now
if now - next < tonumber(ARGV[2]) then
  from = next
end
redis.call('HSET', KEYS[1], 'next', string.format('%.0f', from + ARGV[1] / share))
redis.call('EXPIRE', KEYS[1], ARGV[3])
return {'0', string.format('%.0f', now), tostring(share)}
