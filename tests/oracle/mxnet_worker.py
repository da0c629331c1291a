#!/usr/bin/env python3
"""Computes with MXNet what it is told, a case per line, and answers with a line; see renew_numbers.py."""
import contextlib
import ctypes
import json
import os
import sys

import mxnet as mx
import numpy as np
from mxnet._ctypes.ndarray import _imperative_invoke
from mxnet.base import _LIB, c_str, check_call

from patterns import patterned
from renew_numbers import told


def handle_of(name):
    handle = ctypes.c_void_p()
    check_call(_LIB.NNGetOpHandle(c_str(name), ctypes.byref(handle)))
    return handle.value


def is_numpys(case):
    return case["op"].startswith("_np")


def array_of(case, given, k):
    array = mx.nd.array(patterned(given, k), dtype=given.get("type", "float32"))
    if is_numpys(case):
        return array.as_np_ndarray()
    return array.tostype(given["stype"]) if "stype" in given else array


def states_of(case):
    """Which inputs the operator changes, where it says so of a graph's."""
    count = len(case["inputs"])
    nodes = [{"op": "null", "name": str(k), "inputs": []} for k in range(count)]
    nodes.append({"op": case["op"], "name": "op", "attrs": case["attributes"],
                  "inputs": [[k, 0, 0] for k in range(count)]})
    symbol = mx.sym.load_json(json.dumps({
        "nodes": nodes, "arg_nodes": list(range(count)), "heads": [[count, 0, 0]],
        "node_row_ptr": list(range(count + 2)), "attrs": {"mxnet_version": ["int", 10901]}}))
    return {int(name) for name in symbol.list_auxiliary_states()}


def run(case, arrays, wanted):
    """The outputs, with the gradients of the inputs that are wanted in their arrays."""
    for k in wanted:
        arrays[k].attach_grad()
    options = case["attributes"]
    with mx.autograd.record(train_mode=case.get("training", True)):
        out = [arrays[k] for k in case["over"]] if "over" in case else None
        outputs = _imperative_invoke(handle_of(case["op"]), arrays, list(options.keys()),
                                     list(options.values()), out, is_numpys(case), True)
    real = [i for i, output in enumerate(outputs) if np.issubdtype(output.dtype, np.floating)]
    if wanted and real:
        heads = [mx.nd.array(patterned({"shape": outputs[i].shape}, 7 + i), dtype=outputs[i].dtype)
                 for i in real]
        if is_numpys(case):
            heads = [head.as_np_ndarray() for head in heads]
        mx.autograd.backward([outputs[i] for i in real], heads)
    mx.nd.waitall()
    return outputs


def compute(case):
    def inputs():
        return [array_of(case, given, k) for k, given in enumerate(case["inputs"])]

    states = states_of(case)
    every = [k for k, given in enumerate(case["inputs"])
             if k not in states and given.get("type", "float").startswith("float")]
    # Some refuse the gradient of labels and indices, and some have none: it is 0 then.
    tries = [every, [k for k in every if case["inputs"][k].get("pattern") != "whole"], []]
    if case.get("random") or "over" in case:
        tries = [[]]
    for wanted in tries:
        arrays = inputs()
        try:
            outputs = run(case, arrays, wanted)
            break
        except mx.MXNetError:
            if not wanted:
                raise

    def gradient(k):
        if k in states:
            return []
        return arrays[k].grad.asnumpy() if k in wanted else np.zeros(arrays[k].shape)

    before = inputs()
    changed = {k for k, array in enumerate(arrays)
               if array.asnumpy().tobytes() != before[k].asnumpy().tobytes()}
    return {
        "outputs": [(output.asnumpy(), getattr(output, "stype", "default")) for output in outputs],
        "gradients": [gradient(k) for k in range(len(arrays))] if wanted else [],
        "states": {k: arrays[k].asnumpy() for k in sorted(states | changed)},
        "compared": not case.get("random") or "seed" in case,
    }


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what MXNet prints
    for line in sys.stdin:
        case = json.loads(line)
        scope = mx.util.np_shape(True) if is_numpys(case) else contextlib.nullcontext()
        if "seed" in case:
            mx.random.seed(case["seed"])
        try:
            with scope:
                answer = told(compute(case))
        except Exception as error:
            answer = {"error": str(error).strip().splitlines()[-1]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
