#!/usr/bin/env python3
"""Renews tests/ops/mxnet/names.json: what MXNet 1.9.1 knows the operators by that stand there.

    python3 -m venv venv && venv/bin/pip install mxnet==1.9.1 numpy==1.23.5   (Python 3.8 to 3.11)
    venv/bin/python tests/oracle/renew_names.py tests/ops/mxnet/names.json

A new operator is a line {"name": "..."} with its name in MXNet's files; the script adds its other names, but
those of MXNet's NumPy and for sparse arrays, what the automatic names of its nodes begin with, made in Python by the
operator or function that stands for it, and its options in the order in which calls by position give them. With --check it changes nothing and exits with 1 when something
differs from what stands there.
"""
import ctypes
import json
import re
import sys

import mxnet as mx
from mxnet.base import _LIB, c_str, check_call


def handle_of(name):
    """What all names of one operator have in common."""
    handle = ctypes.c_void_p()
    check_call(_LIB.NNGetOpHandle(c_str(name), ctypes.byref(handle)))
    return handle.value


def options_of(name):
    """The options' names: all arguments that are no arrays."""
    text = ctypes.c_char_p()
    doc, variadic, kind = ctypes.c_char_p(), ctypes.c_char_p(), ctypes.c_char_p()
    count = ctypes.c_uint()
    names, types, docs = (ctypes.POINTER(ctypes.c_char_p)() for _ in range(3))
    check_call(_LIB.MXSymbolGetAtomicSymbolInfo(
        ctypes.c_void_p(handle_of(name)), ctypes.byref(text), ctypes.byref(doc), ctypes.byref(count),
        ctypes.byref(names), ctypes.byref(types), ctypes.byref(docs), ctypes.byref(variadic),
        ctypes.byref(kind)))
    return [names[i].decode() for i in range(count.value) if not re.search(b"NDArray|Symbol", types[i])]


def all_names():
    count = ctypes.c_uint()
    names = ctypes.POINTER(ctypes.c_char_p)()
    check_call(_LIB.NNListAllOpNames(ctypes.byref(count), ctypes.byref(names)))
    return [names[i].decode() for i in range(count.value)]


def in_python():
    """By operator: what automatic names begin with where Python has an expression or function of its own."""
    x, y = mx.sym.var("x"), mx.sym.var("y")
    made = [x + y, x - y, x * y, x / y, x % y, x**y, x == y, x != y, x > y, x >= y, x < y, x <= y]
    made += [x + 2, x - 2, 2 - x, x * 2, x / 2, 2 / x, x % 2, 2 % x, x**2, 2**x]
    made += [x == 2, x != 2, x > 2, x >= 2, x < 2, x <= 2]
    for function in (mx.sym.maximum, mx.sym.minimum, mx.sym.hypot):
        made += [function(x, y), function(x, 2)]
    made += [mx.sym.pow(x, y), mx.sym.pow(x, 2), mx.sym.pow(2, x)]
    made += [mx.sym.identity(x), x.swapaxes(0, 1)]
    hints = {}
    for symbol in made:
        node = json.loads(symbol.tojson())["nodes"][-1]
        hints.setdefault(node["op"], re.sub(r"\d+$", "", node["name"]))
    return hints


def names_of(cases):
    by_handle = {}
    for name in all_names():
        by_handle.setdefault(handle_of(name), []).append(name)
    hints = in_python()
    for case in cases:
        name = case["name"]
        aliases = [other for other in by_handle[handle_of(name)]
                   if other != name and not re.match(r"_np[ix]?_|_sparse_", other)]
        yield {"name": name, "aliases": sorted(aliases), "hint": hints.get(name, name.lower()),
               "options": options_of(name)}


def main(path, check):
    with open(path, encoding="utf-8") as file:
        cases = json.load(file)
    renewed = sorted(names_of(cases), key=lambda case: case["name"])
    for case in renewed:
        if case not in cases:
            print("differs:", json.dumps(case))
    if check:
        return 1 if renewed != cases else 0
    with open(path, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in renewed) + "\n]\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--check" in sys.argv[2:]))
