"""Shapes, orders and joins, against NumPy."""
import numpy as onp
import pytest
from gluino import autograd, np

from np_support import check_gradient, pair, same

X = onp.arange(24.0).reshape(2, 3, 4)

CALLS = [
    lambda n, x: n.reshape(x, (3, -1)), lambda n, x: n.ravel(x), lambda n, x: x.flatten(),
    lambda n, x: x.reshape(4, 6), lambda n, x: x.reshape((2, -1)), lambda n, x: x.reshape(-1),
    lambda n, x: n.expand_dims(x, 1), lambda n, x: n.expand_dims(x, (0, -1)),
    lambda n, x: n.squeeze(x[:1]), lambda n, x: n.squeeze(x[:1], 0), lambda n, x: x.T,
    lambda n, x: n.transpose(x, (1, 0, 2)), lambda n, x: x.transpose(2, 0, 1),
    lambda n, x: n.swapaxes(x, 0, 2), lambda n, x: n.moveaxis(x, 0, -1),
    lambda n, x: n.moveaxis(x, (0, 1), (2, 0)), lambda n, x: n.rollaxis(x, 2),
    lambda n, x: n.broadcast_to(x[0], (5, 3, 4)), lambda n, x: n.broadcast_to(x[:, :1], (2, 3, 4)),
    lambda n, x: n.concatenate([x, x], 1), lambda n, x: n.concatenate((x, x), None),
    lambda n, x: n.stack([x, x], 1), lambda n, x: n.stack((x, x), -1),
    lambda n, x: n.vstack([x[0, 0], x[0, 1]]), lambda n, x: n.hstack([x[0], x[1]]),
    lambda n, x: n.hstack([x[0, 0], x[0, 1]]), lambda n, x: n.dstack([x[0], x[1]]),
    lambda n, x: n.column_stack([x[0, 0], x[0, 1]]), lambda n, x: n.split(x, 3, 1),
    lambda n, x: n.split(x, [1, 3], 2), lambda n, x: n.array_split(x, 3, 2),
    lambda n, x: n.hsplit(x, 3), lambda n, x: n.vsplit(x, 2), lambda n, x: n.dsplit(x, 2),
    lambda n, x: n.tile(x[0], 2), lambda n, x: n.tile(x[0], (2, 1, 2)),
    lambda n, x: n.repeat(x, 2), lambda n, x: n.repeat(x, 3, 1),
    lambda n, x: n.repeat(x, [1, 2, 0], 1), lambda n, x: n.flip(x), lambda n, x: n.flip(x, (0, 2)),
    lambda n, x: n.fliplr(x), lambda n, x: n.flipud(x), lambda n, x: n.rot90(x),
    lambda n, x: n.rot90(x, 3, (1, 2)), lambda n, x: n.rot90(x, -2), lambda n, x: n.roll(x, 5),
    lambda n, x: n.roll(x, 1, 1), lambda n, x: n.roll(x, (1, -2), (0, 2)),
    lambda n, x: n.atleast_1d(x[0, 0, 0]), lambda n, x: n.atleast_2d(x[0, 0]),
    lambda n, x: n.atleast_3d(x[0]), lambda n, x: n.atleast_3d(x[0, 0]),
    lambda n, x: n.atleast_1d(2.5), lambda n, x: n.atleast_2d(2.5), lambda n, x: n.atleast_3d(2.5),
    lambda n, x: n.append(x, x, 0), lambda n, x: n.append(x, x), lambda n, x: n.resize(x, (5, 7)),
    lambda n, x: n.resize(x, (2, 3)), lambda n, x: n.pad(x, 1),
    lambda n, x: n.pad(x, ((1, 2), (0, 0), (2, 1)), mode="edge"),
    lambda n, x: n.pad(x, (1, 2), mode="reflect"), lambda n, x: n.pad(x, 1, mode="symmetric"),
    lambda n, x: n.pad(x, 2, mode="wrap"), lambda n, x: n.pad(x, 1, mode="maximum"),
    lambda n, x: n.pad(x, 1, constant_values=7), lambda n, x: n.tril(x), lambda n, x: n.triu(x, 1),
    lambda n, x: n.tril(x[0], -1), lambda n, x: n.diagonal(x), lambda n, x: n.diagonal(x, 1, 1, 2),
    lambda n, x: n.diag(x[0]), lambda n, x: n.diag(x[0], -1), lambda n, x: n.diag(x[0, 0], 2),
    lambda n, x: n.diag(x[0, 0], -1), lambda n, x: n.diagflat(x[0]), lambda n, x: n.trace(x),
    lambda n, x: n.trace(x, 1, 1, 2), lambda n, x: n.delete(x, 1, 1), lambda n, x: n.delete(x, 3),
    lambda n, x: n.delete(x, slice(0, 2), 2), lambda n, x: n.insert(x, 1, 9, 1),
    lambda n, x: n.insert(x[0, 0], [0, 2], 9), lambda n, x: n.insert(x, [1, 3], 5, 2),
    lambda n, x: n.meshgrid(x[0, 0], x[0, 1, :2]),
    lambda n, x: n.meshgrid(x[0, 0], x[0, 1, :2], indexing="ij"),
    lambda n, x: n.broadcast_arrays(x[0], x[:1, :, :1]), lambda n, x: n.ediff1d(x[0]),
]


