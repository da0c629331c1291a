"""Operators as functions: every one of the registry, and how they are called."""
import inspect
import pickle
import pydoc
import warnings

import gluino as mx
import numpy as np
import pytest
from gluino import nd, sym

SPACES = [nd.op, nd._internal, sym.op, sym._internal, sym.random]
FUNCTIONS = [(f"{space.__name__}.{name}", name, function) for space in SPACES
             for name, function in vars(space).items() if type(function).__name__ == "Operator"]


def layer_inputs():
    return nd.ones((2, 3)), nd.ones((4, 3)), nd.ones((4,))


def test_there_are_many():
    assert len(FUNCTIONS) > 400
    for name in "FullyConnected Convolution concat Concat Reshape reshape relu split".split():
        assert getattr(nd, name) is not None and getattr(sym, name) is not None
    assert nd.op.relu is nd.relu
    assert not any(hasattr(nd, name) for name in ("operators_of", "missing_operator"))


@pytest.mark.parametrize("where, name, function", FUNCTIONS, ids=[item[0] for item in FUNCTIONS])
def test_every_operator_describes_itself(where, name, function):
    signature = inspect.signature(function)
    assert "kwargs" in signature.parameters
    assert function.__name__ == name and callable(function)
    assert len(function.__doc__) > 20
    assert function.__doc__.splitlines()[0] in pydoc.plain(pydoc.render_doc(function))
    again = pickle.loads(pickle.dumps(function))
    assert again.__name__ == name and inspect.signature(again) == signature
    if name not in ("Custom", "_npi_Custom"):
        # Those without options leave them out with a warning, which is an error here.
        with (pytest.raises((mx.MXNetError, UserWarning), match="no_such_option"),
              warnings.catch_warnings()):
            warnings.simplefilter("error")
            function(no_such_option=1)


def test_signatures():
    assert str(inspect.signature(nd.FullyConnected)) == (
        "(data=None, weight=None, bias=None, num_hidden=_Null, no_bias=_Null, flatten=_Null, "
        "out=None, name=None, **kwargs)")
    assert str(inspect.signature(sym.FullyConnected)) == (
        "(data=None, weight=None, bias=None, num_hidden=_Null, no_bias=_Null, flatten=_Null, "
        "name=None, attr=None, out=None, **kwargs)")
    assert str(inspect.signature(nd.concat)) == "(*data, **kwargs)"


def test_by_position_and_by_keyword():
    x, w, b = layer_inputs()
    expected = [[4, 4, 4, 4]] * 2
    for result in (nd.FullyConnected(x, w, b, 4), nd.FullyConnected(x, w, b, num_hidden=4),
                   nd.FullyConnected(data=x, weight=w, bias=b, num_hidden=4),
                   nd.FullyConnected(x, w, bias=b, num_hidden="4", no_bias="False"),
                   nd.FullyConnected(x, w, b, np.int64(4), False, True, None, "name"),
                   nd.FullyConnected(x, w, b, num_hidden=4, no_bias=mx.base._Null)):
        assert result.asnumpy().tolist() == expected
    assert nd.FullyConnected(x, w, num_hidden=4, no_bias=True).asnumpy().max() == 3
    images = nd.ones((1, 1, 4, 4))
    for kernel in ((2, 2), [2, 2], "(2,2)", "(2, 2)", np.array([2, 2]), (np.int64(2), 2)):
        assert nd.Pooling(images, kernel=kernel, stride=(2, 2)).shape == (1, 1, 2, 2)


def test_mistakes():
    x, w, b = layer_inputs()
    for call, error in (
            (lambda: nd.FullyConnected(x, w, num_hidden=4), mx.MXNetError),
            (lambda: nd.FullyConnected(x, w, b), mx.MXNetError),
            (lambda: nd.FullyConnected(x, w, b, num_hidden="x"), mx.MXNetError),
            (lambda: nd.FullyConnected(x, w, b, num_hidden=4, no_bias=True), mx.MXNetError),
            (lambda: nd.FullyConnected(np.ones((2, 3)), w, b, num_hidden=4), AssertionError),
            (lambda: nd.FullyConnected(x, w, b, 4, num_hidden=4), TypeError),
            (lambda: nd.FullyConnected(x, w, b, 4, data=x), TypeError),
            (lambda: nd.relu(), mx.MXNetError), (lambda: nd.relu([1, 2]), AssertionError),
            (lambda: nd.relu(x, None, None, None), TypeError),
            (lambda: nd.concat([x, x]), AssertionError),
            (lambda: nd.Activation(x, act_type="none such"), mx.MXNetError),
            (lambda: nd.sum(x, axis=5), mx.MXNetError),
            (lambda: nd.dot(x, x), mx.MXNetError),
            (lambda: nd.elemwise_add(nd.ones((2, 1)), nd.ones((1, 2))), mx.MXNetError)):
        with pytest.raises(error):
            call()
    with pytest.raises((AttributeError, NotImplementedError), match="no_such_operator"):
        nd.no_such_operator
    assert not hasattr(nd, "no_such_operator")


