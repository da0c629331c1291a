"""NumPy's own functions on our arrays."""
import inspect

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


@pytest.mark.parametrize("function", [
    lambda x: onp.atleast_1d(x, x), lambda x: onp.atleast_3d(x), lambda x: onp.meshgrid(x[0], x[0]),
    lambda x: onp.broadcast_arrays(x, x), lambda x: onp.linalg.eigh(x),
    lambda x: onp.linalg.slogdet(x), lambda x: onp.split(x, 2), lambda x: onp.histogram(x, 3)])
def test_rows_of_results_are_of_numpys_kind(function):
    ours, theirs = function(np.array(X)), function(X)
    assert type(ours) is (type(theirs) if not isinstance(theirs, onp.ndarray) else np.ndarray)
    if not hasattr(theirs, "eigenvectors"):  # whose signs are anyone's
        same(ours, theirs)


def test_what_ours_does_not_know_is_numpys():
    edges = onp.histogram(np.array(X), 3)[1]  # mx.np.histogram wants a range
    same(edges, onp.histogram(X, 3)[1])
    with pytest.raises(NotImplementedError):
        np.histogram(np.array(X), 3)


def test_mxnets_lists_of_functions_are_found_and_signed():
    from gluino import _numpy_op_doc, numpy_dispatch_protocol as protocol, operator
    from gluino.numpy_op_signature import _get_builtin_op
    for name in protocol._NUMPY_ARRAY_FUNCTION_LIST + protocol._NUMPY_ARRAY_UFUNC_LIST:
        found = np
        for part in name.split("."):
            found = getattr(found, part)
        assert callable(found)
    for name in operator.get_all_registered_operators():
        if name.startswith("_np_"):
            function = _get_builtin_op(name)
            assert getattr(_numpy_op_doc, name) is function
            assert str(function.__signature__) == str(inspect.signature(function))
    assert _get_builtin_op("dot") is None

    @protocol.with_array_function_protocol
    def fails():
        raise KeyError("x")

    with pytest.raises(RuntimeError, match="fails.*__array_function__"):
        fails()
