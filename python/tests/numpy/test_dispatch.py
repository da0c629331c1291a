"""NumPy's own functions on our arrays."""
import numpy as onp
import pytest
from gluino import autograd, np

from np_support import same

X = onp.array([[1.0, 2.0], [3.0, 4.0]], dtype="float32")


@pytest.mark.parametrize("function", [
    lambda x: onp.sum(x), lambda x: onp.mean(x, axis=0), lambda x: onp.concatenate([x, x]),
    lambda x: onp.stack([x, x]), lambda x: onp.exp(x), lambda x: onp.add(x, x),
    lambda x: onp.maximum(x, 2), lambda x: onp.dot(x, x), lambda x: onp.linalg.norm(x),
    lambda x: onp.where(x > 2, x, x), lambda x: onp.argmax(x), lambda x: onp.transpose(x),
    lambda x: onp.clip(x, 2, 3), lambda x: onp.cov(x), lambda x: onp.median(x),
    lambda x: onp.zeros_like(x), lambda x: onp.cumsum(x), lambda x: onp.isfinite(x),
    lambda x: onp.add(1, x), lambda x: onp.float32(2) * x, lambda x: onp.reshape(x, (4,)),
    lambda x: onp.einsum("ij->ji", x), lambda x: onp.squeeze(x)])
def test_give_our_arrays(function):
    ours, theirs = function(np.array(X)), function(X)
    assert isinstance(ours, (np.ndarray, onp.generic))
    same(ours, theirs)


def test_answers_are_numbers_of_pythons():
    x = np.array(X)
    assert onp.allclose(x, x) and onp.array_equal(x, x) and np.allclose(x, x)
    assert onp.shape(x) == (2, 2) and onp.ndim(x) == 2


def test_arrays_are_copied_for_numpy():
    x = np.array(X)
    same(onp.asarray(x), X)
    assert type(onp.asarray(x)) is onp.ndarray and onp.array(x).dtype == "float32"
    onp.testing.assert_allclose(onp.asarray(x), X)


def test_out_is_ours():
    x, out = np.array(X), np.zeros((2, 2))
    assert onp.add(x, x, out=out) is out
    same(out, X + X)


def test_methods_of_universal_functions_are_refused():
    with pytest.raises(TypeError):
        onp.add.reduce(np.array(X))


def test_gradients_of_numpys_names():
    x = np.array(X)
    x.attach_grad()
    with autograd.record():
        y = onp.sum(onp.exp(x))
    y.backward()
    same(x.grad, onp.exp(X))


def test_what_numpy_computes_has_no_gradient():
    x = np.array(X)
    x.attach_grad()
    with autograd.record(), pytest.raises(ValueError, match="gradient"):
        onp.cov(x)


def test_computed_by_numpy():
    x = np.array(X)
    for name in ("cov", "corrcoef", "isclose", "polyfit", "interp", "searchsorted"):
        assert callable(getattr(np, name))
    assert type(np.cov(x)) is np.ndarray and np.cov(x).dtype == "float64"
    same(np.union1d(x, x), [1, 2, 3, 4])
    for name in ("npv", "pv"):
        with pytest.raises(NotImplementedError):
            getattr(np, name)(1, 2)
