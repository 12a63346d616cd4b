"""Fine-tunes the deep net on real and written messages together.

Resumes from its last checkpoint. `python train_deep.py PREPARED_DIR TAXONOMY WORK_DIR`
"""

import argparse
import json
import math
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from corpus import load_corpus
from net import LAYERS, Net, load_base
from vocab import cut, encode

SEED = 17
EPOCHS = 3
BATCH = 32
POOL_OF_BATCHES = 50
RATE, LAYER_DECAY, HEAD_RATE, WARM_UP, WEIGHT_DECAY = 1e-4, 0.9, 5.0, 0.06, 0.01
EMOTION_SHARE = 0.5
WRITTEN_SHARE = 1.0
MOST_TOKENS = 128
AVERAGE_EVERY, AVERAGE_KEEP = 10, 0.98
SAVE_SECONDS = 300
THREADS = int(os.environ.get("THREADS", "2"))


def batches(lengths, epoch):
    """Batches of near lengths: shuffled, sorted within pools of fifty batches, shuffled again."""
    draw = random.Random(SEED * 1000 + epoch)
    order = list(range(len(lengths)))
    draw.shuffle(order)
    out = []
    for start in range(0, len(order), BATCH * POOL_OF_BATCHES):
        part = sorted(order[start:start + BATCH * POOL_OF_BATCHES],
                      key=lambda i: (lengths[i], draw.random()))
        out += [part[i:i + BATCH] for i in range(0, len(part), BATCH)]
    draw.shuffle(out)
    return out


def padded(ids):
    """Ids and mask as tensors; the mask is None where nothing is padded."""
    longest = max(map(len, ids))
    table = np.zeros((len(ids), longest), dtype=np.int64)
    for row, one in zip(table, ids):
        row[: len(one)] = one
    mask = None
    if any(len(one) != longest for one in ids):
        mask = torch.tensor([[1] * len(one) + [0] * (longest - len(one)) for one in ids])
    return torch.from_numpy(table), mask


def targets(rows, labels):
    """The wanted distribution over intents; `a+b` shares the mass."""
    out = torch.zeros(len(rows), labels)
    for i, row in enumerate(rows):
        for intent in row.intents:
            out[i, intent] = 1.0 / len(row.intents)
    return out


def groups(net):
    """Parameter groups: the rate falls by LAYER_DECAY a layer downwards, heads learn faster."""
    out = []

    def add(module, rate):
        for name, parameter in module.named_parameters():
            decay = 0.0 if parameter.dim() < 2 or "norm" in name else WEIGHT_DECAY
            out.append({"params": [parameter], "peak": rate, "weight_decay": decay})

    for head in (net.intent, net.emotion):
        add(head, RATE * HEAD_RATE)
    for i, layer in enumerate(net.layers):
        add(layer, RATE * LAYER_DECAY ** (LAYERS - 1 - i))
    for module in (net.words, net.positions, net.norm):
        add(module, RATE * LAYER_DECAY ** LAYERS)
    return out


@torch.no_grad()
def predict(net, ids, batch=64):
    """Logits and embeddings of all ids, in their order, as arrays."""
    net.eval()
    order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
    kept = [None] * len(ids)
    for start in range(0, len(order), batch):
        part = order[start:start + batch]
        out = net(*padded([ids[i] for i in part]))
        for place, i in enumerate(part):
            kept[i] = [t[place].numpy() for t in out]
    return [np.stack([k[j] for k in kept]) for j in range(3)]


def accuracy(rows, logits):
    """How often the first answer is one of the row's labels."""
    return float(np.mean([best in row.intents for row, best in zip(rows, logits.argmax(1))]))


def report(net, corpus, ids, where):
    """Prints dev and held-out accuracy (held: real and written apart)."""
    intent, emotion, _ = predict(net, ids["dev"])
    right = np.mean([e == r.emotion for e, r in zip(emotion.argmax(1), corpus.dev)])
    held = predict(net, ids["held"])[0]
    said = {kind: accuracy([corpus.held[i] for i in part], held[part]) for kind, part in (
        ("real", [i for i, r in enumerate(corpus.held) if r.source != "written"]),
        ("written", [i for i, r in enumerate(corpus.held) if r.source == "written"]))}
    print(f"{where}: dev intent {accuracy(corpus.dev, intent):.4f} emotion {right:.4f} | held real "
          f"{said['real']:.4f} written {said['written']:.4f}", flush=True)


