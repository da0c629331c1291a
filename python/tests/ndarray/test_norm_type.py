"""The option out_dtype of norm."""
import numpy as np
import pytest

import gluino as mx
from gluino import nd


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_type_of_the_data_is_taken(dtype):
    x = nd.array([[3, -4], [0, 1]], dtype=dtype)
    for out_dtype in (dtype, np.dtype(dtype), None):
        norms = nd.norm(x, axis=1, out_dtype=out_dtype)
        assert norms.dtype == np.dtype(dtype) and norms.asnumpy().tolist() == [5, 1]
    symbol = mx.sym.norm(mx.sym.var("x"), ord=1, out_dtype=dtype)
    assert symbol.eval(x=x)[0].asnumpy().tolist() == [8]


@pytest.mark.parametrize("ord", [1, 2])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("out_dtype", ["float16", "float32", "float64"])
def test_another_type_is_given(ord, dtype, out_dtype):
    x = nd.array([[3, -4, 1], [0.25, 1, 2]], dtype=dtype)
    x.attach_grad()
    with mx.autograd.record():
        norms = nd.norm(x, ord=ord, axis=1, out_dtype=out_dtype)
    norms.backward(nd.array([1, 2], dtype=out_dtype))
    numbers = x.asnumpy().astype("float64")
    expected = np.linalg.norm(numbers, ord, axis=1)
    bound = 1e-3 if "float16" in (dtype, out_dtype) else 1e-6
    assert norms.dtype == np.dtype(out_dtype) and x.grad.dtype == np.dtype(dtype)
    assert np.allclose(norms.asnumpy(), expected, rtol=bound)
    slopes = np.sign(numbers) if ord == 1 else numbers / expected[:, None]
    assert np.allclose(x.grad.asnumpy(), slopes * [[1], [2]], rtol=2 * bound)


# Half precision has no number between 2048 and 2050.
def test_a_wider_type_is_computed_in():
    x = nd.ones((2049,), dtype="float16")
    assert nd.norm(x, ord=1, out_dtype="float32").asnumpy().tolist() == [2049]
    tiny = nd.array([1e-30, 1e-30])
    assert np.allclose(nd.norm(tiny, out_dtype="float64").asnumpy(), 2 ** 0.5 * 1e-30, atol=0)
    assert mx.sym.norm(mx.sym.var("x"), out_dtype="float64").infer_type(x="float32")[1] == [
        np.float64]
    rows = nd.array([[3, 4], [0, 0]]).tostype("row_sparse")
    assert nd.norm(rows, out_dtype="float64").dtype == np.float64


def test_a_type_of_whole_numbers_is_refused():
    with pytest.raises(mx.MXNetError, match=r"\[norm\] out_dtype: expected one of real numbers, "
                                            "got int32"):
        nd.norm(nd.ones((2, 2)), out_dtype="int32")
