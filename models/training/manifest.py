"""The text of `model.toml`: what the engine must know about the models, each number with its
origin."""

from fast import BUCKETS


def listed(names):
    """A TOML array of strings, a few on a line."""
    lines = [", ".join(f'"{n}"' for n in names[i:i + 5]) for i in range(0, len(names), 5)]
    return "[\n" + "".join(f"  {line},\n" for line in lines) + "]"


def calibration(fact):
    """One inline table."""
    keys = ("temperature_intent", "temperature_emotion", "scope_scale", "scope_shift")
    return "{ " + ", ".join(f"{key} = {float(fact[key])}" for key in keys) + " }"


def manifest(intents, emotions, facts, figures):
    """`facts`: the tables fast, deep, tokenizer, replay and cascade; `figures`: what was measured."""
    fast, deep, tokenizer, replay, cascade = (
        facts[k] for k in ("fast", "deep", "tokenizer", "replay", "cascade"))
    of = lambda way, what="intent", name="dev": f"{100 * figures[name][way][what]:.1f} %"
    held, foreign = figures["held"]["fast"]["rows"], figures["held foreign"]["fast"]["rows"]
    dev = figures["dev"]["fast"]["rows"]
    return f"""\
# What the engine must know about the models in this folder. Written by models/training/cascade.py.
# How sure is sure enough for a business is not said here: that is the policy's.

version = 2

# Labels in the order of the models' outputs; the intents stand in the order of the taxonomy.
intents = {listed(intents)}
emotions = {listed(emotions)}

# A bag of hashed features. Input `ids` int64 [N], N >= 1: the distinct feature ids of one message.
# Outputs `intent` [1, {len(intents)}], `emotion` [1, {len(emotions)}], `scope` [1, 1] (logits) and `embedding` [1, 64].
[fast]
file = "{fast['file']}"
sha256 = "{fast['sha256']}"
buckets = {BUCKETS}             # feature ids are below this: a fact of the hash, checked at load
# Logits are divided by the temperatures before the softmax. Fitted for least log loss on {held:,} labelled
# rows whose labels no model has seen (a slice of the training files, not dev). The score of being out of
# scope is 1 / (1 + exp(-(scale x logit + shift))), fitted on these and {foreign} messages that no shop
# answers, weighted as if one message in twenty were such.
calibration = {calibration(fast)}

# A transformer. Inputs `ids` and `segments` int64 [B, L]: word pieces of the normalised text between [CLS]
# and [SEP] as segment 0, then those of what was said before and [SEP] as segment 1; rows of one batch must
# be of one length (there is no mask). Outputs `intent` [B, {len(intents)}], `emotion` [B, {len(emotions)}], `scope` [B, 1] (logits),
# `embedding` [B, 512] (first token).
[deep]
file = "{deep['file']}"
sha256 = "{deep['sha256']}"
max_tokens = {deep['max_tokens']}               # of the text, in all; of a longer one three quarters are its start, one its end
max_before = {deep['max_before']}               # of what was said before, its end
calibration = {calibration(deep)}     # fitted as above

[deep.tokenizer]
file = "{tokenizer['file']}"
sha256 = "{tokenizer['sha256']}"

# Written messages that stand for our intents when a shop teaches its own.
[replay]
file = "{replay['file']}"
sha256 = "{replay['sha256']}"

[cascade]
# The fast model answers alone where its first intent's probability is at least this and that of its
# first emotion at least `accept_emotion`: of the pairs of bars that let it answer 55 % of dev ({dev:,}
# messages) alone and cost at most 0.01 of the emotions' mean F1, the one of most accuracy. It answers
# {100 * figures['dev']['alone']:.0f} % of dev alone, and the cascade is right on {of('cascade')} (deep alone {of('deep')}).
accept = {cascade['accept']}
# The same where something was said before, which only the deep model reads. Chosen on context-dev.
accept_after = {cascade['accept_after']}
accept_emotion = {cascade['accept_emotion']}
# And the message must not seem out of scope to it by more than this.
accept_scope = {cascade['accept_scope']}
# Where both have spoken: log p = (1 - mix) log p_deep + mix log p_fast, renormalised. Of the least
# log loss on dev.
mix = {cascade['mix']}
# The same where something was said before, of the best accuracy on context-dev.
mix_after = {cascade['mix_after']}
# The same for the emotions, of the best mean F1 on dev.
mix_emotion = {cascade['mix_emotion']}
# How long a message waits for the deep model while every core is busy with it; after that the fast
# model answers alone and the outcome says `degraded`, so that a crowd cannot make everybody late.
# With `patience` plus one long run, p99 of 16 callers on two cores stays below 200 ms.
patience_ms = 100
"""
