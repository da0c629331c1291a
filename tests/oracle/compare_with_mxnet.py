#!/usr/bin/env python3
"""Has MXNet 1.9.1 read every operator's graph and compute what oracle_cases says it computes here.

    python3 -m venv venv && venv/bin/pip install mxnet==1.9.1 numpy==1.23.5   (Python 3.8 to 3.11)
    cmake --build --preset release --target oracle_cases
    build/release/bin/oracle_cases cases
    venv/bin/python tests/oracle/compare_with_mxnet.py cases

Compared are shapes, outputs and gradients of each sample, and the defaults of all options: what a
file does not say is what MXNet takes for granted. Exits with 1 when anything differs. What differs on
purpose stands in EXPECTED with its reason.
"""
import ast
import ctypes
import glob
import json
import os
import re
import sys

import mxnet as mx
import numpy as np
from mxnet.base import _LIB, check_call, mx_uint, py_str

# By operator or sample, and the word that the finding begins with.
EXPECTED = {
    ("LeakyReLU.4", "gradient0"): "MXNet's of selu is lambda (alpha + y) where lambda alpha + y is",
    ("SoftmaxActivation.0", "gradient0"): "MXNet's is that of a softmax over all axes but the first",
    ("SoftmaxOutput.5", "gradient0"): "with out_grad, MXNet multiplies by the output instead",
    ("Pad.0", "MXNet"): "MXNet pads arrays of 4 and 5 axes only",
    ("broadcast_to.0", "MXNet"): "MXNet adds no axes",
    ("_foreach", "subgraphs"): "MXNet's files have them beside the options",
    ("_while_loop", "subgraphs"): "MXNet's files have them beside the options",
    ("_cond", "subgraphs"): "MXNet's files have them beside the options",
    ("_while_loop.0", "output"): "MXNet leaves what was in memory behind the last step",
    ("sort.0", "MXNet"): "its gradient there cannot read the axis unless it is given",
    ("batch_take.0", "MXNet"): "it has no gradient there",
    ("_contrib_index_copy.0", "gradient2"): "MXNet gives it to what was written over, too",
    ("_contrib_index_copy.1", "MXNet"): "MXNet takes no more slices than there are",
    ("_ravel_multi_index.1", "MXNet"): "MXNet takes places as matrices only",
    ("_unravel_index.1", "output 0"): "MXNet drops all axes but the first",
    ("_np_cumsum.2", "MXNet"): "MXNet does not count axes from the end",
    ("adadelta_update", "MXNet"): "made of several operators there",
    ("adagrad_update", "MXNet"): "made of several operators there",
    ("adamax_update", "MXNet"): "made of several operators there",
}


def operator_infos():
    """The arguments of MXNet's operators: by operator and name, the type as MXNet describes it."""
    count = mx_uint()
    creators = ctypes.POINTER(ctypes.c_void_p)()
    check_call(_LIB.MXSymbolListAtomicSymbolCreators(ctypes.byref(count), ctypes.byref(creators)))
    infos = {}
    for i in range(count.value):
        name, doc = ctypes.c_char_p(), ctypes.c_char_p()
        num_args, key, result = mx_uint(), ctypes.c_char_p(), ctypes.c_char_p()
        names, types, docs = (ctypes.POINTER(ctypes.c_char_p)() for _ in range(3))
        check_call(_LIB.MXSymbolGetAtomicSymbolInfo(
            ctypes.c_void_p(creators[i]), ctypes.byref(name), ctypes.byref(doc),
            ctypes.byref(num_args), ctypes.byref(names), ctypes.byref(types), ctypes.byref(docs),
            ctypes.byref(key), ctypes.byref(result)))
        infos[py_str(name.value)] = {
            py_str(names[k]): py_str(types[k]) for k in range(num_args.value)}
    return infos


def normal(value):
    """A default as a value that can be compared: numbers, tuples, None or text."""
    text = value.strip().strip("'").strip('"')
    # The place and the type of random numbers are these where nothing is said.
    words = {"True": 1, "False": 0, "None": None, "[]": (), "()": (), "": None,
             "cpu(0)": None, "float32": None}
    if text in words:
        return words[text]
    try:
        read = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text
    return tuple(read) if isinstance(read, (list, tuple)) else float(read)


def same_default(ours, theirs):
    if isinstance(ours, float) and isinstance(theirs, (int, float)):
        return np.isclose(ours, theirs, rtol=1e-5, atol=0)
    # An empty tuple and none at all say the same.
    return ours == theirs or (ours in ((), None) and theirs in ((), None))


