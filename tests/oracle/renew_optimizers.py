#!/usr/bin/env python3
"""Renews tests/optimizer/mxnet_trainings.json: what MXNet 1.9.1 makes of a weight in 20 updates.

    venv/bin/python tests/oracle/renew_optimizers.py tests/optimizer/mxnet_trainings.json

with an environment as renew_numbers.py says. A new case is a line in the file with `name` and
`options`; the script fills in the `weight`. `weight_name` is what the optimizer is told that the weight
is called, and `copies` says how many weights of the same numbers it updates, one after the other. After
half of the updates the rate is a quarter of what it was.
"""
import argparse
import json
import pathlib

import mxnet as mx
import numpy as np

UPDATES = 20
SHAPE = (2, 3)


def plain(k):
    """The numbers of the weight (k = 0) and of the gradients (k from 1 on); mxnet_optimizers_test.cc
    makes the same."""
    n = np.arange(6)
    return (((n * 37 + 11 * k) % 101 - 50) / 32).reshape(SHAPE)


def trained(name, options, weight_name=None, copies=1):
    """The weight after the updates, or the last copy of it."""
    mx.random.seed(7)
    names = {} if weight_name is None else {0: weight_name}
    optimizer = mx.optimizer.create(name, param_idx2name=names, **options)
    updater = mx.optimizer.get_updater(optimizer)
    weights = [mx.nd.array(plain(0)) for _ in range(copies)]
    for k in range(1, UPDATES + 1):
        if k == UPDATES // 2 + 1:
            optimizer.set_learning_rate(optimizer.learning_rate / 4)
        for index, weight in enumerate(weights):
            updater(index, mx.nd.array(plain(k)), weight)
    return [float(f"{x:.9g}") for x in weights[-1].asnumpy().ravel()]


def main():
    """Writes the file anew, a line per case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=pathlib.Path)
    path = parser.parse_args().file
    cases = json.loads(path.read_text())
    for case in cases:
        case["weight"] = trained(**{key: case[key] for key in case if key != "weight"})
    path.write_text("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]\n")


if __name__ == "__main__":
    main()
