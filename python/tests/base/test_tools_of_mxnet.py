"""Small functions that programs find in MXNet's modules."""
import ctypes
import types

import numpy as np
import pytest

import gluino as mx
from gluino.ndarray import ndarray


def test_handles_and_messages():
    objects = [types.SimpleNamespace(handle=ctypes.c_void_p(8)), types.SimpleNamespace(handle=9)]
    assert list(mx.base.c_handle_array(objects)) == [8, 9]
    assert mx.base.c2pyerror("MXNetError: x\nStack trace:\n  [bt] (0) lib\n") == (
        "Traceback (most recent call last):\n  [bt] (0) lib\nMXNetError: x", "MXNetError")
    assert mx.base.c2pyerror("nothing known\n") == ("nothing known", None)


def test_types_of_dlpack():
    assert ctypes.sizeof(ndarray.DLTensor) == 48 and ctypes.sizeof(ndarray.DLDataType) == 4
    assert ndarray.DLDataType(*ndarray.DLDataType.TYPE_MAP["float32"]).bits == 32
    managed = ndarray.DLManagedTensor()
    managed.dl_tensor.ctx = ndarray.DLContext(1, 0)
    assert managed.dl_tensor.ctx.device_type == 1


# As MXNet 1.9.1 gives them.
def test_indices():
    whole = slice(None)
    for key, shape, expected in (((1,), (3, 4, 5), (1, whole, whole)),
                                 ((..., 1), (3, 4, 5), (whole, whole, 1)),
                                 (1, (3, 4), (1, whole)), ((None, 1), (3, 4), (None, 1, whole)),
                                 ((1, 2, 3), (3, 4), (1, 2, 3))):
        assert ndarray.indexing_key_expand_implicit_axes(key, shape) == (expected, -1)
    with pytest.raises(IndexError):
        ndarray.indexing_key_expand_implicit_axes((..., ...), (3, 4))
    for key, code in (((1, whole), 0), ((None, 1), 0), ((), 0), ((1, [2]), 1), (("a",), -1)):
        assert ndarray.get_indexing_dispatch_code(key) == code
    with pytest.raises(AssertionError):
        ndarray.get_indexing_dispatch_code([1])
    assert ndarray.get_oshape_of_gather_nd_op((3, 4, 5), (2, 7)) == (7, 5)
    ndarray.check_boolean_array_dimension((3, 4), 1, (4,))
    for axis, mask in ((0, (4,)), (1, (4, 5))):
        with pytest.raises(IndexError):
            ndarray.check_boolean_array_dimension((3, 4), axis, mask)


def test_classes_drawn_like_words():
    mx.random.seed(3)
    true = mx.nd.array([3])
    drawn, of_true, of_drawn = mx.nd.contrib.rand_zipfian(true, 2000, 5)
    share = np.bincount(drawn.asnumpy(), minlength=5) / 2000
    chance = np.log(np.arange(2, 7) / np.arange(1, 6)) / np.log(6)
    np.testing.assert_allclose(share, chance, atol=0.04)
    np.testing.assert_allclose(of_true.asnumpy(), 2000 * chance[3:4])
    np.testing.assert_allclose(of_drawn.asnumpy(), 2000 * chance[drawn.asnumpy()])
    symbols = mx.sym.contrib.rand_zipfian(mx.sym.var("true"), 4, 5)
    np.testing.assert_allclose(symbols[1].eval(true=true)[0].asnumpy(), 4 * chance[3:4])


def test_steps_of_several_weights():
    weights, grads = [mx.nd.ones((2,)), mx.nd.ones((3,))], [mx.nd.ones((2,)), -mx.nd.ones((3,))]
    means, variances = ([mx.nd.zeros(w.shape) for w in weights] for _ in range(2))
    mx.nd.contrib.multi_lamb_update(weights, grads, means, variances, [1, 1], [.1, .2], [0, 0],
                                    out=weights)
    np.testing.assert_allclose(weights[0].asnumpy(), 0.9, rtol=1e-4)
    np.testing.assert_allclose(weights[1].asnumpy(), 1.2, rtol=1e-4)
    names = mx.sym.contrib.adamw_update(*map(mx.sym.var, "wgmv"), 2.0, lr=.1, eta=1)
    assert names.list_arguments() == ["w", "g"] and names.list_auxiliary_states()[:2] == ["m", "v"]


def test_columns_are_shuffled_within_rows():
    mx.random.seed(1)
    matrix = types.SimpleNamespace(indptr=np.array([0, 6, 8]),
                                   indices=np.array([0, 1, 2, 3, 4, 5, 2, 7]))
    mx.test_utils.shuffle_csr_column_indices(matrix)
    assert sorted(matrix.indices[:6]) == list(range(6)) != matrix.indices[:6].tolist()
    assert sorted(matrix.indices[6:]) == [2, 7]
    assert mx.autograd.NDArray is mx.nd.NDArray and mx.sym.symbol.Executor is mx.executor.Executor
    assert not mx.runtime.Feature("CUDA", False).enabled