def check_defaults(operators, infos):
    for name, description in sorted(operators.items()):
        theirs = infos.get(name)
        if theirs is None:
            yield name, "MXNet: there is no such operator"
            continue
        for field, told in description["fields"].items():
            if field not in theirs:
                yield name, f"{field}: MXNet has no such option"
            elif told["required"]:
                continue  # then files always say it
            elif "required" in theirs[field]:
                yield name, f"{field}: required in MXNet"
            else:
                # Of some operators MXNet does not tell it; the samples do.
                default = re.search(r"optional, default=(.*)$", theirs[field])
                if default and not same_default(normal(told["default"]), normal(default.group(1))):
                    yield name, f"{field}: default {told['default']}, in MXNet: {default.group(1)}"


def difference(ours, theirs):
    """What differs between two arrays as text, or None."""
    if ours.shape != theirs.shape:
        return f"shape {ours.shape}, in MXNet {theirs.shape}"
    if ours.dtype != theirs.dtype:
        return f"type {ours.dtype}, in MXNet {theirs.dtype}"
    if np.allclose(ours, theirs, rtol=1e-4, atol=1e-5, equal_nan=True):
        return None
    return f"{ours.ravel()[:6]}, in MXNet {theirs.ravel()[:6]}"


def numbered(arrays, stem):
    return {name: array for name, array in arrays.items() if re.fullmatch(stem + r"\d+", name)}


def run(symbol, arrays, gradients):
    """The outputs, and the gradients of the inputs that are named, as MXNet computes them."""
    states = set(symbol.list_auxiliary_states())
    inputs = numbered(arrays, "x")
    args = {name: array.copy() for name, array in inputs.items() if name not in states}
    aux = {name: array.copy() for name, array in inputs.items() if name in states}
    wanted = {input_of(name): mx.nd.zeros_like(arrays[name]) for name in gradients}
    grad_req = {name: "write" if name in wanted else "null" for name in args}
    executor = symbol.bind(mx.cpu(), args, args_grad=wanted, grad_req=grad_req, aux_states=aux)
    outputs = executor.forward(is_train=True)
    if gradients:
        executor.backward([arrays[f"head{i}"] for i in range(len(outputs))])
    mx.nd.waitall()
    return outputs, wanted


def input_of(gradient):
    return "x" + gradient[len("gradient"):]


def check_case(path, random):
    arrays = mx.nd.load(path + ".params")
    symbol = mx.sym.load(path + "-symbol.json")
    expected = numbered(arrays, "y")
    if len(symbol.list_outputs()) != len(expected):
        yield f"{len(expected)} outputs, in MXNet {symbol.list_outputs()}"
        return
    gradients = numbered(arrays, "gradient")
    try:
        outputs, found = run(symbol, arrays, gradients)
    except mx.MXNetError:
        # Labels and indices have no gradient there, and one of zeros here.
        gradients = {name: array for name, array in gradients.items() if array.asnumpy().any()}
        outputs, found = run(symbol, arrays, gradients)
    for i, output in enumerate(outputs):
        ours, theirs = expected[f"y{i}"].asnumpy(), output.asnumpy()
        told = difference(ours, theirs)
        if told and not (random and ours.shape == theirs.shape):
            yield f"output {i}: {told}"
    for name, array in gradients.items():
        told = difference(array.asnumpy(), found[input_of(name)].asnumpy())
        if told and not random:
            yield f"{name}: {told}"


def main(folder):
    with open(os.path.join(folder, "operators.json"), encoding="utf-8") as file:
        operators = json.load(file)
    found = list(check_defaults(operators, operator_infos()))
    cases = sorted(glob.glob(os.path.join(glob.escape(folder), "*-symbol.json")))
    for file in cases:
        path = file[: -len("-symbol.json")]
        case = os.path.basename(path)
        try:
            random = operators[case.rsplit(".", 1)[0]]["random"]
            found += [(case, told) for told in check_case(path, random)]
        except Exception as error:  # MXNet's refusals are what is looked for
            found.append((case, "MXNet: " + str(error).strip().splitlines()[-1]))
    unexpected = 0
    for where, told in found:
        reason = EXPECTED.get((where, told.split(":")[0]))
        unexpected += reason is None
        print(f"{where}: {told}" + (f"  (expected: {reason})" if reason else ""))
    print(f"{len(cases)} cases, {unexpected} unexpected differences")
    return 1 if unexpected else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
