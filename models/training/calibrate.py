"""Temperatures, the logistic fit of the scope score, and the errors of calibration."""

import numpy as np

BINS = 15


def log_softmax(logits, temperature=1.0):
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(1, keepdims=True)
    return scaled - np.log(np.exp(scaled).sum(1, keepdims=True))


def softmax(logits, temperature=1.0):
    return np.exp(log_softmax(logits, temperature))


def wanted(rows, labels, of):
    """The wanted distribution [rows, labels]; two labels share the mass."""
    out = np.zeros((len(rows), labels))
    for i, row in enumerate(rows):
        for label in of(row):
            out[i, label] = 1.0 / len(of(row))
    return out


def loss(logs, target):
    """Mean negative log-likelihood."""
    return float(-(target * logs).sum(1).mean())


def temperature(logits, target):
    """The temperature of least loss, on a grid of hundredths (Guo et al. 2017)."""
    grid = np.arange(0.4, 3.0, 0.01)
    return round(float(grid[np.argmin([loss(log_softmax(logits, t), target) for t in grid])]), 2)


def logistic_fit(scores, labels, weights, steps=60):
    """(scale, shift) of least weighted log loss of `1 / (1 + exp(-(scale x + shift)))` (Platt 1999).

    By Newton's method, with a slight pull of the scale towards 1.
    """
    x = np.stack([scores.astype(np.float64), np.ones(len(scores))], 1)
    at, pull = np.array([1.0, 0.0]), np.diag([1e-2, 1e-6]) * weights.sum() / len(weights)
    for _ in range(steps):
        p = 1.0 / (1.0 + np.exp(-x @ at))
        slope = x.T @ (weights * (p - labels)) + pull @ (at - [1.0, 0.0])
        bend = (x * (weights * p * (1 - p))[:, None]).T @ x + pull
        at = at - np.linalg.solve(bend, slope)
    return float(at[0]), float(at[1])


def calibration_error(rows, logs):
    """Expected calibration error of the first intent's probability, 15 bins of one width."""
    sure, right = np.exp(logs.max(1)), np.array([b in r.intents for r, b in zip(rows, logs.argmax(1))])
    place = np.minimum((sure * BINS).astype(int), BINS - 1)
    return float(sum(abs(right[place == b].mean() - sure[place == b].mean()) * np.mean(place == b)
                     for b in range(BINS) if np.any(place == b)))
