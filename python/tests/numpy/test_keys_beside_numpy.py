"""Keys as NumPy reads them: x[True], masks without axes, places apart and places that are none."""
import itertools

import numpy as onp
import pytest

import gluino as mx
from gluino import autograd, np

_SHAPES = [(), (0,), (3,), (2, 3), (2, 0, 3), (2, 3, 4)]
_PARTS = [True, False, onp.True_, onp.array(False), None, Ellipsis, slice(1, None), 0, [0, 1],
          onp.array([[1], [0]]), []]


def _keys():
    yield from itertools.chain(
        ((one,) for one in _PARTS), itertools.product(_PARTS, _PARTS),
        ((True, a, b) for a, b in itertools.product(_PARTS, _PARTS)),
        ((a, Ellipsis, b) for a, b in itertools.product(_PARTS, _PARTS)),
        ((a, b, onp.array(True)) for a, b in itertools.product(_PARTS, _PARTS)))


def _outcome(call):
    try:
        return call()
    except IndexError:
        return IndexError
    except ValueError:
        return ValueError


@pytest.mark.parametrize("shape", _SHAPES)
def test_as_numpy(shape):
    """Pairs of all kinds of parts, also with a truth before or behind them, and an ellipsis
    between them, which keeps places apart even where it stands for no axis; got and assigned to."""
    plain = onp.arange(onp.prod(shape, dtype=int), dtype="float32").reshape(shape)
    for key in _keys():
        if sum(part is Ellipsis for part in key) > 1:
            continue
        here = tuple(np.array(part, dtype="bool") if isinstance(part, onp.ndarray)
                     and part.dtype == "bool" else part for part in key)
        expected = _outcome(lambda: plain[key])  # noqa: B023
        got = _outcome(lambda: np.array(plain)[here])  # noqa: B023
        if isinstance(expected, type):
            assert got in (IndexError, ValueError), (shape, key)
            continue
        if got is IndexError and expected.size == 0:
            continue  # a place that there is not, of which NumPy takes nothing
        assert not isinstance(got, type), (shape, key, expected.shape)
        assert got.shape == expected.shape, (shape, key)
        onp.testing.assert_array_equal(got.asnumpy(), expected, str((shape, key)))
        wanted, target = plain.copy(), np.array(plain)
        wanted[key] = 9
        target[here] = 9
        onp.testing.assert_array_equal(target.asnumpy(), wanted, str((shape, key)))


def test_gradients():
    x = np.array([[1., 2.], [3., 4.]])
    x.attach_grad()
    with autograd.record():
        y = (x[True] * x[x.sum() > 0, 1:]).sum() + x[False].sum()
    y.backward()
    numeric = onp.zeros((2, 2))
    values = onp.array([[1., 2.], [3., 4.]])
    for place in itertools.product(range(2), range(2)):
        moved = values.copy()
        moved[place] += 1e-3
        numeric[place] = ((moved[True] * moved[onp.True_, 1:]).sum()
                          - (values[True] * values[onp.True_, 1:]).sum()) / 1e-3
    onp.testing.assert_allclose(x.grad.asnumpy(), numeric, atol=0.01)


def test_in_the_old_interface():
    """MXNet reads a truth as a number, and writes to everything: that is refused."""
    x = mx.nd.array([[1, 2], [3, 4]])
    assert x[True].asnumpy().tolist() == [3, 4]
    for key in True, False:
        with pytest.raises(IndexError, match=r"expected x\[:\]"):
            x[key] = 9
