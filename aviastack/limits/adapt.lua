-- Slows the shared pace down after a refusal, or lets it climb by a step after an answer (AIMD, as in pace.py).
-- KEYS[1] hash: next, share, refused (the share that was refused last), slowed (when); all times in microseconds.
-- ARGV: 'refuse', the refused call's ticket, microseconds to wait, gap, least share
--    or 'accept', near, fast, slow. Returns the share.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local state = redis.call('HMGET', KEYS[1], 'next', 'share', 'refused', 'slowed')
local next, share = tonumber(state[1] or now), tonumber(state[2] or 1)
local refused, slowed = tonumber(state[3] or math.huge), tonumber(state[4] or 0)
if ARGV[1] == 'refuse' then
  if tonumber(ARGV[2]) >= slowed then
    refused, slowed = share, now
    share = math.max(share / 2, tonumber(ARGV[5]))
    redis.call('HSET', KEYS[1], 'refused', refused, 'slowed', string.format('%.0f', slowed))
  end
  next = math.max(next, now + math.max(tonumber(ARGV[3]), ARGV[4] / share))
  redis.call('HSET', KEYS[1], 'next', string.format('%.0f', next), 'share', share)
else
  local near = ARGV[2] * refused <= share and share <= refused
  share = math.min(1, share + (near and ARGV[4] or ARGV[3]))
  redis.call('HSET', KEYS[1], 'share', share)
  if share > refused then
    redis.call('HDEL', KEYS[1], 'refused')
  end
end
return tostring(share)
