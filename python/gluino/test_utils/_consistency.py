"""Whether the same comes out on other ways: contexts, types, compiled blocks, optimizers."""

import logging
import time

import numpy as np
from numpy import random as rnd

from .. import autograd, ndarray as nd, random
from ..context import current_context
from ..ndarray import NDArray, array
from ._compare import assert_almost_equal, to_numpy
from ._generate import rand_ndarray


def check_speed(sym, location=None, ctx=None, N=20, grad_req=None, typ="whole", **kwargs):
    """The seconds that a symbol's forward and backward ("whole"), or "forward" alone, take: the
    mean of `N` runs. `location` are its arguments; without, they are random in the shapes that
    `kwargs` give by name."""
    if typ not in ("whole", "forward"):
        raise ValueError(f"typ: expected whole or forward, got {typ!r}")
    ctx = ctx or current_context()
    req = grad_req or ("write" if typ == "whole" else "null")
    if location is not None:
        kwargs = {name: value.shape for name, value in location.items()}
    executor = sym.simple_bind(grad_req=req, ctx=ctx, **kwargs)
    if location is None:
        location = {name: rnd.normal(size=value.shape)
                    for name, value in executor.arg_dict.items()}
    for name, value in location.items():
        executor.arg_dict[name][:] = to_numpy(value).astype(executor.arg_dict[name].dtype)

    def run():
        executor.forward(is_train=typ == "whole")
        if typ == "whole":
            executor.backward(executor.outputs)
        for output in executor.outputs:
            output.wait_to_read()
    run()
    nd.waitall()
    begin = time.perf_counter()
    for _ in range(N):
        run()
    nd.waitall()
    return (time.perf_counter() - begin) / N


_CONSISTENT = {np.dtype("float16"): 1e-1, np.dtype("float32"): 1e-3, np.dtype("float64"): 1e-5}


def _consistency_tolerance(dtype, given):
    if given is None:
        return _CONSISTENT.get(dtype, 0)
    return given.get(dtype, 0) if isinstance(given, dict) else given


def _compare_with(truth, executors, dtypes, values_of, rtol, atol, equal_nan, raise_on_err):
    for i, executor in enumerate(executors):
        for name, value in values_of(executor).items():
            wanted = truth[name]
            tols = [_consistency_tolerance(dtypes[i], tol) for tol in (rtol, atol)]
            try:
                assert_almost_equal(value.asnumpy().astype(np.float64),
                                    to_numpy(wanted).astype(np.float64), *tols,
                                    names=(f"context_{i}_{name}", f"truth_{name}"),
                                    equal_nan=equal_nan)
            except AssertionError as error:
                if raise_on_err:
                    raise
                logging.getLogger(__name__).warning("%s", error)


def check_consistency(sym, ctx_list, scale=1.0, grad_req="write", arg_params=None, aux_params=None,
                      rtol=None, atol=None, raise_on_err=True, ground_truth=None, equal_nan=False,
                      use_uniform=False, rand_type=np.float64):
    """Raises AssertionError unless a symbol, or each of several, gives the same outputs and
    gradients in all contexts and types of `ctx_list`.

    Each entry of it is what simple_bind takes: ``{'ctx': mx.cpu(0), 'data': (2, 3), 'type_dict':
    {'data': np.float64}}``. Arguments are normal numbers times `scale`, or uniform ones, unless
    `arg_params` has them. What is right is `ground_truth`, or what the widest type gives. Returns
    it: outputs and gradients by name.
    """
    assert len(ctx_list) > 1 or ground_truth is not None or isinstance(sym, list), \
        "ctx_list: expected at least two entries"
    symbols = sym if isinstance(sym, list) else [sym] * len(ctx_list)
    assert len(symbols) == len(ctx_list), "expected a symbol for each entry of ctx_list"
    executors = [one.simple_bind(grad_req=grad_req, **entry)
                 for one, entry in zip(symbols, ctx_list)]
    _fill_arguments(executors, scale, arg_params, aux_params, use_uniform, rand_type)
    dtypes = [np.dtype(executor.outputs[0].dtype) for executor in executors]
    widest = max(range(len(dtypes)), key=lambda i: (dtypes[i].itemsize, -i))
    truth = ground_truth
    names = symbols[0].list_outputs()

    def outputs_of(executor):
        return dict(zip(names, executor.outputs))

    for executor in executors:
        executor.forward(is_train=False)
    if ground_truth is None:
        truth = {name: output.copy() for name, output in outputs_of(executors[widest]).items()}
    _compare_with(truth, executors, dtypes, outputs_of, rtol, atol, equal_nan, raise_on_err)
    if grad_req == "null":
        return truth

    def all_of(executor):
        grads = {name: grad for name, grad in executor.grad_dict.items() if grad is not None}
        return {**outputs_of(executor), **grads}

    for executor in executors:
        executor.forward(is_train=True)
        executor.backward([head.astype(output.dtype).as_in_context(output.context) for head, output
                           in zip(executors[widest].outputs, executor.outputs)])
    if ground_truth is None:
        truth = {name: value.copy() for name, value in all_of(executors[widest]).items()}
    _compare_with(truth, executors, dtypes, all_of, rtol, atol, equal_nan, raise_on_err)
    return truth