@pytest.mark.parametrize("number", range(len(CALLS)))
def test_as_numpy(number):
    x, theirs = pair(X)
    same(CALLS[number](np, x), CALLS[number](onp, theirs))


def test_what_is_made_is_another_array():
    x = np.ones((2, 2))
    for y in (x.reshape(2, 2), np.reshape(x, (4,)), np.squeeze(x), x.flatten(), x.T,
              np.broadcast_to(x, (2, 2))):
        y[:] = 0
    assert x.sum().item() == 4


def test_wrong_shapes_are_refused():
    x = np.ones((2, 3))
    for wrong in (lambda: x.reshape(4), lambda: x.reshape(-1, -1), lambda: x.reshape(-7),
                  lambda: np.squeeze(x, 0), lambda: np.split(x, 2, 1), lambda: np.stack([x, x.T]),
                  lambda: np.transpose(x, (0,)), lambda: np.broadcast_to(x, (3, 2)),
                  lambda: np.concatenate([])):
        with pytest.raises(ValueError):
            wrong()
    with pytest.raises(NotImplementedError):
        x.reshape(6, order="F")


def test_codes_of_reshape_as_in_mxnet_2():
    x = np.ones((2, 3, 4))
    assert x.reshape((-2, -1)).shape == (2, 12) and x.reshape(-5, -4).shape == (6, 4)
    with pytest.raises(ValueError):
        np.reshape(x, (-2, -1))


def test_arrays_of_no_elements():
    empty = np.zeros((0, 3))
    assert empty.reshape(3, 0).shape == (3, 0) and empty.T.shape == (3, 0)
    assert np.concatenate([empty, np.ones((2, 3))]).shape == (2, 3)
    assert empty[:, None].shape == (0, 1, 3) and np.tile(empty, 2).shape == (0, 6)


def test_joining_brings_types_together():
    i, f = np.ones(2, dtype="int32"), np.ones(2)
    assert np.concatenate([i, f]).dtype == "float32" and np.stack([i, i]).dtype == "int32"


