"""The one training loop of the deep nets: length buckets, AdamW, averaged weights, checkpoints.

Each step is cut in as many parts as there are threads, each with one thread inside its operators:
on a machine that others use too, a thread that waits at every operator waits for its preempted
neighbour. Products run in bfloat16 where the processor has it, sums and weights in float32.
"""

import math
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

THREADS = int(os.environ.get("THREADS", "2"))
POOL_OF_BATCHES = 50
AVERAGE_EVERY, AVERAGE_KEEP = 10, 0.98
SAVE_SECONDS = 300


def has_bfloat16():
    """Whether the processor multiplies bfloat16 itself; elsewhere it would be slower than float32."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as f:
            return "avx512_bf16" in f.read()
    except OSError:
        return False


BFLOAT16 = has_bfloat16()


def padded(rows):
    """(ids, segments) rows as tensors [B, L] with a mask; None as mask where nothing is padded."""
    longest = max(len(ids) for ids, _ in rows)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    segments = torch.zeros(len(rows), longest, dtype=torch.long)
    mask = torch.zeros(len(rows), longest)
    for i, (one, kinds) in enumerate(rows):
        ids[i, :len(one)] = torch.tensor(one)
        segments[i, :len(one)] = torch.tensor(kinds)
        mask[i, :len(one)] = 1.0
    return ids, segments, None if bool(mask.all()) else mask


def save(path, state):
    """Replaces the checkpoint whole: an interruption leaves the old or the new one."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


class Loop:
    """Runs `loss(net, rows, draw, size of the batch)` over all rows, `epochs` times.

    `recipe`: batch, rate (peak), layer_decay (a layer downwards), head_rate (times), warm_up (share of
    the steps), weight_decay. The rate falls linearly to 0.
    """

    def __init__(self, net, lengths, loss, recipe, epochs, seed, checkpoint):
        self.net, self.lengths, self.loss, self.recipe = net, lengths, loss, recipe
        self.epochs, self.seed, self.checkpoint = epochs, seed, checkpoint
        self.each = math.ceil(len(lengths) / recipe["batch"])
        self.optimizer = torch.optim.AdamW(self.groups(), lr=recipe["rate"], fused=True)
        self.average = {k: v.clone() for k, v in net.state_dict().items()}
        self.step = 0
        if checkpoint.exists():
            state = torch.load(checkpoint, weights_only=True)
            net.load_state_dict(state["net"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.average, self.step = state["average"], state["step"]
            print(f"resumed at step {self.step}", flush=True)

    def groups(self):
        """One group for each rate: heads, layers from above, embeddings; no decay on vectors."""
        layers = len(self.net.layers)
        found = {}
        for name, parameter in self.net.named_parameters():
            if name.split(".")[0] in ("intent", "emotion", "scope", "guess"):
                times = self.recipe["head_rate"]
            elif name.startswith("layers."):
                times = self.recipe["layer_decay"] ** (layers - 1 - int(name.split(".")[1]))
            else:
                times = self.recipe["layer_decay"] ** layers
            decay = self.recipe["weight_decay"] if parameter.dim() > 1 else 0.0
            found.setdefault((times, decay), []).append(parameter)
        return [{"params": p, "weight_decay": decay, "peak": self.recipe["rate"] * times}
                for (times, decay), p in found.items()]

    def batches(self, epoch):
        """Shuffled, near lengths together; the same for the same seed and epoch."""
        draw = random.Random(self.seed * 1000 + epoch)
        order = list(range(len(self.lengths)))
        draw.shuffle(order)
        size, out = self.recipe["batch"], []
        for start in range(0, len(order), size * POOL_OF_BATCHES):
            pool = sorted(order[start:start + size * POOL_OF_BATCHES], key=lambda i: self.lengths[i])
            out += [pool[i:i + size] for i in range(0, len(pool), size)]
        draw.shuffle(out)
        return out

    def average_state(self):
        return {k: v.clone() for k, v in self.average.items()}

    def learn(self, part, place, whole):
        torch.set_num_threads(1)
        draw = random.Random((self.seed * 1_000_003 + self.step) * 64 + place)
        parameters = list(self.net.parameters())
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=BFLOAT16):
            loss = self.loss(self.net, part, draw, whole)
        return loss.item(), torch.autograd.grad(loss, parameters, allow_unused=True)

    def run(self, after_epoch):
        """Trains; after each epoch calls `after_epoch(epoch from 1, averaged weights)`."""
        total = self.epochs * self.each
        warm = max(1, int(self.recipe["warm_up"] * total))
        workers = ThreadPoolExecutor(THREADS)
        began, saved, first, losses = time.time(), time.time(), self.step, []
        for epoch in range(self.epochs):
            if self.step >= (epoch + 1) * self.each:
                continue
            for part in self.batches(epoch)[self.step - epoch * self.each:]:
                self.net.train()
                pace = min((self.step + 1) / warm, (total - self.step) / max(1, total - warm))
                for group in self.optimizer.param_groups:
                    group["lr"] = group["peak"] * pace
                halves = [h for h in (part[i::THREADS] for i in range(THREADS)) if h]
                done = list(workers.map(lambda one: self.learn(one[1], one[0], len(part)),
                                        enumerate(halves)))
                torch.set_num_threads(THREADS)
                for parameter, *some in zip(self.net.parameters(), *(grads for _, grads in done)):
                    some = [g for g in some if g is not None]
                    for more in some[1:]:
                        some[0].add_(more)
                    parameter.grad = some[0] if some else None
                losses.append(sum(loss for loss, _ in done))
                torch.nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
                self.optimizer.step()
                self.step += 1
                if self.step % AVERAGE_EVERY == 0:
                    times = self.step / AVERAGE_EVERY
                    keep = min(AVERAGE_KEEP, times / (times + 9))
                    now = self.net.state_dict()
                    torch._foreach_lerp_([self.average[name] for name in now], list(now.values()),
                                         1.0 - keep)
                if self.step % 50 == 0:
                    left = (time.time() - began) / (self.step - first) * (total - self.step)
                    print(f"step {self.step}/{total} loss {np.mean(losses[-200:]):.3f} "
                          f"{left / 60:.1f} min left", flush=True)
                if time.time() - saved > SAVE_SECONDS:
                    self.keep()
                    saved = time.time()
            self.keep()
            after_epoch(epoch + 1, self.average)

    def keep(self):
        save(self.checkpoint, {"net": self.net.state_dict(), "average": self.average,
                               "optimizer": self.optimizer.state_dict(), "step": self.step})
