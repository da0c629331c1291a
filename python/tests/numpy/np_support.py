"""What the tests of mx.np share."""
import numpy as onp
from gluino import np


def host(value):
    """Our arrays in a value as NumPy's."""
    if isinstance(value, np.ndarray):
        return value.asnumpy()
    if isinstance(value, (list, tuple)):
        return [host(item) for item in value]
    return value


def same(ours, numpys, tolerance=1e-5):
    """Asserts that shapes and elements are NumPy's."""
    if isinstance(numpys, (list, tuple)):
        assert len(ours) == len(numpys)
        for mine, theirs in zip(ours, numpys):
            same(mine, theirs, tolerance)
        return
    mine = host(ours)
    assert onp.shape(mine) == onp.shape(numpys), (onp.shape(mine), onp.shape(numpys))
    onp.testing.assert_allclose(onp.asarray(mine, dtype="float64"),
                                onp.asarray(numpys, dtype="float64"), tolerance, tolerance)


def pair(values, dtype="float32"):
    """The same numbers as an array of ours and of NumPy's."""
    theirs = onp.asarray(values, dtype=dtype)
    return np.array(theirs), theirs


def check_gradient(function, *arrays, step=1e-3, tolerance=2e-2):
    """Compares the gradients of sum(function(...) * weights) with differences."""
    from gluino import autograd
    ours = [np.array(a, dtype="float64") for a in arrays]
    for array in ours:
        array.attach_grad()
    with autograd.record():
        out = function(*ours)
        weights = np.array(onp.linspace(0.5, 1.5, out.size).reshape(out.shape))
        total = (out * weights).sum()
    total.backward()

    def value(numbers):
        return float((function(*(np.array(n) for n in numbers)) * weights).sum())

    for k, array in enumerate(arrays):
        grad = ours[k].grad.asnumpy()
        for place in onp.ndindex(*onp.shape(array)):
            up, down = ([onp.array(a, dtype="float64") for a in arrays] for _ in range(2))
            up[k][place] += step
            down[k][place] -= step
            slope = (value(up) - value(down)) / (2 * step)
            assert abs(slope - grad[place]) <= tolerance * max(1, abs(slope)), (k, place, slope,
                                                                              grad[place])
