"""Writes the stubs (.pyi) of the modules that are made of the registry's operators.

    python python/tools/make_stubs.py            # writes them into the package's sources
    python python/tools/make_stubs.py --check    # exit status 1 when one of them is out of date

What an operator takes and gives is read from the package that is imported; there is no other list.
"""
import argparse
import pathlib
import sys

from gluino import _core
from gluino._operators import ND, SYM, all_names, namespace_of, parameters_of

PACKAGE = pathlib.Path(__file__).resolve().parents[1] / "gluino"

# The modules that hold nothing but operators, by namespace and kind.
MODULES = {("op", ND): "ndarray/op.pyi", ("_internal", ND): "ndarray/_internal.pyi",
           ("op", SYM): "symbol/op.pyi", ("_internal", SYM): "symbol/_internal.pyi"}

HEADER = '''\
# Made by python/tools/make_stubs.py from the registry of operators; do not edit.
from collections.abc import Sequence
from typing import Any, Literal, SupportsFloat, SupportsIndex, TypeAlias

from numpy.typing import DTypeLike

from ..context import Context
from ..{module} import {operand}

_Number: TypeAlias = SupportsFloat
_Row: TypeAlias = SupportsIndex | Sequence[SupportsIndex | None]

'''


def type_of(field):
    """What an option is annotated with; the registry knows its default and its choices."""
    name, default = field["name"], field["default"]
    if field["choices"]:
        kind = f"Literal[{', '.join(repr(choice) for choice in field['choices'])}]"
        return kind if default in field["choices"] else kind + " | None"
    if name == "dtype":
        return "DTypeLike"
    if name == "ctx":
        return "Context | str"
    if default in ("True", "False"):
        return "bool"
    if default is not None and default[:1] in ("(", "["):
        return "_Row"
    try:
        float(default)
    except (TypeError, ValueError):
        return "Any"
    return "_Number"


def result_of(info, kind, operand):
    """What a call gives: how many arrays there are may depend on the options."""
    if kind == SYM:
        return operand
    return {None: "Any", 1: operand}.get(info["num_visible"], f"list[{operand}]")


def function_of(name, op, kind):
    """One function's stub."""
    operand = "NDArray" if kind == ND else "Symbol"
    info = _core.describe_operator(op)
    inputs, options, extra = parameters_of(info, kind)
    parameters = [f"*data: {operand}"] if info["variadic"] else [
        f"{given}: {operand} | None = ..." for given in inputs]
    parameters += [f"{field['name']}: {type_of(field)} = ..." for field in options]
    types = {"out": f"{operand} | Sequence[{operand}] | None" if kind == ND else "None",
             "name": "str | None", "attr": "dict[str, str] | None"}
    parameters += [f"{given}: {types[given]} = ..." for given in extra]
    # Symbols take attributes such as lr_mult; what is not listed is refused by operators on arrays.
    if kind == SYM or info["takes_any"]:
        parameters.append("**kwargs: Any")
    return f"def {name}({', '.join(parameters)}) -> {result_of(info, kind, operand)}: ..."


def stub_of(space, kind):
    """A module's whole stub."""
    functions = {}
    for name, op in all_names():
        found, short = namespace_of(name)
        if found == space:
            functions[short] = function_of(short, op, kind)
        if space == "op" and name.startswith(("random_", "linalg_")):
            functions[name] = function_of(name, op, kind)
    header = HEADER.format(module="ndarray.ndarray" if kind == ND else "symbol.symbol",
                           operand="NDArray" if kind == ND else "Symbol")
    body = "\n".join(functions[name] for name in sorted(functions))
    return f"{header}{body}\n\ndef __getattr__(name: str) -> Any: ...\n"


def main():
    """Writes, or with --check compares, all stubs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say which are out of date")
    parser.add_argument("--package", type=pathlib.Path, default=PACKAGE,
                        help="the folder of the package's sources (default: %(default)s)")
    options = parser.parse_args()
    stale = []
    for (space, kind), path in MODULES.items():
        file = options.package / path
        text = stub_of(space, kind)
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(path)
        if not options.check:
            file.write_text(text, encoding="utf-8")
    if options.check and stale:
        sys.exit(f"out of date, run python/tools/make_stubs.py: {', '.join(stale)}")


if __name__ == "__main__":
    main()
