"""What a float32 keeps in 3 x 3 convolutions, by float64's."""
import numpy as onp
import pytest

from gluino import autograd, nd


def results(dtype, batch, channels, side):
    """The output and both gradients."""
    of = onp.random.RandomState(7)
    x = nd.array(of.randn(batch, channels, side, side), dtype=dtype)
    weight = nd.array(of.randn(channels, channels, 3, 3) / (9 * channels) ** 0.5, dtype=dtype)
    dy = nd.array(of.randn(batch, channels, side, side), dtype=dtype)
    x.attach_grad()
    weight.attach_grad()
    with autograd.record():
        y = nd.Convolution(x, weight, no_bias=True, kernel=(3, 3), pad=(1, 1), num_filter=channels)
    y.backward(dy)
    return [array.asnumpy().astype("float64") for array in (y, x.grad, weight.grad)]


@pytest.mark.parametrize("batch, channels, side", [(2, 64, 32), (8, 64, 16), (16, 32, 16)])
def test_errors_of_float32_are_a_few_bits(batch, channels, side):
    narrow = results("float32", batch, channels, side)
    wide = results("float64", batch, channels, side)
    for name, found, wanted in zip(("y", "dx", "dweight"), narrow, wide):
        error = abs(found - wanted).max() / abs(wanted).max()
        assert error < 3e-6, name
