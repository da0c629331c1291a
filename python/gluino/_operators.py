"""Fills namespaces with the operators of the registry: mx.nd.relu, mx.sym.Convolution.

There is no list of operators here: names, parameters, defaults and docstrings are the registry's.
"""
import inspect

from . import _core
from .base import _Null

ND, NP, SYM, SYM_NP = range(4)

# By these beginnings of a name an operator goes to a namespace of its own.
PREFIXES = {
    "contrib": ("_contrib_",),
    "linalg": ("_linalg_", "linalg_"),
    "image": ("_image_",),
    "sparse": ("_sparse_",),
}


def all_names():
    """Pairs of each name of each operator, aliases too, and the operator's own name."""
    for name, aliases in _core.operator_names():
        yield name, name
        for alias in aliases:
            yield alias, name


def namespace_of(name):
    """The namespace a name belongs to, and what it is called there."""
    # Of the draws the others are reached through functions that take numbers or arrays.
    if name.startswith("_random_") and name.endswith("_like"):
        return "random", name[len("_random_"):]
    for space, prefixes in PREFIXES.items():
        for prefix in prefixes:
            if name.startswith(prefix):
                return space, name[len(prefix):]
    return ("_internal", name) if name.startswith("_") else ("op", name)


def make_operator(op, kind, name):
    """An operator's function, anew: what an unpickled one is made by."""
    return _core.make_operator(op, kind, name)


def fill(namespaces, kind):
    """Puts a function per operator into the dictionaries of `namespaces`, by the namespace's name."""
    for name, op in all_names():
        space, short = namespace_of(name)
        places = {space: short}
        if name.startswith("linalg_"):
            places["op"] = name
        for target, called in places.items():
            if target in namespaces:
                namespaces[target][called] = _core.make_operator(op, kind, called)


def parameters_of(info, kind):
    """(inputs, options, what all functions of the namespace take) of an operator that
    describe_operator described: names, fields, names. No name comes twice."""
    inputs = [] if info["variadic"] else list(info["inputs"])
    fields = {field["name"]: field for field in info["fields"]}
    options = {name: fields.get(name) or _meaningless(name) for name in info["positions"]
               if name not in inputs and name.isidentifier()}
    extra = ("out", "name") if kind in (ND, NP) else ("name", "attr", "out")
    taken = {*inputs, *options}
    return inputs, list(options.values()), [name for name in extra if name not in taken]


def _meaningless(name):
    """An option of MXNet's that has a place among the others and changes nothing here."""
    return {"name": name, "doc": "", "default": None, "required": False, "choices": []}


def signature_of(op, kind):
    """inspect's signature: inputs, options, and what all functions of the namespace take. An option
    that is left out is not sent, which _Null stands for; its default is in the docstring."""
    info = _core.describe_operator(op)
    either = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = []
    if info["variadic"]:
        parameters.append(inspect.Parameter("data", inspect.Parameter.VAR_POSITIONAL))
    else:
        inputs, options, extra = parameters_of(info, kind)
        parameters += [inspect.Parameter(name, either, default=None) for name in inputs]
        parameters += [inspect.Parameter(field["name"], either, default=_Null) for field in options]
        parameters += [inspect.Parameter(name, either, default=None) for name in extra]
    parameters.append(inspect.Parameter("kwargs", inspect.Parameter.VAR_KEYWORD))
    return inspect.Signature(parameters)


def doc_of(op, kind):
    """An operator's docstring, made of the registry's words."""
    info = _core.describe_operator(op)
    what = "NDArray" if kind in (ND, NP) else "Symbol"
    lines = [info["doc"], "", "Parameters", "----------"]
    lines += [f"{name} : {what}" for name in info["inputs"]]
    if info["variadic"]:
        lines.append(f"*data : {what}s")
    for field in info["fields"]:
        choices = "{" + ", ".join(repr(c) for c in field["choices"]) + "}" if field["choices"] else ""
        given = "required" if field["required"] else f"default {field['default'] or repr('')}"
        lines.append(f"{field['name']} : {choices + ', ' if choices else ''}{given}")
        if field["doc"]:
            lines.append("    " + field["doc"])
    if kind in (ND, NP):
        lines += ["out : NDArray, optional", "    Where the result is written."]
    lines += ["", "Returns", "-------", f"{what}, or a list of them: {', '.join(info['outputs'])}"]
    return "\n".join(lines)


def describe(op, name, kind, attribute):
    """What inspect and help ask an operator's function for; called when they do."""
    if attribute == "__signature__":
        return signature_of(op, kind)
    if attribute == "__doc__":
        return doc_of(op, kind)
    if attribute == "__module__":
        return ("mxnet.ndarray.op", "mxnet.numpy_extension", "mxnet.symbol.op",
                "mxnet.symbol.numpy_extension")[kind]
    return name
