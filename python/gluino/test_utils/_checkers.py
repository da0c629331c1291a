"""Symbols against what is expected of them: outputs and gradients."""

import json

import numpy as np
from numpy import random as rnd

from .. import symbol
from ..context import current_context
from ..ndarray import NDArray, array
from ._compare import assert_almost_equal, default_numeric_eps, to_numpy


def _named(names, values, what):
    """Values by name, given as a list in the order of `names` or as a dictionary."""
    if isinstance(values, dict):
        return values
    if isinstance(values, (list, tuple)):
        return dict(zip(names, values))
    raise ValueError(f"{what}: expected a list or a dictionary, got {type(values).__name__}")


def _as_array(value, ctx, dtype):
    if isinstance(value, NDArray):
        return value.as_in_context(ctx).copy()
    value = np.asarray(value)
    return array(value, ctx=ctx, dtype=value.dtype if _keeps(dtype) else dtype)


def _keeps(dtype):
    """Whether NumPy's arrays keep the types that they have: "asnumpy"."""
    return isinstance(dtype, str) and dtype == "asnumpy"


def _parse_location(sym, location, ctx, dtype=np.float32):
    """Arrays for the arguments of a symbol, in their order. NumPy's become ones of `dtype`, whatever
    they hold, or keep their types where that is "asnumpy". Raises ValueError when `location` has
    other names than the symbol."""
    assert _keeps(dtype) or np.dtype(dtype).kind == "f", (
        f"dtype: expected a type of real numbers or 'asnumpy', got {dtype}")
    names = sym.list_arguments()
    if isinstance(location, dict) and set(location) != set(names):
        raise ValueError(f"location: expected the symbol's arguments {names}, "
                         f"got {sorted(location)}")
    given = _named(names, location, "location")
    return {name: _as_array(given[name], ctx, dtype) for name in names if name in given}


def _parse_aux_states(sym, aux_states, ctx, dtype=np.float32):
    """The same for auxiliary states, which executors hold dense; None when there are none."""
    if aux_states is None:
        return None
    names = sym.list_auxiliary_states()
    if isinstance(aux_states, dict) and set(aux_states) != set(names):
        raise ValueError(f"aux_states: expected the symbol's {names}, got {sorted(aux_states)}")
    given = _named(names, aux_states, "aux_states")
    return {name: _as_array(given[name], ctx, dtype).tostype("default") for name in names}


def simple_forward(sym, ctx=None, is_train=False, **inputs):
    """The outputs of a symbol for NumPy's arrays by name: NumPy arrays, a single one as itself."""
    ctx = ctx or current_context()
    given = {name: array(value, ctx=ctx) for name, value in inputs.items()}
    executor = sym.bind(ctx, args=given)
    executor.forward(is_train=is_train)
    outputs = [output.asnumpy() for output in executor.outputs]
    return outputs[0] if len(outputs) == 1 else outputs


def numeric_grad(executor, location, aux_states=None, eps=1e-4, use_forward_train=True,
                 dtype=np.float32):
    """Gradients of the sum of an executor's first output by central differences: a dictionary of
    NumPy arrays by the names of the arrays in `location`."""
    return _numeric_grad(executor, location, aux_states, eps, use_forward_train, dtype, 1)


def _numeric_grad(executor, location, aux_states, eps, use_forward_train, dtype, num_outputs):
    """The same of the sum of the first `num_outputs` outputs."""
    def outputs_at():
        for name, value in (aux_states or {}).items():
            executor.aux_dict[name][:] = value
        executor.forward(is_train=use_forward_train)
        return [output.asnumpy().astype(np.float64) for output in executor.outputs[:num_outputs]]

    for name, value in location.items():
        executor.arg_dict[name][:] = value
    grads = {}
    for name, value in location.items():
        start = np.array(to_numpy(value))
        if start.dtype.kind != "f":
            continue
        grad = np.zeros(start.shape, dtype=dtype)
        point = start.copy()
        for i in range(point.size):
            sides = []
            for step in (eps / 2, -eps / 2):
                point.reshape(-1)[i] = start.reshape(-1)[i] + step
                executor.arg_dict[name][:] = point
                sides.append(outputs_at())
            # Element by element: what does not change would drown the difference in a sum.
            grad.reshape(-1)[i] = sum((a - b).sum() for a, b in zip(*sides)) / eps
            point.reshape(-1)[i] = start.reshape(-1)[i]
        executor.arg_dict[name][:] = start
        grads[name] = grad
    return grads


