"""Operators on sparse arrays: how their results are stored, as in MXNet 1.9.1, and gradients."""
import gluino as mx
import numpy as np
import pytest
from gluino import nd

STYPES = {"d": "default", "r": "row_sparse", "c": "csr"}


def some(shape, seed=0):
    random = np.random.RandomState(seed)
    return (random.randn(*shape) * (random.rand(*shape) < 0.4) + 0).astype("float32")


@pytest.mark.parametrize("name, cases", [
    ("add", "ddd drd dcd rdd rrr rcd cdd crd ccc"), ("sub", "ddd drd dcd rdd rrr rcd cdd crd ccc"),
    ("mul", "ddd drd dcd rdr rrr rcd cdc crd ccc"), ("truediv", "drd rdd rrd cdc")])
def test_arithmetic(name, cases):
    a, b = some((5, 4)), some((5, 4), 1) + (3 if name == "truediv" else 0)
    for left, right, result in cases.split():
        operands = nd.array(a).tostype(STYPES[left]), nd.array(b).tostype(STYPES[right])
        got = getattr(type(operands[0]), f"__{name}__")(*operands)
        assert got.stype == STYPES[result], left + right
        np.testing.assert_allclose(got.asnumpy(), getattr(np.ndarray, f"__{name}__")(a, b), 1e-6)


# Where shapes are equal, mx.nd.sparse's are the operators of elements, and mx.nd's broadcast.
@pytest.mark.parametrize("module, names, cases", [
    (nd, "add subtract maximum minimum broadcast_maximum broadcast_hypot",
     "ddd dcd drd cdd ccd crd rdd rcd rrd"),
    (nd.sparse, "add subtract", "ddd dcd drd cdd ccc crd rdd rcd rrr"),
    (nd._internal, "_maximum _minimum _hypot", "ddd dcd drd cdd ccc crd rdd rcd rrr"),
    (nd, "multiply", "ddd dcd drd cdc ccd crd rdd rcd rrd"),
    (nd.sparse, "multiply", "ddd dcc drr cdc ccc crd rdr rcd rrr"),
    (nd.sparse, "divide", "ddd dcd drd cdd ccd crd rdd rcd rrd")])
def test_functions_of_two(module, names, cases):
    a, b = some((5, 4)), some((5, 4), 1)
    for name in names.split():
        function = getattr(module, name)
        expected = function(nd.array(a), nd.array(b)).asnumpy()
        for left, right, result in cases.split():
            got = function(nd.array(a).tostype(STYPES[left]), nd.array(b).tostype(STYPES[right]))
            assert got.stype == STYPES[result], (name, left + right)
            np.testing.assert_array_equal(got.asnumpy(), expected)


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide"])
def test_a_row_beside_a_sparse_array(name):
    a, row = some((5, 4)), some((1, 4), 1) + 3
    expected = getattr(np, name)(a, row)
    for stype in ("csr", "row_sparse"):
        for function in (getattr(nd, name), getattr(nd.sparse, name)):
            got = function(nd.array(a).tostype(stype), nd.array(row))
            scaled = name in ("multiply", "divide") and stype == "csr"
            assert got.stype == ("csr" if scaled else "default")
            np.testing.assert_allclose(got.asnumpy(), expected, 1e-6)


def test_in_place_an_array_is_stored_as_it_was():
    a, b = some((5, 4)), some((5, 4), 1)
    for left in "dcr":
        for right in "dcr":
            array, other = nd.array(a).tostype(STYPES[left]), nd.array(b).tostype(STYPES[right])
            same = array
            array += other
            array -= other
            array *= other
            assert array is same and array.stype == STYPES[left], left + right
            np.testing.assert_allclose(array.asnumpy(), a * b, 1e-5, 1e-6)


@pytest.mark.parametrize("case", [
    "cd.d", "cr.d", "cc.d", "dc.c", "rd.d", "cdTr", "crTr", "dcTd"])
