"""Times the deep model in fenliu and in onnxruntime (one thread, the same file), in one run.

    pip install onnxruntime==1.32.0 numpy && python benches/peer.py

Prints, for each number of word pieces, the median milliseconds of both and their ratio.
"""

import pathlib
import statistics
import subprocess
import time

import numpy
import onnxruntime

ROUNDS = 60
root = pathlib.Path(__file__).resolve().parent.parent


def fenliu():
    """Tokens -> (median, least) milliseconds, from `cargo bench --bench deep`."""
    command = ["cargo", "bench", "--quiet", "-p", "fenliu-benches", "--bench", "deep"]
    lines = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout.splitlines()
    rows = [line.split() for line in lines if len(line.split()) == 3]
    return {int(tokens): (float(median), float(least)) for tokens, median, least in rows}


def peer(lengths):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(root / "models/intent/deep.onnx"), options)
    out = {}
    for tokens in lengths:
        ids = numpy.full((1, tokens), 100, dtype=numpy.int64)
        segments = numpy.zeros_like(ids)
        times = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            session.run(None, {"ids": ids, "segments": segments})
            times.append((time.perf_counter() - started) * 1e3)
        out[tokens] = (statistics.median(times), min(times))
    return out


ours = fenliu()
theirs = peer(ours)
print(f"{'tokens':>6} {'fenliu ms':>10} {'onnxruntime ms':>15} {'ratio':>6} {'ratio of least':>15}")
for tokens, (median, least) in ours.items():
    other, other_least = theirs[tokens]
    print(f"{tokens:>6} {median:>10.2f} {other:>15.2f} {median / other:>6.2f} {least / other_least:>15.2f}")
