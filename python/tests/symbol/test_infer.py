"""Shapes and types that follow from those given."""
import gluino as mx
import numpy as np
import pytest
from gluino import sym


def layer():
    return sym.FullyConnected(sym.var("data"), num_hidden=10, name="fc1")


def test_shapes():
    net = sym.SoftmaxOutput(layer(), name="softmax")
    expected = ([(5, 7), (10, 7), (10,), (5,)], [(5, 10)], [])
    assert net.infer_shape(data=(5, 7)) == expected
    assert net.infer_shape((5, 7)) == expected
    norm = sym.BatchNorm(sym.var("data"), name="bn")
    assert norm.infer_shape(data=(2, 3, 4))[2] == [(3,), (3,)]
    assert sym.var("a", shape=(2, 3)).infer_shape() == ([(2, 3)], [(2, 3)], [])


def test_incomplete():
    with pytest.warns(UserWarning, match="data"):
        assert layer().infer_shape() == (None, None, None)
    assert layer().infer_shape_partial() == ([(), (), ()], [()], [])


def test_contradictions(capsys):
    with pytest.raises(mx.MXNetError):
        layer().infer_shape(data=(5, 7), fc1_weight=(3, 3))
    assert "infer_shape error" in capsys.readouterr().out
    with pytest.raises(ValueError):
        layer().infer_shape((1, 2), data=(1, 2))
    with pytest.raises(TypeError):
        layer().infer_shape(data=5)


def test_types():
    for dtype in ("float64", np.float64, np.dtype("float64")):
        arguments, outputs, states = layer().infer_type(data=dtype)
        assert arguments == [np.float64] * 3 and outputs == [np.float64] and states == []
    assert layer().infer_type(fc1_weight="float16")[0] == [np.float16] * 3
    assert layer().infer_type("float16")[1] == [np.float16]
    assert sym.Cast(sym.var("x"), dtype="int32").infer_type(x="float64") == (
        [np.float64], [np.int32], [])


def test_types_that_contradict_each_other(capsys):
    with pytest.raises(mx.MXNetError):
        (sym.var("a") + sym.var("b")).infer_type(a="float32", b="float64")
    assert "infer_type error" in capsys.readouterr().out


def test_from_outputs_to_inputs():
    a, b = sym.var("a", shape=(0, 10)), sym.var("b", shape=(12, 0))
    assert (a + b).infer_shape()[0] == (a * b).infer_shape()[0] == [(12, 10)] * 2
    assert sym.add_n(sym.var("x"), sym.var("y")).infer_shape(x=(2, 3))[0] == [(2, 3)] * 2
    c = sym.var("c", shape=(5, 0))
    layer = sym.FullyConnected(a, num_hidden=21, name="fc")
    assert (layer + c).infer_shape()[0] == [(5, 10), (21, 10), (21,), (5, 21)]
    parts = sym.SliceChannel(a, num_outputs=10, axis=1, squeeze_axis=True)
    assert (parts[1] + sym.var("d", shape=(5,))).infer_shape()[0] == [(5, 10), (5,)]
    joined = sym.Concat(a, sym.var("e", shape=(0, 5)), dim=1)
    assert (sym.var("f", shape=(2, 0)) + joined).infer_shape()[0] == [(2, 15), (2, 10), (2, 5)]
    recurrent = sym.Activation(sym.FullyConnected(sym.var("x"), num_hidden=4, name="i2h")
                               + sym.FullyConnected(sym.var("s"), num_hidden=4, name="h2h"),
                               act_type="tanh")
    assert recurrent.infer_shape_partial(x=(2, 7))[1] == [(2, 4)]
    unknown = sym.broadcast_add(sym.var("x"), sym.var("y")).infer_shape_partial(x=(2, 3))
    assert unknown[0] == [(2, 3), ()]


def sizes(symbol):
    return symbol.infer_shape_partial()[1][0]


def test_data_that_the_output_needs():
    kept = sym.var("x", shape=(0, 10, 0, 0))
    for kwargs, wanted, expected in [
            ({"pad": (1, 1)}, (5, 2, 32, 32), (5, 10, 32, 32)),
            ({}, (5, 2, 32, 30), (5, 10, 34, 32)),
            ({"stride": (2, 2)}, (5, 2, 32, 30), None)]:  # 65 and 66 rows give 32
        net = sym.Convolution(kept, kernel=(3, 3), num_filter=2, **kwargs) + sym.var("y", shape=wanted)
        shapes = net.infer_shape()[0]
        assert (shapes[0] if shapes else None) == expected
    part = sym.SliceChannel(sym.var("x", shape=(0, 15, 0)), num_outputs=3)[1]
    assert (part + sym.var("y", shape=(3, 5, 2))).infer_shape()[0][0] == (3, 15, 2)
    assert (part + sym.var("y", shape=(3, 4, 2))).infer_shape()[0] is None


