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


def test_another_type_is_refused():
    with pytest.raises(mx.MXNetError, match=r"\[norm\] out_dtype: expected float32, that of the data, "
                                            "got float64"):
        nd.norm(nd.ones((2, 2)), out_dtype="float64")