def _fill_arguments(executors, scale, arg_params, aux_params, use_uniform, rand_type):
    arguments, states = dict(arg_params or {}), dict(aux_params or {})
    for name, value in executors[0].arg_dict.items():
        if name not in arguments:
            drawn = (rnd.uniform(low=-0.92 * scale, high=0.92 * scale, size=value.shape)
                     if use_uniform else rnd.normal(size=value.shape, scale=scale))
            arguments[name] = drawn.astype(rand_type)
    for executor in executors:
        for name, value in executor.arg_dict.items():
            value[:] = to_numpy(arguments[name]).astype(value.dtype)
        for name, value in executor.aux_dict.items():
            value[:] = to_numpy(states.get(name, 0))


def check_gluon_hybridize_consistency(net_builder, data_l, numpy_func=None, test_grad=True,
                                      rtol=1e-4, atol=1e-4):
    """Raises AssertionError unless a block of ``net_builder(prefix=...)`` gives the same outputs,
    gradients of its data and of its parameters, hybridized and not; and, if given, the outputs of
    `numpy_func`. `data_l` is a list of arrays."""
    saved_outputs, saved_grads, saved_params, params_init = None, None, None, None
    for hybridize in (False, True):
        net = net_builder(prefix="net_")
        net.initialize()
        inputs = [one.copy() for one in data_l]
        net(*inputs)  # so that all shapes are known
        params = net.collect_params()
        if params_init is None:
            params_init = {name: p.data().asnumpy() for name, p in params.items()}
        for name, value in params_init.items():
            params[name].set_data(array(value, dtype=value.dtype))
        if hybridize:
            net.hybridize()
        for one in inputs if test_grad else ():
            one.attach_grad()
        with autograd.record(train_mode=test_grad):
            outputs = net(*inputs)
        if test_grad:
            outputs.backward()
        grads = [one.grad.asnumpy() for one in inputs] if test_grad else []
        param_grads = ({name: p.grad().asnumpy() for name, p in params.items()
                        if p.grad_req != "null"} if test_grad else {})
        if not hybridize:
            saved_outputs, saved_grads, saved_params = outputs.asnumpy(), grads, param_grads
            continue
        assert_almost_equal(outputs.asnumpy(), saved_outputs, rtol=rtol, atol=atol)
        for grad, saved in zip(grads, saved_grads):
            assert_almost_equal(grad, saved, rtol=rtol, atol=atol)
        for name, grad in param_grads.items():
            assert_almost_equal(grad, saved_params[name], rtol=rtol, atol=atol)
    if numpy_func is not None:
        assert_almost_equal(saved_outputs, numpy_func(*[one.asnumpy() for one in data_l]),
                            rtol=rtol, atol=atol)


def compare_optimizer(opt1, opt2, shape, dtype, w_stype="default", g_stype="default", rtol=1e-4,
                      atol=1e-5, compare_states=True, ntensors=1):
    """Raises AssertionError unless two optimizers make the same of random weights and gradients,
    and keep the same states. With `ntensors`, `shape` is a list of shapes, and all are updated at
    once. Where weights or gradients are sparse, the first optimizer has the same ones dense, so that
    it can go through their rows."""
    shapes = [shape] if ntensors == 1 and not isinstance(shape, list) else list(shape)
    _compare_optimizers(opt1, opt2, shapes, dtype, w_stype, g_stype, rtol, atol, compare_states,
                        at_once=isinstance(shape, list))


def compare_optimizer_noise_seeded(opt1, opt2, shapes, dtype, noise_seed, w_stype="default",
                                   g_stype="default", rtol=1e-4, atol=1e-5, compare_states=True):
    """The same of optimizers that draw numbers, such as SGLD: both draw those of a seed. `shapes` are
    those of the weights, which are updated one after the other."""
    _compare_optimizers(opt1, opt2, list(shapes), dtype, w_stype, g_stype, rtol, atol,
                        compare_states, at_once=False, noise_seed=noise_seed)


def _compare_optimizers(opt1, opt2, shapes, dtype, w_stype, g_stype, rtol, atol, compare_states,
                        at_once, noise_seed=None):
    first = [rand_ndarray(s, w_stype, density=1, dtype=dtype) for s in shapes]
    grads = [rand_ndarray(s, g_stype, density=0.5, dtype=dtype) for s in shapes]
    runs = []
    for optimizer in (opt1, opt2):
        dense = optimizer is opt1
        weights = [w.tostype("default") if dense else w for w in map(NDArray.copy, first)]
        gradients = [g.tostype("default") if dense else g for g in map(NDArray.copy, grads)]
        indices = list(range(len(shapes)))
        if noise_seed is not None:
            random.seed(noise_seed)
        states = [optimizer.create_state_multi_precision(i, w) for i, w in zip(indices, weights)]
        if at_once:
            optimizer.update_multi_precision(indices, weights, gradients, states)
        else:
            for i, *parts in zip(indices, weights, gradients, states):
                optimizer.update_multi_precision(i, *parts)
        runs.append((weights, states))
    if compare_states:
        for one, other in zip(runs[0][1], runs[1][1]):
            _compare_states(one, other, rtol, atol)
    for one, other in zip(runs[0][0], runs[1][0]):
        assert_almost_equal(one.asnumpy(), other.asnumpy(), rtol=rtol, atol=atol)


def _compare_states(one, other, rtol, atol):
    if one is None or other is None:
        assert one is None and other is None, "one of the optimizers keeps a state more"
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other), f"expected {len(one)} states, got {len(other)}"
        for a, b in zip(one, other):
            _compare_states(a, b, rtol, atol)
    else:
        assert_almost_equal(one, other, rtol=rtol, atol=atol)
