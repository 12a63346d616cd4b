"""Measures both models from their ONNX files, fits what the engine needs to know, and writes
`model.toml`.

`python cascade.py PREPARED_DIR TAXONOMY MODEL_DIR`. The temperatures are fitted on the rows held
out of training; the mixing weight and the threshold are chosen on dev.
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnxruntime

from corpus import load_corpus
from manifest import manifest
from vocab import encode

# Served at most: a longer run would keep others waiting. On dev one message in a hundred is longer.
MOST_TOKENS = 64
MOST_LOSS = 0.003
MOST_F1_LOSS = 0.01
WEIGHTS = [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6]


def log_softmax(logits, temperature=1.0):
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(1, keepdims=True)
    return scaled - np.log(np.exp(scaled).sum(1, keepdims=True))


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run_deep(path, tokenizer, rows):
    """One message at a time, as the engine does."""
    net = session(path)
    ids = encode(tokenizer, [r.norm for r in rows], MOST_TOKENS)
    said = [net.run(["intent", "emotion"], {"ids": np.array([one])}) for one in ids]
    return [np.concatenate(part) for part in zip(*said)]


def run_fast(path, rows):
    net = session(path)
    said = [net.run(["intent", "emotion"], {"ids": np.array(r.features, dtype=np.int64)})
            for r in rows]
    return [np.concatenate(part) for part in zip(*said)]


def wanted(rows, labels, of):
    out = np.zeros((len(rows), labels))
    for i, row in enumerate(rows):
        for label in of(row):
            out[i, label] = 1.0 / len(of(row))
    return out


def loss(logs, target):
    """Mean negative log-likelihood; `a+b` shares the mass."""
    return float(-(target * logs).sum(1).mean())


def temperature(logits, target):
    """The temperature of least loss, on a grid of hundredths."""
    grid = np.arange(0.4, 3.0, 0.01)
    return round(float(grid[np.argmin([loss(log_softmax(logits, t), target) for t in grid])]), 2)


def accuracy(rows, logs):
    return float(np.mean([best in r.intents for r, best in zip(rows, logs.argmax(1))]))


def emotion_figures(rows, logs):
    """Accuracy, and the mean F1 of the emotions."""
    said, true = logs.argmax(1), np.array([r.emotion for r in rows])
    f1 = []
    for e in range(logs.shape[1]):
        hit = np.sum((said == e) & (true == e))
        f1.append(2 * hit / max(1, np.sum(said == e) + np.sum(true == e)))
    return float(np.mean(said == true)), float(np.mean(f1))


def calibration_error(rows, logs, bins=15):
    """Expected calibration error of the first intent's probability."""
    sure, right = np.exp(logs.max(1)), np.array([b in r.intents for r, b in zip(rows, logs.argmax(1))])
    place = np.minimum((sure * bins).astype(int), bins - 1)
    return float(sum(abs(right[place == b].mean() - sure[place == b].mean()) * np.mean(place == b)
                     for b in range(bins) if np.any(place == b)))


def mixed(deep, fast, weight):
    return log_softmax((1.0 - weight) * deep + weight * fast)


def emotion_limits(rows, logs, alone_by_intent):
    """The emotions' own mixing weight (best mean F1), and the lowest bar on the fast model's first
    emotion that costs at most MOST_F1_LOSS of it."""
    f1_of = lambda said: emotion_figures(rows, said)[1]
    mix = max(WEIGHTS, key=lambda w: f1_of(mixed(logs["deep"][1], logs["fast"][1], w)))
    answer = mixed(logs["deep"][1], logs["fast"][1], mix)
    sure = np.exp(logs["fast"][1].max(1))
    for bar in np.arange(0.2, 1.0, 0.01):
        alone = alone_by_intent & (sure >= bar)
        if f1_of(np.where(alone[:, None], logs["fast"][1], answer)) >= f1_of(answer) - MOST_F1_LOSS:
            return mix, round(float(bar), 2)
    return mix, 1.0


