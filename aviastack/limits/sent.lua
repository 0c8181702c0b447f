-- Notes that a request was sent for a slot, or that none will be.
-- KEYS[1] set: when calls were sent; KEYS[2] set: slots without a call, as in slot.lua.
-- ARGV: the slot's id, the request's id ('': none was sent), when it was sent (microseconds), seconds to keep the keys.
redis.call('ZREM', KEYS[2], ARGV[1])
if ARGV[2] ~= '' then
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
return 1
