"""mx.npx: networks' operators on arrays of NumPy's rules."""
import numpy as onp
import pytest
from gluino import autograd, gluon, np, npx
from gluino.base import MXNetError

from np_support import check_gradient, same


def test_layers_give_numpys_arrays():
    x = np.random.normal(size=(2, 3, 8, 8))
    y = npx.convolution(x, np.ones((4, 3, 3, 3)), np.zeros(4), kernel=(3, 3), num_filter=4)
    assert type(y) is np.ndarray and y.shape == (2, 4, 6, 6)
    y = npx.pooling(npx.activation(y, act_type="relu"), kernel=(2, 2), stride=(2, 2),
                    pool_type="max")
    assert y.shape == (2, 4, 3, 3)
    z = npx.fully_connected(y, np.ones((5, 36)), np.zeros(5), num_hidden=5)
    assert z.shape == (2, 5) and npx.batch_flatten(y).shape == (2, 36)
    assert npx.softmax(z).sum(axis=1).shape == (2,)
    same(npx.softmax(z).sum(axis=1), [1, 1])
    same(npx.log_softmax(z), np.log(npx.softmax(z)).asnumpy(), 1e-3)
    assert npx.layer_norm(z, np.ones(5), np.zeros(5)).shape == (2, 5)
    assert npx.batch_norm(x, np.ones(3), np.zeros(3), np.zeros(3), np.ones(3)).shape == x.shape
    assert npx.dropout(x, p=0.5).shape == x.shape
    rows = npx.embedding(np.array([0, 1]), np.ones((3, 4)), input_dim=3, output_dim=4)
    assert rows.shape == (2, 4)


def test_of_each_element():
    x = np.array([-1.0, 2.0])
    same(npx.relu(x), [0, 2])
    same(npx.sigmoid(x), 1 / (1 + onp.exp([1.0, -2.0])))
    same(npx.leaky_relu(x, act_type="leaky", slope=0.1), [-0.1, 2])
    same(npx.smooth_l1(x), [0.5, 1.5])
    same(npx.gamma(np.array([3.0])), [2.0])
    assert npx.erf(np.array([0.0])).item() == 0
    assert npx.cast(x, dtype="int32").dtype == "int32"


def test_looking_up():
    assert npx.one_hot(np.array([1, 0]), 2).tolist() == [[0, 1], [1, 0]]
    assert npx.one_hot(np.array([[1]], dtype="int32"), depth=2, dtype="int32").dtype == "int32"
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert npx.pick(x, np.array([1, 0])).tolist() == [2, 3]
    assert npx.pick(x[0], np.array(1)).shape == ()
    assert npx.gather_nd(x, np.array([[0, 1], [1, 0]], dtype="int32")).tolist() == [2, 3]
    assert npx.nonzero(x - 1).tolist() == [[0, 1], [1, 0], [1, 1]]
    assert npx.slice(x, (0, None), (1, None)).tolist() == [[1, 2]]


def test_codes_of_reshape():
    x = np.zeros((2, 3, 4))
    for codes, shape in [((-2, -5), (2, 12)), ((-4,), (2, 3, 4)), ((-4, -1), (2, 3, 4, 1)),
                         ((-2, -2, 2, 2), (2, 3, 2, 2)), ((-6, 1, 2, -4), (1, 2, 3, 4)),
                         ((2, -6, -1, 1, -2), (2, 3, 1, 4)), ((-1,), (24,)), ((-2, -1), (2, 12))]:
        assert npx.reshape(x, codes).shape == shape, codes
    assert npx.reshape(x, (-1, -2), reverse=True).shape == (6, 4)
    assert npx.reshape(x[:1], (-3, -4)).shape == (3, 4)
    with pytest.raises(MXNetError):
        npx.reshape(x, (-3, -4))
    with pytest.raises(MXNetError):
        npx.reshape(x, (-7,))


def test_places_changed():
    x = np.zeros((2, 3))
    places = np.array([[0, 1, 0], [2, 0, 2]], dtype="int32")
    assert npx.index_update(x, places[:, :2], np.array([5, 6])).tolist() == [[0, 0, 5], [6, 0, 0]]
    assert npx.index_add(x, places, np.array([1, 2, 3])).tolist() == [[0, 0, 4], [2, 0, 0]]
    assert npx.index_add(x, places[:1], 1).tolist() == [[2, 2, 2], [1, 1, 1]]
    assert x.sum().item() == 0
    large = np.array([[2**60 + 1, 0]], dtype="int64")
    added = npx.index_add(large, np.array([[0, 0], [0, 0]]), np.array([1, 1], dtype="int64"))
    assert added.tolist() == [[2**60 + 3, 0]]