def check_numeric_gradient(sym, location, aux_states=None, numeric_eps=None, rtol=None, atol=None,
                           grad_nodes=None, use_forward_train=True, ctx=None, grad_stype_dict=None,
                           dtype=np.float32):
    """Raises AssertionError unless the gradients of a random projection of a symbol's output are
    those that central differences give.

    `location` are the arguments and `aux_states` the auxiliary states, lists or dictionaries;
    `grad_nodes` the arguments whose gradients are checked, a list, or a dictionary with "write",
    "add" or "null" for each; `use_forward_train` whether differences are taken in training mode.
    `grad_stype_dict` says by name how gradients are stored.
    """
    ctx = ctx or current_context()
    eps = numeric_eps or default_numeric_eps()[np.dtype(dtype)]
    location = _parse_location(sym, location, ctx, dtype)
    aux = _parse_aux_states(sym, aux_states, ctx, dtype)
    if grad_nodes is None:
        grad_nodes = [name for name in location if np.dtype(location[name].dtype).kind == "f"]
    req = (dict(grad_nodes) if isinstance(grad_nodes, dict)
           else {name: "write" for name in grad_nodes})

    # A projection, so that errors in two elements of the output do not cancel out; of no small
    # numbers, by which differences would be lost.
    projection = symbol.var("__random_proj")
    shapes = {name: value.shape for name, value in location.items()}
    _, out_shapes, _ = sym.infer_shape(**shapes)
    parts = [sym[0] * projection] + [sym[i] for i in range(1, len(out_shapes))]
    out = symbol.Group([symbol.make_loss(part) for part in parts])
    args = {name: value.copy() for name, value in location.items()}
    args["__random_proj"] = array(rnd.uniform(0.1, 1.1, size=out_shapes[0]), ctx=ctx, dtype=dtype)
    started = {name: array(rnd.normal(0, 0.01, size=location[name].shape), ctx=ctx, dtype=dtype)
               for name in req}
    executor = out.bind(ctx, args=args, args_grad=_stored_as(started, grad_stype_dict),
                        grad_req={name: req.get(name, "null") for name in out.list_arguments()},
                        aux_states=None if aux is None else {n: a.copy() for n, a in aux.items()})
    executor.forward(is_train=True)
    executor.backward()
    # Of a gradient that is not to be computed an executor may keep nothing.
    found = {name: to_numpy(started[name] if req[name] == "null" else executor.grad_dict[name])
             for name in req}
    differences = _numeric_grad(executor, {name: location[name] for name in req}, aux, eps,
                                use_forward_train, dtype, len(parts))
    for name in req:
        expected = {"write": lambda n=name: differences[n],
                    "add": lambda n=name: differences[n] + started[n].asnumpy(),
                    "null": lambda n=name: started[n].asnumpy()}[req[name]]()
        assert_almost_equal(expected, found[name], rtol, atol,
                            (f"NUMERICAL_{name}", f"BACKWARD_{name}"))


def _stored_as(arrays, stypes):
    """Copies of arrays by name, stored as `stypes` says."""
    return {name: each.copy().tostype((stypes or {}).get(name) or "default")
            for name, each in arrays.items()}


def check_symbolic_forward(sym, location, expected, rtol=None, atol=None, aux_states=None, ctx=None,
                           equal_nan=False, dtype=np.float32):
    """Raises AssertionError unless a symbol gives the outputs `expected`, a list of NumPy arrays or
    a dictionary by names of outputs, for `location`. Returns the outputs."""
    ctx = ctx or current_context()
    location = _parse_location(sym, location, ctx, dtype)
    aux = _parse_aux_states(sym, aux_states, ctx, dtype)
    names = sym.list_outputs()
    # Where the gradients would be does not matter here, so there is no room for them.
    executor = sym.bind(ctx, args=location, args_grad=None, aux_states=aux)
    executor.forward(is_train=False)
    if isinstance(expected, dict):
        expected = [expected[name] for name in names]
    for name, wanted, output in zip(names, expected, executor.outputs):
        assert_almost_equal(wanted, output, rtol, atol, (f"EXPECTED_{name}", f"FORWARD_{name}"),
                            equal_nan=equal_nan)
    return executor.outputs


def check_symbolic_backward(sym, location, out_grads, expected, rtol=None, atol=None,
                            aux_states=None, grad_req="write", ctx=None, grad_stypes=None,
                            equal_nan=False, dtype=np.float32):
    """Raises AssertionError unless a symbol's gradients are `expected`, a list of NumPy arrays or a
    dictionary by names of arguments, for `location` and the gradients `out_grads` of the outputs.
    With "add" for `grad_req` they are to be added to what was there. Those of whole numbers are 0.
    Returns the gradients by name, stored as `grad_stypes` says."""
    ctx = ctx or current_context()
    location = _parse_location(sym, location, ctx, dtype)
    aux = _parse_aux_states(sym, aux_states, ctx, dtype)
    names = sym.list_arguments()
    expected = _named(names, expected, "expected")
    started = {name: array(rnd.normal(size=np.shape(value)), ctx=ctx,
                           dtype=location[name].dtype) for name, value in expected.items()}
    if isinstance(grad_req, str):
        grad_req = {name: grad_req for name in names}
    req = {name: value if name in started else "null"
           for name, value in _named(names, grad_req, "grad_req").items()}
    grad_stypes = None if grad_stypes is None else _named(names, grad_stypes, "grad_stypes")
    whole = {name for name in started if np.dtype(location[name].dtype).kind in "iub"}
    real = {name: grad for name, grad in started.items() if name not in whole}
    executor = sym.bind(ctx, args=location, args_grad=_stored_as(real, grad_stypes), aux_states=aux,
                        grad_req={n: req[n] if n in real else "null" for n in names})
    executor.forward(is_train=True)
    executor.backward(_head_gradients(executor, out_grads, ctx))
    found = dict(executor.grad_dict)
    for name in whole:
        found[name] = started[name] * 0 if req[name] == "write" else started[name].copy()
    for name, wanted in expected.items():
        names_in_errors = (f"EXPECTED_{name}", f"BACKWARD_{name}")
        before = started[name].asnumpy()
        if req[name] == "add":
            wanted = to_numpy(wanted) + before
        elif req[name] == "null":
            wanted = before
        assert_almost_equal(wanted, found[name], rtol, atol, names_in_errors, equal_nan=equal_nan)
    return {name: grad for name, grad in found.items() if grad is not None}


def _head_gradients(executor, out_grads, ctx):
    if out_grads is None:
        return None
    outputs = executor.output_dict
    heads = _named(list(outputs), out_grads, "out_grads")
    return [_as_array(heads[name], ctx, output.dtype).astype(output.dtype, copy=False)
            for name, output in outputs.items() if name in heads]


def same_symbol_structure(sym1, sym2):
    """Whether two symbols are made of the same operators in the same way, whatever their names."""
    def structure(sym):
        return [(node["op"], node["inputs"]) for node in json.loads(sym.tojson())["nodes"]]
    return structure(sym1) == structure(sym2)
