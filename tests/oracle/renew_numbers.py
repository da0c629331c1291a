#!/usr/bin/env python3
"""Renews tests/ops/mxnet/numbers.json: what MXNet 1.9.1 computes for the calls that stand there.

    python3 -m venv venv && venv/bin/pip install mxnet==1.9.1 numpy==1.23.5   (Python 3.8 to 3.11)
    venv/bin/python tests/oracle/renew_numbers.py tests/ops/mxnet/numbers.json

A new case is a line in the file with `op`, `attributes`, `inputs` (shape, and pattern unless it is
`plain`) and, unless it runs in training, `"training": false`; the script fills in the rest. With --check
it changes nothing and exits with 1 when a number differs from what stands there. Inputs are made of their
places, as tests/ops/mxnet_numbers_test.cc makes them; the head of the gradient is the plain pattern
with k = 7. States, which have no gradient, have [] in its place; `"gradients": []` says that there are none
at all. Where MXNet's gradients are known to be wrong, `not_mxnets` says why, and those in the file stay.
"""
import json
import sys

import mxnet as mx
import numpy as np

DIGITS = 7


def patterned(given, k):
    """The k-th input of a call."""
    shape = tuple(given["shape"])
    n = np.arange(int(np.prod(shape)), dtype=np.int64)
    plain = ((n * 37 + 11 * k) % 101 - 50) / 32
    pattern = given.get("pattern", "plain")
    if pattern == "positive":
        plain = np.abs(plain) + 0.5
    elif pattern == "whole":
        plain = given["low"] + (n * 5 + 3 * k) % (given["high"] - given["low"])
    return mx.nd.array(plain.reshape(shape), dtype="float32")


def rounded(array):
    """Numbers as JSON has them; infinities and what is no number as text."""
    values = []
    for value in np.asarray(array, dtype=np.float64).ravel():
        text = f"{value:.{DIGITS}g}"
        whole = np.isfinite(value) and float(text) == int(float(text))
        values.append(int(float(text)) if whole else float(text) if np.isfinite(value) else text)
    return values


def operator(namespace, name):
    if name.startswith("_contrib_"):
        return getattr(namespace.contrib, name[len("_contrib_"):])
    return getattr(namespace, name, None) or getattr(namespace._internal, name)


def states_of(case):
    """Which inputs the operator changes."""
    variables = [mx.sym.var(str(k)) for k in range(len(case["inputs"]))]
    symbol = operator(mx.sym, case["op"])(*variables, **options(case))
    return {int(name) for name in symbol.list_auxiliary_states()}


def options(case):
    return {key: value for key, value in case["attributes"].items() if key != "num_args"}


def run(case, arrays, differentiated):
    """The output, with the gradients of the inputs whose numbers are given in their arrays."""
    for k in differentiated:
        arrays[k].attach_grad()
    with mx.autograd.record(train_mode=case.get("training", True)):
        outputs = operator(mx.nd, case["op"])(*arrays, **options(case))
        output = outputs[0] if isinstance(outputs, list) else outputs
    if differentiated:
        output.backward(patterned({"shape": output.shape}, 7))
    mx.nd.waitall()
    return output.asnumpy()


def compute(case):
    def inputs():
        return [patterned(given, k) for k, given in enumerate(case["inputs"])]

    states = states_of(case)
    arrays = inputs()
    wanted = [k for k in range(len(arrays)) if k not in states] if case.get("gradients", True) else []
    try:
        output = run(case, arrays, wanted)
    except mx.MXNetError:  # some refuse the gradient of labels and indices: it is 0
        arrays = inputs()
        output = run(case, arrays, [k for k in wanted if case["inputs"][k].get("pattern") != "whole"])

    def gradient(k):
        if k in states:
            return []
        return rounded((arrays[k].grad if arrays[k].grad is not None else arrays[k] * 0).asnumpy())

    result = dict(case, shape=list(output.shape), output=rounded(output),
                  gradients=[gradient(k) for k in range(len(arrays))] if wanted else [])
    if states:
        result["states"] = [rounded(arrays[k].asnumpy()) for k in sorted(states)]
    if "not_mxnets" in case:
        result["gradients"] = case["gradients"]
    return result


def differences(ours, theirs):
    """The keys under which two cases differ by more than rounding."""
    for key in ("shape", "output", "gradients", "states"):
        before, after = ours.get(key, []), theirs.get(key, [])
        flat = [np.array([float(v) for v in (sum(x, []) if key in ("gradients", "states") else x)])
                for x in (before, after)]
        if len(flat[0]) != len(flat[1]) or not np.allclose(*flat, rtol=1e-5, atol=1e-6,
                                                           equal_nan=True):
            yield key


def main(path, check):
    with open(path, encoding="utf-8") as file:
        cases = json.load(file)
    renewed, different = [], 0
    for case in cases:
        try:
            renewed.append(compute(case))
        except Exception as error:
            print(f"{case['op']} {case['attributes']}: {str(error).strip().splitlines()[0]}")
            renewed.append(case)
            different += 1
            continue
        found = list(differences(case, renewed[-1]))
        different += bool(found)
        if found:
            print(f"{case['op']} {case['attributes']}: {', '.join(found)}")
    print(f"{len(cases)} cases, {different} differ from what stands in the file")
    if check:
        return 1 if different else 0
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in renewed) + "\n]\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--check" in sys.argv[2:]))