@pytest.mark.parametrize("function", [npx.index_add, npx.index_update])
def test_places_counted_from_the_end_and_outside(function):
    x = np.zeros((2, 3))
    places = np.array([[0, -1], [-1, 1]], dtype="int32")
    assert function(x, places, np.array([1, 2])).tolist() == [[0, 0, 1], [0, 2, 0]]
    assert function(x, places[:1], np.array([[1], [2]])).tolist() == [[1] * 3, [2] * 3]
    # Places may have axes of their own.
    four = np.array([[[0, 1]], [[2, 0]]], dtype="int64")
    assert function(x, four, np.array([[3, 4]])).tolist() == [[0, 0, 3], [4, 0, 0]]
    for wrong in ([[0], [3]], [[2], [0]], [[-3], [0]], [[0], [-4]]):
        with pytest.raises(IndexError):
            function(x, np.array(wrong, dtype="int64"), 1)
    with pytest.raises(ValueError, match="at most 2 rows"):
        function(x, np.zeros((3, 1), dtype="int64"), 1)


def test_gradients_of_places_changed():
    numbers, values = onp.arange(6.0).reshape(2, 3), onp.array([5.0, 7.0, 9.0])
    places = np.array([[0, 1, 0], [2, 0, 2]], dtype="int64")
    check_gradient(lambda x, v: npx.index_add(x, places, v) ** 2, numbers, values)
    check_gradient(lambda x, v: npx.index_update(x, places[:, :2], v[:2]) ** 2, numbers, values)

    class Changed(gluon.HybridBlock):
        def forward(self, x, v):
            return npx.index_add(npx.index_update(x, places[:, :2], v[:2]), places, v)

    block = Changed()
    for _ in range(2):
        assert block(np.array(numbers), np.array(values)).tolist() == [[0, 1, 19], [14, 4, 5]]
        block.hybridize()


def test_categories():
    drawn = npx.random.categorical(np.array([[0.0, 1.0], [1.0, 0.0]]), shape=3)
    assert drawn.tolist() == [[1, 1, 1], [0, 0, 0]]


def test_rows_of_matrices():
    a, b = np.random.normal(size=(3, 2, 4)), np.random.normal(size=(3, 4, 5))
    same(npx.batch_dot(a, b), a.asnumpy() @ b.asnumpy(), 1e-4)
    same(npx.batch_dot(a.transpose(0, 2, 1), b, transpose_a=True), a.asnumpy() @ b.asnumpy(), 1e-4)


def test_masks():
    x = np.ones((3, 2))
    y = npx.sequence_mask(x, np.array([1, 2]), use_sequence_length=True)
    assert y.tolist() == [[1, 1], [0, 1], [0, 0]]
    y = npx.sequence_mask(x.T, np.array([1, 3]), use_sequence_length=True, value=-1, axis=1)
    assert y.tolist() == [[1, -1, -1], [1, 1, 1]]
    for shape in ((2, 2), (3, 1), (1, 1, 3), (2,)):
        with pytest.raises(ValueError, match=r"masked_softmax\] a mask of shape \("):
            npx.masked_softmax(np.ones((1, 3)), np.ones(shape))
    y = npx.masked_softmax(np.array([[1.0, 2.0, 3.0]]), np.array([[1, 1, 0]]))
    same(y, [[0.26894142, 0.73105858, 0]])


@pytest.mark.parametrize("temperature", [None, 1.0, 2.0, -0.5])
def test_what_a_mask_leaves_out_counts_nothing(temperature):
    x = onp.array([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0], [0.0, 1.0, 2.0]])
    mask = onp.array([[1, 0, 1], [1, 1, 0], [0, 0, 0]], dtype=bool)
    shares = onp.where(mask, onp.exp(x / (temperature or 1)), 0)
    shares /= onp.maximum(shares.sum(1, keepdims=True), 1e-300)
    data = np.array(x)
    data.attach_grad()
    with autograd.record():
        y = npx.masked_softmax(data, np.array(mask), temperature=temperature)
        logarithms = npx.masked_log_softmax(data, np.array(mask), temperature=temperature)
        total = (y * np.array(x)).sum() + np.where(np.array(mask), logarithms, 0).sum()
    total.backward()
    same(y, shares)
    with onp.errstate(divide="ignore"):
        same(onp.exp(logarithms.asnumpy()), shares)
    of_shares = shares * (x - (shares * x).sum(1, keepdims=True))
    of_logarithms = mask - mask.sum(1, keepdims=True) * shares
    same(data.grad, (of_shares + of_logarithms) / (temperature or 1), 1e-4)


