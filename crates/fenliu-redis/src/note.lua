-- Counts that the customer of a conversation was asked what is meant.
-- KEYS: numbers. ARGV: milliseconds to live. Gives: how often by now.
local clarified = redis.pcall('HINCRBY', KEYS[1], 'clarified', 1)
if type(clarified) == 'table' then return clarified end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return clarified