def save(path, state):
    """Writes a checkpoint whole or not at all."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared")
    parser.add_argument("taxonomy")
    parser.add_argument("work", type=Path)
    at = parser.parse_args()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    corpus = load_corpus(at.prepared, at.taxonomy)
    tokenizer = at.work / "tokenizer.json"
    kept = cut(next(at.work.glob("base/*tokenizer.json")),
               [r.norm for r in corpus.train + corpus.held + corpus.pool], tokenizer)
    ids = {name: encode(tokenizer, [r.norm for r in getattr(corpus, name)], MOST_TOKENS)
           for name in ("train", "held", "dev")}
    lengths = [len(one) for one in ids["train"]]
    net = Net(len(kept), len(corpus.intents), len(corpus.emotions))
    load_base(net, next(at.work.glob("base/*.onnx")), kept)
    average = {k: v.clone() for k, v in net.state_dict().items()}
    optimizer = torch.optim.AdamW(groups(net), lr=RATE, betas=(0.9, 0.98), eps=1e-6, fused=True)
    total = EPOCHS * len(batches(lengths, 0))
    step, checkpoint = 0, at.work / "deep-checkpoint.pt"
    print(f"{len(kept)} tokens, {len(corpus.train)} rows, {np.mean(lengths):.1f} tokens a row, "
          f"{total} steps", flush=True)
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True)
        net.load_state_dict(state["net"])
        optimizer.load_state_dict(state["optimizer"])
        average, step = state["average"], state["step"]
        print(f"resumed at step {step}", flush=True)
    gradients = []

    def learn(part, whole):
        """One thread's share of a batch: adds its gradients to the list, gives its loss."""
        torch.set_num_threads(1)
        rows = [corpus.train[i] for i in part]
        weight = torch.tensor([WRITTEN_SHARE if r.source == "written" else 1.0 for r in rows])
        said, felt = net.forward_train(*padded([ids["train"][i] for i in part]))
        feeling = torch.tensor([r.emotion for r in rows])
        wanted = targets(rows, len(corpus.intents))
        of_intent = -(wanted * said.log_softmax(-1)).sum(-1).mean(0)
        of_emotion = torch.stack(
            [F.cross_entropy(f, feeling, reduction="none") for f in felt]).mean(0)
        loss = ((of_intent + EMOTION_SHARE * of_emotion) * weight).sum() / whole
        gradients.append(torch.autograd.grad(loss, list(net.parameters())))
        return loss.item()

    workers = ThreadPoolExecutor(THREADS)
    began, saved, first, losses = time.time(), time.time(), step, []
    for epoch in range(EPOCHS):
        cut_batches = batches(lengths, epoch)
        if step >= (epoch + 1) * len(cut_batches):
            continue
        for part in cut_batches[step - epoch * len(cut_batches):]:
            net.train()
            warm = WARM_UP * total
            pace = step / warm if step < warm else (total - step) / (total - warm)
            for group in optimizer.param_groups:
                group["lr"] = group["peak"] * pace
            halves = [part[i::THREADS] for i in range(THREADS)]
            losses.append(sum(workers.map(lambda half: learn(half, len(part)), halves)))
            for parameter in net.parameters():
                parameter.grad = None
            for some in gradients:
                for parameter, one in zip(net.parameters(), some):
                    parameter.grad = one if parameter.grad is None else parameter.grad.add_(one)
            gradients.clear()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            step += 1
            if step % AVERAGE_EVERY == 0:
                keep = min(AVERAGE_KEEP, (step / AVERAGE_EVERY) / (step / AVERAGE_EVERY + 9))
                for name, value in net.state_dict().items():
                    average[name].lerp_(value, 1.0 - keep)
            if step % 50 == 0:
                left = (time.time() - began) / (step - first) * (total - step)
                print(f"step {step}/{total} loss {np.mean(losses[-200:]):.3f} "
                      f"{left / 60:.1f} min left", flush=True)
            if time.time() - saved > SAVE_SECONDS:
                save(checkpoint, {"net": net.state_dict(), "optimizer": optimizer.state_dict(),
                                  "average": average, "step": step})
                saved = time.time()
        save(checkpoint, {"net": net.state_dict(), "optimizer": optimizer.state_dict(),
                          "average": average, "step": step})
        report(net, corpus, ids, f"epoch {epoch + 1}, last weights")
        net_average = Net(len(kept), len(corpus.intents), len(corpus.emotions))
        net_average.load_state_dict(average)
        report(net_average, corpus, ids, f"epoch {epoch + 1}, averaged")
        save(at.work / f"deep-epoch{epoch + 1}.pt",
             {"net": net.state_dict(), "average": average, "vocabulary": len(kept)})
    (at.work / "deep.json").write_text(json.dumps({"epochs": EPOCHS, "steps": total}) + "\n")


if __name__ == "__main__":
    main()
