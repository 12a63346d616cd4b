"""The text of `model.toml`: what the engine must know about the models, each number with its
origin."""


def listed(names):
    """A TOML array of strings, a few on a line."""
    lines = [", ".join(f'"{n}"' for n in names[i:i + 5]) for i in range(0, len(names), 5)]
    return "[\n" + "".join(f"  {line},\n" for line in lines) + "]"


def manifest(intents, emotions, facts, figures):
    """`facts`: the tables fast, deep, tokenizer and cascade; `figures`: what was measured."""
    fast, deep, tokenizer, cascade = (facts[k] for k in ("fast", "deep", "tokenizer", "cascade"))
    of = lambda name, what="intent": f"{100 * figures[name][what]:.1f} %"
    held, dev = figures["held fast"]["rows"], figures["dev fast"]["rows"]
    apart = "" if "accept_emotion" not in cascade else f"""\
# The fast model must also be at least this sure of its first emotion to answer alone: the lowest
# bar that costs at most 0.01 of the emotions' mean F1 on dev.
accept_emotion = {cascade['accept_emotion']}
# The weight `mix` for the emotions, of the best mean F1 on dev.
mix_emotion = {cascade['mix_emotion']}
"""
    return f"""\
# What the engine must know about the models in this folder. Written by models/training/cascade.py.
# How sure is sure enough for a business is not said here: that is the policy's.

version = 1

# Labels in the order of the models' outputs; the intents stand in the order of the taxonomy.
intents = {listed(intents)}
emotions = {listed(emotions)}

# A bag of hashed features. Input `ids` int64 [N], N >= 1: the distinct feature ids of one message.
# Outputs `intent` [1, {len(intents)}] and `emotion` [1, {len(emotions)}], logits.
[fast]
file = "{fast['file']}"
sha256 = "{fast['sha256']}"
buckets = 262144              # feature ids are below this: a fact of the hash, checked at load
# Logits are divided by these before the softmax. Fitted for least log loss on {held:,} labelled
# rows that no model was trained on (a slice of the training files, not dev).
temperature_intent = {fast['temperature_intent']}
temperature_emotion = {fast['temperature_emotion']}

# A transformer. Input `ids` int64 [B, L]: word pieces of the normalised text between [CLS] and
# [SEP]; rows of one batch must be of one length (there is no mask).
# Outputs `intent` [B, {len(intents)}], `emotion` [B, {len(emotions)}] (logits), `embedding` [B, 512] (first token).
[deep]
file = "{deep['file']}"
sha256 = "{deep['sha256']}"
max_tokens = {deep['max_tokens']}              # in all; of a longer row three quarters are its start, one its end
temperature_intent = {deep['temperature_intent']}     # fitted as above
temperature_emotion = {deep['temperature_emotion']}

[deep.tokenizer]
file = "{tokenizer['file']}"
sha256 = "{tokenizer['sha256']}"

[cascade]
# The fast model answers alone where its first intent's probability is at least this: the lowest
# bar that costs at most 0.3 points on dev ({dev:,} messages) against asking both each time
# ({of('dev mixed')} to {of('dev cascade')}). It then answers {100 * figures['dev answered by fast']:.0f} % of dev alone.
accept = {cascade['accept']}
# Where both have spoken: log p = (1 - mix) log p_deep + mix log p_fast, renormalised
# (the emotions too, unless they have a weight of their own). Chosen on dev: {of('dev deep')} (deep alone) to {of('dev mixed')}.
mix = {cascade['mix']}
{apart}# How long a message waits for the deep model while every core is busy with it; after that the fast
# model answers alone and the outcome says `degraded`, so that a crowd cannot make everybody late.
# With `patience` plus one long run, p99 of 16 callers on two cores stays below 200 ms.
patience_ms = 100
"""
