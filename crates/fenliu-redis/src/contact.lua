-- Counts the contacts of a customer, of which this conversation is one.
-- KEYS: contacts. ARGV: the conversation, when it came in, before when a contact is past, milliseconds to live,
-- and up to which rank one is too many. Gives: how many.
local past = redis.pcall('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[3])
if type(past) == 'table' then return past end
redis.call('ZADD', KEYS[1], 'NX', ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, ARGV[5])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return redis.call('ZCARD', KEYS[1])
