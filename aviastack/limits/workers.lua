-- Counts the workers that share a key, this one included.
-- KEYS[1] sorted set of workers by their last sign of life; ARGV: worker, seconds for which a worker counts.
-- The server's clock decides, so that the workers' own need not agree.
local now = tonumber(redis.call('TIME')[1])
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[2])
return redis.call('ZCARD', KEYS[1])
