"""What mx.contrib.amp says of operators, and what they do."""
import numpy as np
import pytest

import gluino as mx
from gluino import nd
from gluino.contrib import amp


def test_listed_operators_round():
    rng = np.random.default_rng(1)

    def numbers(*shape):
        return nd.array(rng.normal(size=shape))

    # Without tiles' instructions 3x3 kernels stay float32, which multiplies less for them.
    pictures, kernels, matrix, stack = (numbers(16, 32, 16, 16), numbers(32, 32, 5, 5),
                                        numbers(256, 256), numbers(2, 256, 256))
    calls = {
        'Convolution': lambda: nd.Convolution(pictures, kernels, kernel=(5, 5), num_filter=32,
                                              no_bias=True),
        'FullyConnected': lambda: nd.FullyConnected(matrix, matrix, num_hidden=256, no_bias=True),
        'dot': lambda: nd.dot(matrix, matrix),
        'batch_dot': lambda: nd.batch_dot(stack, stack),
    }
    assert sorted(amp.list_lp16_ops()) == sorted(calls)
    exact = {name: call().asnumpy() for name, call in calls.items()}
    try:
        amp.init('bfloat16')
    except mx.MXNetError:
        pytest.skip('this processor does not multiply in bfloat16')
    try:
        for name, call in calls.items():
            assert np.abs(call().asnumpy() - exact[name]).max() > 1e-3, name
    finally:
        amp.init('float32')
