-- Gives the caller a slot if its time has come, or returns how long that will take. All times in microseconds.
-- KEYS[1] hash: next (the next evenly spaced time), share (of the pace, in use); KEYS[2] list: when the last calls were sent.
-- ARGV: gap, leeway, calls in a window, window, seconds to keep the keys.
-- Returns {microseconds to wait (0: go), the server's time, share}. Nothing is reserved: a worker that dies while it
-- waits blocks nobody, and one that sleeps too long finds the slot taken and tries again.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local state = redis.call('HMGET', KEYS[1], 'next', 'share')
local next, share = tonumber(state[1] or now), tonumber(state[2] or 1)
local oldest = redis.call('LINDEX', KEYS[2], ARGV[3] - 1)
local open = math.max(next, oldest and oldest + ARGV[4] or 0)
if now < open then
  return {string.format('%.0f', open - now), string.format('%.0f', now), tostring(share)}
end
local from = now
if now - next < tonumber(ARGV[2]) then
  from = next
end
redis.call('HSET', KEYS[1], 'next', string.format('%.0f', from + ARGV[1] / share))
redis.call('LPUSH', KEYS[2], string.format('%.0f', now))
redis.call('LTRIM', KEYS[2], 0, ARGV[3] - 1)
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[5])
return {'0', string.format('%.0f', now), tostring(share)}
