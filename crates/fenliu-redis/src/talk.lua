-- Reads a conversation and adds to it.
-- KEYS: turns, numbers. ARGV: milliseconds to live, how many turns are kept, how many were said, failures of the AI,
-- and the turns to keep. Gives: the turns before, how many there were, times clarified, the most failures.
-- What can fail for a value of another type stands before what writes, so that all is done or nothing.
local turns = redis.pcall('LRANGE', KEYS[1], -ARGV[2], -1)
if turns.err then return turns end
local numbers = redis.pcall('HMGET', KEYS[2], 'turns', 'clarified', 'failures')
if numbers.err then return numbers end
local said, clarified = tonumber(numbers[1]) or 0, tonumber(numbers[2]) or 0
local failures = math.max(tonumber(numbers[3]) or 0, tonumber(ARGV[4]))
if #ARGV > 4 then
  redis.call('RPUSH', KEYS[1], unpack(ARGV, 5))
  redis.call('LTRIM', KEYS[1], -ARGV[2], -1)
end
redis.call('HSET', KEYS[2], 'turns', said + ARGV[3], 'failures', failures)
redis.call('PEXPIRE', KEYS[1], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[1])
return {turns, said, clarified, failures}