def test_dot(case):
    left, right, turned, result = case
    turned = turned == "T"
    a, b = some((4, 6) if turned else (6, 4)), some((4, 3), 1)
    got = nd.sparse.dot(nd.array(a).tostype(STYPES[left]), nd.array(b).tostype(STYPES[right]),
                        transpose_a=turned)
    assert got.stype == STYPES[result]
    np.testing.assert_allclose(got.asnumpy(), (a.T if turned else a) @ b, 1e-5)


def test_dot_with_a_row_sparse_gradient():
    x, w = some((6, 4)), nd.array(some((4, 3), 1))
    w.attach_grad(stype="row_sparse")
    with mx.autograd.record():
        y = nd.dot(nd.array(x).tostype("csr"), w)
    y.backward()
    assert type(w.grad) is mx.nd.sparse.RowSparseNDArray
    np.testing.assert_allclose(w.grad.asnumpy(), x.T @ np.ones((6, 3)), 1e-5)
    assert w.grad.indices.asnumpy().tolist() == np.flatnonzero(x.any(0)).tolist()


def test_functions():
    x = some((5, 4))
    for stype in ("csr", "row_sparse"):
        array = nd.array(x).tostype(stype)
        assert nd.sparse.abs(array).stype == array.square().stype == nd.sin(array).stype == stype
        assert nd.sparse.cos(array).stype == "default"
        np.testing.assert_allclose(nd.sparse.sqrt(nd.sparse.abs(array)).asnumpy(), abs(x) ** 0.5, 1e-6)
        array.attach_grad()
        with mx.autograd.record():
            y = nd.sparse.square(array)
        y.backward()
        assert array.grad.stype == stype
        np.testing.assert_allclose(array.grad.asnumpy(), 2 * x, 1e-6)
    assert nd.sparse.cast_storage(nd.array(x), "csr").stype == "csr"
    np.testing.assert_allclose(nd.array(x).tostype("csr").sum(axis=1).asnumpy(), x.sum(1), 1e-5)


def test_symbols():
    x, w = some((5, 4)), some((4, 3), 1)
    y = mx.sym.sparse.dot(mx.sym.var("x", stype="csr"), mx.sym.var("w", stype="row_sparse"))
    bound = y.bind(mx.cpu(), {"x": nd.array(x).tostype("csr"), "w": nd.array(w).tostype("row_sparse")},
                   args_grad={"w": nd.sparse.zeros("row_sparse", (4, 3))},
                   grad_req={"x": "null", "w": "write"})
    made = y.simple_bind(mx.cpu(), x=(5, 4), w=(4, 3), grad_req={"x": "null", "w": "add"})
    made.arg_dict["x"][:] = nd.array(x).tostype("csr")
    made.arg_dict["w"][:] = nd.array(w)
    assert made.arg_dict["x"].stype == "csr" and made.grad_dict["w"].stype == "row_sparse"
    for executor, times in ((bound, 1), (made, 2)):
        for _ in range(2):
            np.testing.assert_allclose(executor.forward(is_train=True)[0].asnumpy(), x @ w, 1e-5)
            executor.backward(nd.ones((5, 3)))
        assert executor.grad_dict["w"].stype == "row_sparse"
        np.testing.assert_allclose(executor.grad_dict["w"].asnumpy(), times * x.T @ np.ones((5, 3)),
                                   1e-5)


def test_a_parabola_through_zero_stays_csr():
    x = nd.array([[0, 2, 0], [0, 0, -3]]).tostype('csr')
    for c, stype in ((0, 'csr'), (1, 'default')):
        y = nd.contrib.quadratic(x, a=2, b=1, c=c)
        assert y.stype == stype
        np.testing.assert_array_equal(y.asnumpy(), 2 * x.asnumpy() ** 2 + x.asnumpy() + c)


def test_rows_cut_by_single_numbers():
    x = nd.array([[0, 2], [0, 0], [3, 4]]).tostype('csr')
    for array in (x, x.tostype('default')):
        part = nd.crop(array, begin=1, end=3)
        assert part.stype == array.stype
        assert part.asnumpy().tolist() == [[0, 0], [3, 4]]