def test_out_and_name():
    x, out = nd.array([-1, 2]), nd.zeros((2,))
    assert nd.relu(x, out=out) is out and out.asnumpy().tolist() == [0, 2]
    assert nd.relu(-x, out) is out and out.asnumpy().tolist() == [1, 0]
    assert nd.relu(x, name="ignored").asnumpy().tolist() == [0, 2]
    first, second = nd.zeros((1,)), nd.zeros((1,))
    nd.split(x, num_outputs=2, axis=0, out=[first, second])
    assert (first.asscalar(), second.asscalar()) == (-1, 2)
    with pytest.raises((TypeError, mx.MXNetError)):
        nd.relu(x, out=3)
    with pytest.raises(mx.MXNetError):
        nd.split(x, num_outputs=2, axis=0, out=[first])
    for operands in ((x, x), (nd.ones((2,)), x)):  # over an operand
        nd.elemwise_add(*operands, out=x)
    assert x.asnumpy().tolist() == [-1, 5]


def test_options_that_differ_in_sign_only():
    x = nd.array([-1, 1])
    for number, signs in ((0.0, [False, False]), (-0.0, [True, True]), (0.0, [False, False])):
        result = nd._internal._mul_scalar(nd.array([1, 1]), scalar=number)
        assert np.signbit(result.asnumpy()).tolist() == signs
    assert nd.clip(x, a_min=0, a_max=1).asnumpy().tolist() == [0, 1]


def test_many_options_are_forgotten_and_read_again():
    x = nd.ones((2, 20))
    for _ in range(2):
        for end in range(1, 20):
            assert nd.slice_axis(x, axis=1, begin=0, end=end).shape == (2, end)


@pytest.mark.parametrize("part", [(0, 5), (-5, None), (0, -5), (5, None), (5, 6), (3, 2), (-1, -3)])
def test_a_part_of_an_axis_that_lies_beyond_it(part):
    """slice_axis does not cut at the end, as slice does."""
    begin, end = part
    x = nd.ones((3, 4))
    for call in (lambda: nd.slice_axis(x, axis=1, begin=begin, end=end),
                 lambda: x.slice_axis(axis=-1, begin=begin, end=end),
                 lambda: sym.slice_axis(sym.var("x"), axis=1, begin=begin,
                                        end=end).infer_shape(x=(3, 4))):
        with pytest.raises(mx.MXNetError, match="slice_axis.*no part of axis 1"):
            call()
    assert nd.slice(x, begin=(None, 0), end=(None, 5)).shape == (3, 4)


def test_parts_of_an_axis_without_elements():
    with mx.util.np_shape(True):
        none = nd.zeros((0, 3))
        for begin, end in [(0, 0), (0, 2), (1, 3), (0, None), (-1, None)]:
            assert nd.slice_axis(none, axis=0, begin=begin, end=end).shape == (0, 3)
        assert nd.slice_axis(nd.ones((2, 3)), axis=1, begin=0, end=0).shape == (2, 0)


def test_activations_of_mxnet_2():
    x = nd.array([-2, 0, 3])
    of_mxnet = {"log_sigmoid": [-2.126928, -0.6931472, -0.04858735],
                "mish": [-0.2525015, 0, 2.986535]}
    for name, expected in of_mxnet.items():
        for y in (getattr(nd, name)(x), getattr(x, name)(), nd.Activation(x, act_type=name),
                  getattr(sym.var("x"), name)().eval(x=x)[0],
                  mx.npx.activation(x.as_np_ndarray(), act_type=name)):
            np.testing.assert_allclose(y.asnumpy(), expected, rtol=1e-5)


def test_methods_are_operators():
    x = nd.array([[1, -4], [9, 16]])
    assert x.abs().sqrt().asnumpy().tolist() == [[1, 2], [3, 4]]
    assert x.sum(axis=1).asnumpy().tolist() == nd.sum(x, 1).asnumpy().tolist() == [-3, 25]
    assert x.reshape((4,)).slice_axis(axis=0, begin=1, end=3).asnumpy().tolist() == [-4, 9]
    assert x.argmax(axis=1).dtype is np.float32
    assert x.max().shape == (1,)
    first, second = x.split(2)
    assert first.shape == second.shape == (2, 1)