def test_made_of_numbers():
    for ours, theirs in [
            (np.arange(5), onp.arange(5)), (np.arange(1, 10, 2.5), onp.arange(1, 10, 2.5)),
            (np.arange(3, 0, -1), onp.arange(3, 0, -1)), (np.arange(0), onp.arange(0)),
            (np.linspace(0, 1, 5), onp.linspace(0, 1, 5)),
            (np.linspace(0, 1, 4, endpoint=False), onp.linspace(0, 1, 4, endpoint=False)),
            (np.logspace(0, 2, 3), onp.logspace(0, 2, 3)), (np.eye(3), onp.eye(3)),
            (np.eye(2, 3, 1), onp.eye(2, 3, 1)), (np.identity(2), onp.identity(2)),
            (np.tri(3, 4, 1), onp.tri(3, 4, 1)), (np.indices((2, 3)), onp.indices((2, 3))),
            (np.indices(()), onp.indices(())),
            (np.hanning(5), onp.hanning(5)), (np.hamming(5), onp.hamming(5)),
            (np.blackman(5), onp.blackman(5)), (np.full((2, 2), 3), onp.full((2, 2), 3)),
            (np.full((2, 2), np.array([1, 2])), onp.full((2, 2), [1, 2]))]:
        same(ours, theirs)
    assert np.arange(5).dtype == "float32" and np.arange(5, dtype="int32").dtype == "int32"
    assert np.full(2, True).dtype == onp.bool_ and np.indices((2, 2)).dtype == "int32"
    like = np.ones(2, dtype="int8")
    assert np.zeros_like(like).dtype == "int8" and np.full_like(like, 2.5).tolist() == [2, 2]
    assert np.linspace(0, 1, 5, retstep=True)[1] == 0.25


@pytest.mark.parametrize("function", [
    lambda x: np.tril(x), lambda x: np.diag(x), lambda x: np.roll(x, 1, 0), lambda x: np.flip(x),
    lambda x: np.pad(x, 1, mode="reflect"), lambda x: np.concatenate([x, x], 1),
    lambda x: np.stack([x, x * 2]), lambda x: np.split(x, 3, 1)[1], lambda x: np.repeat(x, 2, 0),
    lambda x: x.reshape(-1), lambda x: np.tile(x, 2), lambda x: np.broadcast_to(x, (2, 2, 3)),
    lambda x: np.insert(x, 1, 5.0, 0), lambda x: np.delete(x, 1, 1)])
def test_gradients(function):
    check_gradient(function, [[0.5, 1.5, -2.0], [2.5, 0.7, 1.1]])


def test_gradients_where_nothing_is_left():
    for function in (lambda x: np.repeat(x, 0), lambda x: np.repeat(x, [0, 0, 0], axis=0),
                     lambda x: np.tile(x, (0, 2)), lambda x: np.split(x, [0, 1])[0],
                     lambda x: np.broadcast_to(x, (0, 3, 2)), lambda x: np.delete(x, [0, 1, 2], 0),
                     lambda x: x[:0].reshape(2, 0), lambda x: np.concatenate([x[:0], x[3:]])):
        array = np.ones((3, 2))
        array.attach_grad()
        with autograd.record():
            part = function(array)
        part.backward()
        assert part.size == 0 and (array.grad == 0).all()


@pytest.mark.parametrize("mode", ["maximum", "minimum", "mean", "edge", "reflect"])
def test_pad_of_an_axis_without_elements(mode):
    with pytest.raises(ValueError, match=f"pad: an axis without elements has no {mode}"):
        np.pad(np.zeros((2, 0)), ((0, 0), (1, 0)), mode=mode)
    assert np.pad(np.zeros((2, 0)), ((1, 0), (0, 0)), mode=mode).shape == (3, 0)


@pytest.mark.parametrize("rows,columns,k", [(3, None, 0), (3, 5, 2), (5, 3, -4), (3, 3, 7),
                                            (3, 3, -9), (4, 2, -1)])
@pytest.mark.parametrize("dtype", ["float32", "bool", "int8", "float16"])
def test_eye_has_ones_where_numpy_has_them(rows, columns, k, dtype):
    ours, theirs = np.eye(rows, columns, k, dtype=dtype), onp.eye(rows, columns, k, dtype=dtype)
    assert ours.dtype == theirs.dtype and onp.array_equal(ours.asnumpy(), theirs)


def test_only_views_share_memory():
    array = np.zeros((2, 3))
    for copied in (np.atleast_1d(array), np.atleast_2d(array), array.reshape(3, 2), array.T):
        copied[:] = 1
    assert not array.any()
    array.reshape_view(-1)[4] = 1
    assert array.tolist() == [[0, 0, 0], [0, 1, 0]]