@pytest.mark.parametrize("node, wanted, expected", [
    (lambda x: sym.transpose(x, axes=(2, 0, 1)), (4, 6, 5), (6, 5, 4)),
    (lambda x: sym.transpose(x), (4, 6), (6, 4)),
    (lambda x: sym.swapaxes(x, dim1=0, dim2=2), (4, 6, 5), (5, 6, 4)),
    (lambda x: sym.expand_dims(x, axis=1), (4, 1, 6), (4, 6)),
    (lambda x: sym.expand_dims(sym.transpose(x, axes=(1, 0)), axis=-1), (4, 6, 1), (6, 4)),
    # These say what comes out, whatever goes in.
    (lambda x: sym.reshape(x, shape=(6, 4)), (6, 4), None),
    (lambda x: sym.squeeze(x), (4, 6), None), (lambda x: sym.flatten(x), (4, 6), None),
    (lambda x: sym.slice(x, begin=(0, 0), end=(4, 6)), (4, 6), None),
    (lambda x: sym.FullyConnected(x, num_hidden=6), (4, 6), None)])
def test_axes_that_only_change_places(node, wanted, expected):
    net = node(sym.var("x")) + sym.var("y", shape=wanted)
    shapes = net.infer_shape_partial()[0]
    assert shapes[0] == (expected or ()) and shapes[-1] == wanted


def test_a_size_of_axes_that_only_change_places():
    turned = sym.transpose(sym.var("x", shape=(0, 4)), axes=(1, 0))
    assert (turned + sym.var("y", shape=(4, 6))).infer_shape()[0] == [(6, 4), (4, 6)]
    with pytest.raises(mx.MXNetError, match="4"):
        (turned + sym.var("y", shape=(5, 6))).infer_shape()


def test_an_array_of_one_shape_with_another():
    weight, shift = sym.var("weight"), sym.var("shift", shape=(1,))
    moved = sym._internal._identity_with_attr_like_rhs(sym.broadcast_add(weight, shift), weight)
    net = sym.FullyConnected(sym.var("data"), moved, num_hidden=11, no_bias=True)
    shapes = dict(zip(net.list_arguments(), net.infer_shape(data=(7, 100))[0]))
    assert shapes["weight"] == (11, 100)
    x, y = mx.nd.array([1, 2]), mx.nd.array([np.inf, np.nan])
    x.attach_grad()
    with mx.autograd.record():
        mx.nd._internal._identity_with_attr_like_rhs(x, y).backward(mx.nd.array([3, 4]))
    assert mx.nd._internal._identity_with_attr_like_rhs(x, y).asnumpy().tolist() == [1, 2]
    assert x.grad.asnumpy().tolist() == [3, 4]


@pytest.mark.parametrize("codes, reverse, out", [
    ((0, -1), False, (2, 75)), ((-1, 0, 0), False, (10, 3, 5)), ((-1, 3, 5), False, (10, 3, 5)),
    ((-3, -3), False, (6, 25)), ((-4, 1, -1, -2), False, (1, 2, 3, 5, 5)),
    ((0, 0, -1), True, (3, 5, 10)), ((-2, 1, 25), True, (2, 3, 1, 25))])
def test_sizes_of_data_that_are_reshaped(codes, reverse, out):
    kept = sym.Reshape(sym.var("x"), shape=codes, reverse=reverse)
    net = sym.elemwise_add(kept, sym.ones(shape=out))
    for axis in range(4):
        shape = [2, 3, 5, 5]
        shape[axis] = 0
        assert net.infer_shape(x=tuple(shape))[:2] == ([(2, 3, 5, 5)], [out])


def test_types_that_nothing_says():
    net = sym.FullyConnected(sym.Cast(sym.var("data"), dtype="float16"), num_hidden=2, name="fc")
    half = np.float16
    assert net.infer_type()[0] == [np.float32, half, half]
    assert net.infer_type_partial() == ([None, half, half], [half], [])
    assert net.infer_type_partial(data="int32")[0] == [np.int32, half, half]
    with pytest.raises(mx.MXNetError, match="no argument"):
        net.infer_type_partial(other="int32")