def by_source(rows, logs):
    out = {}
    for source in sorted({r.source for r in rows}):
        part = [i for i, r in enumerate(rows) if r.source == source]
        out[source] = (len(part), accuracy([rows[i] for i in part], logs[part]))
    return out


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared")
    parser.add_argument("taxonomy")
    parser.add_argument("models", type=Path)
    parser.add_argument("--emotion-apart", action="store_true",
                        help="give the emotions a threshold and a weight of their own")
    at = parser.parse_args()
    corpus = load_corpus(at.prepared, at.taxonomy)
    parts = {"held": corpus.held, "dev": corpus.dev}
    raw = {name: {"deep": run_deep(at.models / "deep.onnx", at.models / "tokenizer.json", rows),
                  "fast": run_fast(at.models / "fast.onnx", rows)} for name, rows in parts.items()}
    intents = {name: wanted(rows, len(corpus.intents), lambda r: r.intents)
               for name, rows in parts.items()}
    emotions = wanted(corpus.held, len(corpus.emotions), lambda r: (r.emotion,))
    facts, logs = {}, {name: {} for name in parts}
    for model in ("fast", "deep"):
        facts[model] = {
            "temperature_intent": temperature(raw["held"][model][0], intents["held"]),
            "temperature_emotion": temperature(raw["held"][model][1], emotions)}
        for name in parts:
            logs[name][model] = [log_softmax(raw[name][model][j], facts[model][key]) for j, key in
                                 enumerate(("temperature_intent", "temperature_emotion"))]
    tried = {}
    for weight in WEIGHTS:
        both = {n: mixed(logs[n]["deep"][0], logs[n]["fast"][0], weight) for n in parts}
        tried[weight] = (accuracy(corpus.dev, both["dev"]), loss(both["dev"], intents["dev"]))
        print(f"mix {weight:.2f}: dev {tried[weight][0]:.4f} loss {tried[weight][1]:.4f} | held "
              f"{accuracy(corpus.held, both['held']):.4f}", flush=True)
    mix = max(WEIGHTS, key=lambda w: (tried[w][0], -tried[w][1]))
    answer = mixed(logs["dev"]["deep"][0], logs["dev"]["fast"][0], mix)
    best, accept = accuracy(corpus.dev, answer), 1.0
    for bar in np.arange(0.99, 0.5, -0.01):
        alone = np.exp(logs["dev"]["fast"][0].max(1)) >= bar
        both = np.where(alone[:, None], logs["dev"]["fast"][0], answer)
        if accuracy(corpus.dev, both) < best - MOST_LOSS:
            break
        accept = round(float(bar), 2)
    limits = {"accept": accept, "mix": mix}
    mix_emotion, accept_emotion = mix, 0.0
    if at.emotion_apart:
        alone = np.exp(logs["dev"]["fast"][0].max(1)) >= accept
        mix_emotion, accept_emotion = emotion_limits(corpus.dev, logs["dev"], alone)
        limits |= {"accept_emotion": accept_emotion, "mix_emotion": mix_emotion}
    print(limits)
    figures = {}
    for name, rows in parts.items():
        fast, deep = logs[name]["fast"], logs[name]["deep"]
        alone = (np.exp(fast[0].max(1)) >= accept) & (np.exp(fast[1].max(1)) >= accept_emotion)
        both = [mixed(deep[0], fast[0], mix), mixed(deep[1], fast[1], mix_emotion)]
        cascade = [np.where(alone[:, None], fast[j], both[j]) for j in (0, 1)]
        for model, said in (("fast", fast), ("deep", deep), ("mixed", both), ("cascade", cascade)):
            emotion, f1 = emotion_figures(rows, said[1])
            figures[f"{name} {model}"] = {
                "rows": len(rows), "intent": accuracy(rows, said[0]), "emotion": emotion,
                "emotion_f1": f1, "calibration_error": calibration_error(rows, said[0]),
                "by_source": by_source(rows, said[0])}
        figures[f"{name} answered by fast"] = float(alone.mean())
    for name, value in figures.items():
        print(name, json.dumps(value))
    facts["fast"] |= {"file": "fast.onnx", "sha256": digest(at.models / "fast.onnx")}
    facts["deep"] |= {"file": "deep.onnx", "sha256": digest(at.models / "deep.onnx"),
                      "max_tokens": MOST_TOKENS}
    facts["tokenizer"] = {"file": "tokenizer.json", "sha256": digest(at.models / "tokenizer.json")}
    facts["cascade"] = limits
    (at.models / "model.toml").write_text(
        manifest(corpus.intents, corpus.emotions, facts, figures), encoding="utf-8")
    (Path(at.prepared).parent / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
