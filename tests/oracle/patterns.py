"""The elements of a case's inputs, made of their places as tests/ops/mxnet_numbers_test.cc makes them."""
import numpy as np


def patterned(given, k):
    """The k-th input of a call, in float64."""
    shape = tuple(given["shape"])
    n = np.arange(int(np.prod(shape)), dtype=np.int64)
    plain = ((n * 37 + 11 * k) % 101 - 50) / 32
    pattern = given.get("pattern", "plain")
    if pattern == "plain":
        values = plain
    elif pattern == "positive":
        values = np.abs(plain) + 0.5
    elif pattern == "whole":
        values = given["low"] + (n * 5 + 3 * k) % (given["high"] - given["low"])
    elif pattern == "spread":
        part = ((n + 29 + 101 * k) ** 3 % 1013 + (1 + k % 7) / 9) / 1013
        values = given["low"] + (given["high"] - given["low"]) * part
    elif pattern == "elements":  # a third of them
        values = np.where(n % 3 == k % 3, plain, 0)
    elif pattern == "rows":  # every second one
        values = np.where(n // (n.size // shape[0]) % 2 == k % 2, plain, 0)
    elif pattern == "definite":  # symmetric matrices
        half = plain.reshape(shape) / 2
        values = half + half.swapaxes(-1, -2) + 2 * shape[-1] * np.eye(shape[-1])
    elif pattern == "given":
        values = np.array([float(value) for value in given["values"]])  # "nan", too
    else:
        raise ValueError(f"no such pattern: {pattern}")
    return np.asarray(values, dtype=np.float64).reshape(shape)