def test_sizes_that_do_not_depend_on_unknown_ones():
    """A network whose batch is left open, as Keras does, knows all other sizes."""
    image = sym.var("image", shape=(0, 8, 8, 3))
    turned = sym.transpose(image, axes=(0, 3, 1, 2))
    features = sym.BatchNorm(sym.Convolution(turned, kernel=(3, 3), num_filter=2), fix_gamma=False)
    assert features.infer_shape_partial()[0][1:] == [(2, 3, 3, 3), (2,), (2,), (2,)]
    for symbol, expected in [
            (features, (0, 2, 6, 6)), (sym.relu(features) * 2 + features, (0, 2, 6, 6)),
            (sym.Pooling(features, kernel=(2, 2), stride=(2, 2)), (0, 2, 3, 3)),
            (sym.FullyConnected(features, num_hidden=7), (0, 7)),
            (sym.reshape(features, shape=(0, -1)), (0, 72)),
            (sym.concat(turned, turned, dim=1), (0, 6, 8, 8)),
            (sym.concat(turned, turned, dim=0), (0, 3, 8, 8)),
            (sym.mean(features, axis=0), (2, 6, 6)), (sym.sum(features), (1,)),
            (sym.Embedding(sym.var("n", shape=(0, 5)), input_dim=9, output_dim=4), (0, 5, 4)),
            (sym.slice_axis(turned, axis=2, begin=1, end=3), (0, 3, 2, 8)),
            # There may be fewer than 10.
            (sym.slice_axis(turned, axis=0, begin=0, end=10), (0, 3, 8, 8)),
            (sym.dot(sym.var("x"), sym.var("w", shape=(4, 5))), ())]:
        assert sizes(symbol) == expected


def test_shapes_of_arguments_that_there_are_not():
    net = sym.FullyConnected(sym.var("data"), num_hidden=2, name="fc")
    for infer in net.infer_shape, net.infer_shape_partial:
        with pytest.raises(mx.MXNetError, match='there is no argument "fc_wieght"'):
            infer(data=(2, 3), fc_wieght=(2, 3))


@pytest.mark.parametrize("left, right, expected", [
    ((0, 4, 4, 3), (0, 0, 0, 0), (0, 4, 4, 3)), ((0, 1, 4), (0, 0, 0), (0, 0, 4)),
    ((0, 4, 1), (2, 4, 3), (2, 4, 3)), ((0, 1), (1, 0), (0, 0)), ((0, 3), (1, 1), (0, 3)),
])
def test_broadcasting_of_sizes_that_are_not_known(left, right, expected):
    # Keras asks for the number of axes of a loss whose targets have sizes that are not known yet.
    a, b = sym.var("a", shape=left), sym.var("b", shape=right)
    for op in (sym.broadcast_sub, sym.broadcast_greater):
        assert op(a, b).infer_shape_partial()[1] == [expected]
        assert op(b, a).infer_shape_partial()[1] == [expected]
    assert sym.mean(sym.broadcast_sub(a, b), axis=-1).infer_shape_partial()[1] == [expected[:-1]]


def test_a_part_of_more_than_can_be_counted():
    part = mx.sym.slice(mx.sym.var("x"), begin=(0, 0, 0), end=(1, 1, 1))
    with pytest.raises(mx.MXNetError, match="64 bits"):
        part.infer_shape(x=(2 ** 63 - 1, 3, 8))


@pytest.mark.parametrize("op, images", [("Proposal", 1), ("MultiProposal", 2)])
def test_regions_follow_from_their_probabilities(op, images):
    regions = getattr(sym.contrib, op)(sym.var("data"), scales=(8,), ratios=(0.5, 1, 2), name="rpn")
    assert regions.list_arguments() == ["data", "rpn_bbox_pred", "rpn_im_info"]
    wanted, found, _ = regions.infer_shape(data=(images, 6, 4, 5))
    assert wanted == [(images, 6, 4, 5), (images, 12, 4, 5), (images, 3)]
    assert found == [(300 * images, 5)]


def test_shapes_do_not_depend_on_types():
    """As in MXNet: only infer_type tells that they do not fit."""
    a, b = sym.var("a", dtype="float64"), sym.var("b", dtype="float32")
    assert (a + b).infer_shape(a=(2, 3), b=(2, 3)) == ([(2, 3), (2, 3)], [(2, 3)], [])
    assert sym.broadcast_mul(a, sym.ones((1, 3))).infer_shape(a=(2, 3))[1] == [(2, 3)]
    assert sym.broadcast_mul(sym.Cast(b, "float16"), a).infer_shape(a=(2, 1), b=(1, 3))[1] == [(2, 3)]
    with pytest.raises(mx.MXNetError, match="one type"):
        (a + b).infer_type()