def test_shapes():
    x = nd.ones((2, 3, 4))
    for codes, shape in (((-1,), (24,)), ((0, -1), (2, 12)), ((-2,), (2, 3, 4)), ((-3, 0), (6, 4)),
                         ((-4, 1, 2, -2), (1, 2, 3, 4)), ((-4, -1, 2, 0, 0), (1, 2, 3, 4))):
        assert x.reshape(codes).shape == x.reshape(*codes).shape == shape
        assert x.reshape(shape=codes).shape == nd.reshape(x, shape=codes).shape == shape
    assert nd.ones((8, 3, 3, 3, 4, 4)).reshape((4, -1), reverse=True).shape == (4, 864)
    with pytest.raises(ValueError):
        x.reshape((5, 5))
    with pytest.raises(mx.MXNetError):
        nd.reshape(x, shape=(100, 100))
    with pytest.raises(TypeError):
        x.reshape((4, 6), axis=1)
    assert x.T.shape == (4, 3, 2) and x.transpose(1, 0, 2).shape == (3, 2, 4)
    assert x.transpose((2, 0, 1)).shape == x.transpose(axes=(2, 0, 1)).shape == (4, 2, 3)
    assert nd.moveaxis(x, 0, 2).shape == (3, 4, 2)
    assert nd.moveaxis(x, [0, 1], [-1, -2]).shape == (4, 3, 2)
    for wrong in ((0, 5), ([0, 1], [1]), ([0, 0], [1, 2])):
        with pytest.raises(ValueError):
            nd.moveaxis(x, *wrong)
    assert nd.ones((2, 1, 1)).squeeze().shape == (2,)
    assert nd.ones((2, 1, 1)).squeeze(axis=()).shape == (2, 1, 1)
    assert nd.squeeze(nd.ones((2, 1, 1)), axis=None).shape == (2,)
    assert x.expand_dims(-1).shape == (2, 3, 4, 1) and x.flatten().shape == (2, 12)
    assert nd.ones((3,)).broadcast_to((2, 3)).shape == (2, 3)
    with pytest.raises(ValueError):
        nd.ones((2,)).broadcast_to((2, 3))
    assert [part.shape for part in nd.split_v2(nd.arange(6), (1, 4))] == [(1,), (3,), (2,)]
    assert nd.concatenate([nd.ones((1, 2)), nd.ones((3, 2))]).shape == (4, 2)


def test_options_by_position_mean_what_they_mean_by_keyword():
    weight, grad = nd.array([1.0, 2.0]), nd.array([1.0, 1.0])
    by_position = nd.sgd_update(weight.copy(), grad, 0.1, 0.5)
    by_keyword = nd.sgd_update(weight.copy(), grad, lr=0.1, wd=0.5)
    assert (by_position.asnumpy() == by_keyword.asnumpy()).all()
    x, w = nd.random.normal(shape=(1, 2, 5, 5)), nd.random.normal(shape=(3, 2, 3, 3))
    # MXNet has the workspace, which means nothing here, before no_bias.
    by_position = nd.Convolution(x, w, None, (3, 3), (1, 1), (1, 1), (0, 0), 3, 1, 1024, True)
    by_keyword = nd.Convolution(x, w, kernel=(3, 3), num_filter=3, no_bias=True)
    assert (by_position.asnumpy() == by_keyword.asnumpy()).all()


def test_reshape_like_takes_axes():
    x, like = nd.arange(8).reshape((4, 2)), nd.zeros((2, 2))
    for given in (x.reshape_like(like, lhs_begin=-2, lhs_end=-1, rhs_begin=0),
                  nd.reshape_like(x, like, lhs_begin=-2, lhs_end=-1, rhs_begin=0)):
        assert given.shape == (2, 2, 2)


@pytest.mark.parametrize('dtype', ['uint8', 'int32', 'int64', 'float16', 'float64'])
def test_arange_like_has_the_type_of_what_it_counts(dtype):
    numbers = nd.contrib.arange_like(nd.zeros((2, 3), dtype=dtype), start=1, step=2)
    assert numbers.dtype == np.dtype(dtype).type
    assert numbers.asnumpy().tolist() == [[1, 3, 5], [7, 9, 11]]


