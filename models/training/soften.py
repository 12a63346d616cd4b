"""Keeps what the deep net says of every training and unlabelled message: `WORK_DIR/teacher.npz`.

`python teach.py PREPARED_DIR TAXONOMY WORK_DIR`. Run after train_deep.py; takes some minutes.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import torch

from corpus import load_corpus
from export import best_net
from train_deep import MOST_TOKENS, predict
from vocab import encode

PART = 2048


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared")
    parser.add_argument("taxonomy")
    parser.add_argument("work", type=Path)
    at = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("THREADS", "2")))
    corpus = load_corpus(at.prepared, at.taxonomy)
    net, _ = best_net(at.work, corpus)
    kept = {}
    for name in ("train", "pool"):
        ids = encode(at.work / "tokenizer.json", [r.norm for r in getattr(corpus, name)], MOST_TOKENS)
        said = []
        for start in range(0, len(ids), PART):
            said.append(predict(net, ids[start:start + PART])[:2])
            print(f"teacher: {name} {min(start + PART, len(ids))}/{len(ids)}", flush=True)
        kept[f"{name}_intent"], kept[f"{name}_emotion"] = (
            np.concatenate(part).astype(np.float32) for part in zip(*said))
    np.savez(at.work / "teacher.npz", **kept)


if __name__ == "__main__":
    main()
