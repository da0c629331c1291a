#!/usr/bin/env python3
"""Renews tests/ops/mxnet/numbers.json: what MXNet 1.9.1 computes for the calls that stand there.

    python3 -m venv venv && venv/bin/pip install mxnet==1.9.1 numpy==1.23.5   (Python 3.8 to 3.11)
    venv/bin/python tests/oracle/renew_numbers.py tests/ops/mxnet/numbers.json

A new case is a line in the file with `op`, `attributes` and `inputs`; the script fills in the rest.
With `--samples cases/samples.json`, which oracle_cases writes, every sample of every operator becomes
one. With --check nothing is changed, and the script exits with 1 when a number differs from what
stands there; with --only OPERATOR it renews the cases of one.

A case may say
    "training": false     it runs outside of training
    "random": true        numbers are drawn: shapes and types are compared
    "seed": 5             the numbers that this seed gives are compared, too
    "over": [0, 2]        the outputs are written over these inputs
    "not_mxnets": {...}   by key (outputs, gradients, states, or all) why MXNet's are not to be had or
                          known to be wrong: then formulas.py says what is right; "states.1" says
                          that this input is changed by MXNet only
and an input `shape`, `pattern` unless it is `plain` (see patterns.py), `type` unless it is float32,
`stype` where it is sparse. Heads of gradients are the plain pattern with k = 7 and more. States, which
have no gradient, have [] in its place; `"gradients": []` says that there are none at all.
"""
import argparse
import json
import os
import select
import subprocess
import sys

import numpy as np

import formulas

DIGITS = 7
SECONDS = 10  # for a call
LARGEST = 400  # elements of an array of a sample that becomes a case


def rounded(array):
    """Numbers as JSON has them; infinities and what is no number as text."""
    values = []
    for value in np.asarray(array, dtype=np.float64).ravel():
        text = f"{value:.{DIGITS}g}"
        whole = np.isfinite(value) and float(text) == int(float(text))
        values.append(int(float(text)) if whole else float(text) if np.isfinite(value) else text)
    return values


def told(result):
    """What formulas or MXNet computed as the file has it."""
    case = {"outputs": []}
    for array, stype in result["outputs"]:
        output = {"shape": list(array.shape)}
        if array.dtype != np.float32:
            output["type"] = str(array.dtype)
        if stype != "default":
            output["stype"] = stype
        if result.get("compared", True):
            output["values"] = rounded(array)
        case["outputs"].append(output)
    case["gradients"] = [rounded(array) for array in result["gradients"]]
    if result.get("states"):
        case["states"] = {str(k): rounded(array) for k, array in result["states"].items()}
    return case


class Mxnet:
    """MXNet in a process of its own, started again where a call ends it."""

    def __init__(self, with_onednn):
        self.environment = dict(os.environ, MXNET_MKLDNN_ENABLED=str(int(with_onednn)))
        self.process = None

    def compute(self, case):
        if self.process is None:
            worker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "mxnet_worker.py")
            self.process = subprocess.Popen([sys.executable, worker], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                            env=self.environment, text=True)
        self.process.stdin.write(json.dumps(case) + "\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], SECONDS)
        line = self.process.stdout.readline() if ready else ""
        if not line:
            self.process.kill()
            self.process.wait()
            self.process = None
            raise RuntimeError("MXNet ends" if ready else "MXNet does not end")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer


class Either:
    """MXNet as it comes, and where that refuses a call, without oneDNN's kernels."""

    def __init__(self):
        self.usual, self.without_onednn = Mxnet(True), Mxnet(False)

    def compute(self, case):
        try:
            return self.usual.compute(case)
        except RuntimeError:
            return self.without_onednn.compute(case)


def compute(mxnet, case):
    """What the file is to say of a case."""
    wrong = case.get("not_mxnets", {})
    found = {} if "all" in wrong else mxnet.compute(case)
    keys = [key for key in ("outputs", "gradients", "states") if key in wrong or "all" in wrong]
    if keys and case["op"] not in formulas.FORMULAS:
        found.update({key: [] for key in keys})  # for the loops over samples to test
    elif keys:
        right = told(formulas.compute(case))
        if "outputs" in found and "outputs" not in wrong and not same(
                {"outputs": right["outputs"]}, {"outputs": found["outputs"]}, 1e-3):
            raise RuntimeError("the formula is not what MXNet computes")
        found.update({key: right[key] for key in keys if key in right})
    for key in wrong:
        if key.startswith("states."):
            found.get("states", {}).pop(key[len("states."):], None)
    kept = {key: case[key] for key in ("op", "attributes", "inputs", "training", "random", "seed",
                                       "over", "not_mxnets") if key in case}
    return dict(kept, **found)


def numbers_of(case):
    arrays = [output.get("values", []) for output in case.get("outputs", [])]
    arrays += case.get("gradients", []) + list(case.get("states", {}).values())
    return np.array([float(value) for array in arrays for value in array])


def forms_of(case):
    return [{key: value for key, value in output.items() if key != "values"}
            for output in case.get("outputs", [])]


def same(before, after, tolerance=1e-5):
    x, y = numbers_of(before), numbers_of(after)
    return x.shape == y.shape and np.allclose(x, y, rtol=tolerance, atol=tolerance / 10,
                                              equal_nan=True)


def identity_of(case):
    return json.dumps([case["op"], case["attributes"], case["inputs"], case.get("training", True)],
                      sort_keys=True)


def sample_input(given):
    numbers = {key: int(given[key]) if given[key] == int(given[key]) else given[key]
               for key in ("low", "high")}
    return {"shape": given["shape"], "pattern": given["pattern"], **numbers}


def with_samples(cases, path):
    """The cases, and those of the samples that are not among them."""
    with open(path, encoding="utf-8") as file:
        samples = json.load(file)
    known = {identity_of(case) for case in cases}
    for case in samples:
        case["inputs"] = [sample_input(given) for given in case["inputs"]]
        sizes = [np.prod(given["shape"], dtype=int) for given in case["inputs"]]
        # Outside of its NumPy, a size of 0 is one that MXNet does not know.
        small = all(0 < size <= LARGEST or (size == 0 and case["op"].startswith("_np"))
                    for size in sizes)
        if small and identity_of(case) not in known:
            known.add(identity_of(case))
            cases.append(case)
    return cases


def main(arguments):
    with open(arguments.numbers, encoding="utf-8") as file:
        cases = json.load(file)
    if arguments.samples:
        cases = with_samples(cases, arguments.samples)
    mxnet, renewed, different = Either(), [], 0
    for case in cases:
        if arguments.only and case["op"] != arguments.only:
            renewed.append(case)
            continue
        try:
            renewed.append(compute(mxnet, case))
        except Exception as error:
            print(f"{case['op']} {case['attributes']} {case['inputs']}: {error}", flush=True)
            if "outputs" in case:
                renewed.append(case)
            different += 1
            continue
        if "outputs" in case and not (forms_of(case) == forms_of(renewed[-1]) and
                                      same(case, renewed[-1])):
            print(f"{case['op']} {case['attributes']}: differs from what stands in the file")
            different += 1
    print(f"{len(cases)} cases, {different} that MXNet does not compute or that differ")
    if arguments.check:
        return 1 if different else 0
    with open(arguments.numbers, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in renewed) + "\n]\n")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers")
    parser.add_argument("--samples")
    parser.add_argument("--only")
    parser.add_argument("--check", action="store_true")
    sys.exit(main(parser.parse_args()))