def test_inputs_of_any_number_by_name():
    x, y = mx.nd.ones((1, 2, 2, 2)), mx.nd.zeros((1, 2, 4, 4))
    options = {'scale': 2, 'sample_type': 'nearest'}
    np.testing.assert_array_equal(mx.nd.UpSampling(x, arg1=y, **options).asnumpy(),
                                  mx.nd.UpSampling(x, y, **options).asnumpy())
    with pytest.raises(TypeError, match='no input "data"'):
        mx.nd.UpSampling(data=x, **options)
    with pytest.raises(TypeError, match='several values for argument arg0'):
        mx.nd.UpSampling(x, arg0=y, **options)
    a, b = mx.sym.var('a'), mx.sym.var('b')
    assert mx.sym.concat(a, arg1=b).list_arguments() == ['a', 'b']
    bilinear = {'scale': 2, 'sample_type': 'bilinear', 'num_filter': 2, 'name': 'up'}
    for given in (mx.sym.UpSampling(a, weight=b, **bilinear),
                  mx.sym.UpSampling(data=a, weight=b, num_args=2, **bilinear)):
        assert given.list_arguments() == ['a', 'b']
    up = mx.sym.UpSampling(data=a, num_args=1, **bilinear)
    assert up.list_arguments() == ['a', 'up_weight']
    assert up.infer_shape(a=(1, 2, 3, 3))[0][1] == (2, 1, 4, 4)


def test_fourier_transforms():
    x = np.random.RandomState(0).randn(3, 10).astype('float32')
    there = mx.nd.contrib.fft(mx.nd.array(x), compute_size=2)
    expected = np.fft.fft(x)
    np.testing.assert_allclose(there.asnumpy()[:, ::2], expected.real, atol=1e-5)
    np.testing.assert_allclose(there.asnumpy()[:, 1::2], expected.imag, atol=1e-5)
    np.testing.assert_allclose(mx.nd.contrib.ifft(there).asnumpy() / 10, x, atol=1e-5)


def test_norms_give_their_statistics():
    x = np.random.RandomState(0).randn(3, 4, 5).astype('float32')
    out, mean, std = mx.nd.LayerNorm(mx.nd.array(x), mx.nd.ones(5), mx.nd.zeros(5),
                                     output_mean_var=True)
    np.testing.assert_allclose(mean.asnumpy(), x.mean(-1, keepdims=True), atol=1e-6)
    np.testing.assert_allclose(std.asnumpy(), np.sqrt(x.var(-1, keepdims=True) + 1e-5), rtol=1e-5)
    assert out.shape == x.shape and std.dtype == np.float32
    symbol = mx.sym.GroupNorm(mx.sym.var('x'), num_groups=2, output_mean_var=True, name='n')
    assert symbol.list_outputs() == ['n_output', 'n_mean', 'n_std']
    assert symbol.infer_shape(x=x.shape)[1] == [(3, 4, 5), (3, 2), (3, 2)]


def test_reshape_to_another_size_is_a_value_error():
    array = mx.nd.arange(30)
    for shape in [(2, 3), (7, -1), (0, 2)]:
        with pytest.raises(ValueError):
            array.reshape(shape)
    with pytest.raises(mx.MXNetError):
        array.reshape((-4, 4, 4))
    assert array.reshape_like(rhs=mx.nd.ones((5, 6))).shape == (5, 6)


def test_a_graph_called_with_out_writes_there():
    graph = mx.nd.CachedOp(mx.sym.var("x") * 2)
    place = mx.nd.zeros((2,))
    assert graph(mx.nd.ones((2,)), out=place) is place
    assert place.asnumpy().tolist() == [2, 2]
    with pytest.raises(mx.MXNetError, match="expected shape"):
        graph(mx.nd.ones((2,)), out=mx.nd.zeros((3,)))
    with pytest.raises(TypeError, match="no option"):
        graph(mx.nd.ones((2,)), to=place)


# Of one kind in all operators that look for places: MXNet's gather_nd raises IndexError.
@pytest.mark.parametrize("call", [
    lambda x: mx.nd.gather_nd(x, mx.nd.array([[0, 2]])),
    lambda x: mx.nd.gather_nd(x, mx.nd.array([[0, 1], [0, -4]])),
    lambda x: mx.nd.scatter_nd(x, mx.nd.array([[0, 5]]), shape=(2, 3)),
    lambda x: mx.nd.contrib.index_copy(x, mx.nd.array([2]), mx.nd.ones((1, 3))),
    lambda x: mx.nd.take(x, mx.nd.array([2]), mode="raise")])
def test_places_outside_are_index_errors(call):
    with pytest.raises(IndexError, match="no place") as caught:
        call(mx.nd.ones((2, 3)))
    assert isinstance(caught.value, mx.MXNetError)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_counts_of_a_histogram_without_a_range_can_be_divided(dtype):
    counts, edges = nd.histogram(nd.array([1, 2, 3, 2], dtype=dtype), bins=4)
    assert counts.dtype == edges.dtype == np.float32
    assert (counts / counts.sum()).asnumpy().tolist() == [0.25, 0, 0.5, 0.25]
    assert nd.histogram(nd.array([1, 2]), bins=4, range=(0, 4))[0].dtype == np.int64