def test_groups():
    x = np.arange(8).reshape(1, 4, 2).astype("float32")
    y = npx.group_norm(x, np.ones(2), np.zeros(2), num_groups=2, eps=0.0)
    rows = onp.arange(4) - 1.5
    same(y.reshape(2, 4), [rows / rows.std()] * 2)


def test_sequences():
    x = np.arange(6).reshape(3, 2).astype("float32")
    lengths = np.array([1, 3])
    assert npx.sequence_last(x, lengths, use_sequence_length=True).tolist() == [0, 5]
    assert npx.sequence_reverse(x, lengths, use_sequence_length=True).tolist() == [
        [0, 5], [2, 3], [4, 1]]
    outputs, h, c = npx.rnn(data=np.ones((2, 1, 3)), parameters=np.ones(96) * 0.1, mode="lstm",
                            state=np.zeros((1, 1, 3)), state_cell=np.zeros((1, 1, 3)),
                            state_size=3, num_layers=1, state_outputs=True)
    same(outputs[1], h[0])
    same(h.reshape(-1), [0.29394138] * 3)
    same(c.reshape(-1), [0.50130695] * 3)


def test_likes():
    x = np.ones((2, 3))
    assert npx.arange_like(x, axis=1).tolist() == [0, 1, 2]
    assert npx.reshape_like(x, np.ones((3, 2))).shape == (3, 2)
    assert npx.arange_like(np.ones(3, dtype="int32"), start=1, repeat=2).tolist() == [1, 1, 2]
    assert npx.shape_array(x).tolist() == [2, 3]
    assert npx.reshape_like(np.ones((6, 4)), x, lhs_end=1).shape == (2, 3, 4)
    assert npx.broadcast_like(np.ones((1, 4)), x, lhs_axes=(0,), rhs_axes=(-1,)).shape == (3, 4)
    assert npx.broadcast_like(np.ones((1, 3)), x).shape == (2, 3)


@pytest.mark.parametrize("made", [np.arange(3), [np.arange(3), np.ones((2, 2))], {"a": np.ones(2)}])
def test_files(made, tmp_path):
    path = str(tmp_path / "arrays")
    npx.save(path, made)
    loaded = npx.load(path)
    if isinstance(made, dict):
        assert set(loaded) == {"a"} and type(loaded["a"]) is np.ndarray
    else:
        assert len(loaded) == (len(made) if isinstance(made, list) else 1)
        assert loaded[0].tolist() == [0, 1, 2]
    with pytest.raises(ValueError):
        npx.save(path, 5)
    npx.save(tmp_path / "path", made)
    assert type(npx.load(tmp_path / "path")) is type(loaded)


@pytest.mark.parametrize("name", ["arrays", "arrays.npz"])
def test_archives_of_numpy(name, tmp_path):
    npx.savez(tmp_path / name, np.ones(2), b=np.zeros(3))
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with onp.load(tmp_path / name) as archive:
        assert {key: archive[key].tolist() for key in archive} == {"arr_0": [1, 1], "b": [0, 0, 0]}
    assert npx.load(tmp_path / name)["b"].shape == (3,)


def test_devices():
    assert npx.cpu() == npx.current_device() and npx.num_gpus() >= 0
    npx.waitall()


def test_operators_of_pictures():
    x = np.ones((1, 3, 4, 5))
    assert npx.multibox_prior(x, sizes=(0.5, 0.2), ratios=(1, 2)).shape == (1, 60, 4)
    regions = npx.roi_pooling(x, np.array([[0, 0, 0, 3, 3]]), pooled_size=(2, 2), spatial_scale=1)
    assert regions.tolist() == onp.ones((1, 3, 2, 2)).tolist()


def test_gradients():
    check_gradient(lambda x: npx.softmax(x), [[0.5, 1.5], [-0.3, 0.2]])
    check_gradient(lambda x: npx.reshape(x, (-5,)), [[0.5, 1.5], [-0.3, 0.2]])
    check_gradient(lambda x: npx.gather_nd(x, np.array([[0, 1, 0], [1, 0, 1]])),
                   [[0.5, 1.5], [-0.3, 0.2]])
    check_gradient(lambda a, b: npx.batch_dot(a, b), [[[0.5, 1.5]]], [[[2.0], [3.0]]])
    with autograd.record():
        pass


@pytest.mark.parametrize("numbers", [onp.arange(6, dtype="int32").reshape(2, 3).T, onp.float64(2.5),
                                     onp.zeros((0, 2), "float16")])
def test_a_file_of_numpys_with_one_array(tmp_path, numbers):
    onp.save(tmp_path / "one.npy", numbers)
    loaded = npx.load(tmp_path / "one.npy")
    assert type(loaded) is np.ndarray and loaded.dtype == onp.asarray(numbers).dtype
    same(loaded, numbers)
