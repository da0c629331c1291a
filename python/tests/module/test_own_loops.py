"""What programs with modules of their own take from mx.model and mx.executor_manager."""

import numpy as np
import pytest

import gluino as mx
from gluino.executor_manager import _split_input_slice
from gluino.model import (
    _create_kvstore,
    _initialize_kvstore,
    _update_params,
    _update_params_on_kvstore,
)
from gluino.module.base_module import _check_input_names

CONTEXTS = 2


def parameters():
    """Two parameters, the second without gradients, on two contexts each; and the gradients."""
    start = {"a": mx.nd.ones((2, 3)), "b": mx.nd.ones(4)}
    arrays = [[start[name].copy() for _ in range(CONTEXTS)] for name in "ab"]
    grads = [[mx.nd.full((2, 3), k + 1.0) for k in range(CONTEXTS)], [None] * CONTEXTS]
    return start, arrays, grads


def sgd():
    return mx.optimizer.SGD(learning_rate=0.1, momentum=0.5)


def check(arrays):
    # Gradients of 1 and 2 sum to 3: steps of 0.3 and, with momentum, 0.45.
    for copy in arrays[0]:
        np.testing.assert_allclose(copy.asnumpy(), 1 - 0.75, rtol=1e-6)
    for copy in arrays[1]:
        assert (copy.asnumpy() == 1).all()


def test_a_store_updates():
    start, arrays, grads = parameters()
    store, on_store = _create_kvstore("local", CONTEXTS, start)
    assert on_store
    _initialize_kvstore(store, arrays, start, ["a", "b"], on_store)
    store.set_optimizer(sgd())
    for _ in range(2):
        _update_params_on_kvstore(arrays, grads, store, ["a", "b"])
    check(arrays)


def test_a_store_sums_and_an_updater_updates():
    start, arrays, _ = parameters()
    store, _ = _create_kvstore("local", CONTEXTS, start)
    _initialize_kvstore(
        kvstore=store,
        param_arrays=arrays,
        arg_params=start,
        param_names=["a", "b"],
        update_on_kvstore=False,
    )
    updater = mx.optimizer.get_updater(sgd())
    for _ in range(2):
        grads = parameters()[2]
        _update_params(arrays, grads, updater, CONTEXTS, kvstore=store, param_names=["a", "b"])
    check(arrays)
    assert sorted(updater.states) == [0, 1]


def test_one_context_needs_no_store():
    assert _create_kvstore("local", 1, {}) == (None, False)
    assert _create_kvstore(None, 1, {}) == (None, False)
    weight, grad = mx.nd.ones(3), mx.nd.ones(3)
    _update_params([[weight]], [[grad]], mx.optimizer.get_updater(sgd()), 1)
    np.testing.assert_allclose(weight.asnumpy(), 0.9, rtol=1e-6)
    _update_params([[weight]], [[None]], None, 1)


def test_parts_of_a_batch():
    assert _split_input_slice(10, [1, 2, 1]) == [slice(0, 2), slice(2, 7), slice(7, 10)]
    with pytest.raises(ValueError):
        _split_input_slice(1, [1, 1])


def test_names_of_inputs():
    symbol = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="fc")
    _check_input_names(symbol, ["data", "fc_weight"], "data", True)
    with pytest.raises(ValueError, match="data_names: .*'image'; there are: data"):
        _check_input_names(symbol, ["image"], "data", True)
    with pytest.warns(UserWarning, match="label_names"):
        _check_input_names(symbol, ["label"], "label", False)
