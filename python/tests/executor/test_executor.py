"""Symbols bound to arrays."""
import gluino as mx
import numpy as np
import pytest
from gluino import nd, sym


def layer():
    return sym.FullyConnected(sym.var("x"), num_hidden=2, name="fc")


def lists(arrays):
    return [array.asnumpy().tolist() for array in arrays]


@pytest.mark.parametrize("function, gradients", [
    (lambda a, b: a + b, lambda g, a, b: (g, g)),
    (lambda a, b: a - b, lambda g, a, b: (g, -g)),
    (lambda a, b: a * b, lambda g, a, b: (g * b, g * a)),
    (lambda a, b: a / b, lambda g, a, b: (g / b, -g * a / b ** 2))])
@pytest.mark.parametrize("as_lists", [True, False])
def test_bind(function, gradients, as_lists):
    draw = np.random.RandomState(1)
    a, b, g = (draw.uniform(1, 2, (3, 4)).astype("float32") for _ in range(3))
    graph = function(sym.var("a"), sym.var("b"))
    args, grads = [nd.array(a), nd.array(b)], [nd.zeros((3, 4)), nd.zeros((3, 4))]
    if as_lists:
        executor = graph.bind(mx.cpu(), args, args_grad=grads)
    else:
        executor = graph.bind(mx.cpu(), dict(zip("ab", args)), args_grad=dict(zip("ab", grads)))
    outputs = executor.forward(is_train=True)
    assert np.allclose(outputs[0].asnumpy(), function(a, b))
    executor.backward([nd.array(g)])
    for found, given, expected in zip(executor.grad_arrays, grads, gradients(g, a, b)):
        assert np.allclose(found.asnumpy(), expected, rtol=1e-5)
        assert np.allclose(given.asnumpy(), expected, rtol=1e-5)


def test_requests():
    x = sym.var("x")
    total = nd.ones((2,))
    executor = (x * 2).bind(mx.cpu(), [nd.ones((2,))], [total], grad_req="add")
    for _ in range(2):
        executor.forward(is_train=True)
        executor.backward(nd.array([3, 4]))
    assert total.asnumpy().tolist() == [13, 17]
    assert layer().simple_bind(mx.cpu(), grad_req="null", x=(3, 4)).grad_arrays == [None] * 3
    some = layer().simple_bind(mx.cpu(), grad_req={"fc_weight": "write"}, x=(3, 4))
    assert [name for name, array in some.grad_dict.items() if array is not None] == ["fc_weight"]
    with pytest.raises(ValueError):
        (x * 2).bind(mx.cpu(), [nd.ones((2,))], grad_req="sometimes")


def test_shapes_of_labels_that_a_part_of_a_network_has_not():
    part = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=3, name="fc")
    bound = part.simple_bind(mx.cpu(), data=(2, 3), softmax_label=(2,),
                             type_dict={"softmax_label": "int32"})
    assert list(bound.arg_dict) == ["data", "fc_weight", "fc_bias"]
    with pytest.raises(RuntimeError, match=r"dta: \(2, 3\) \(there is no such argument\)"):
        part.simple_bind(mx.cpu(), dta=(2, 3))


def test_mistakes():
    x = sym.var("x")
    for args, error in (({}, ValueError), ([], ValueError), ([3], TypeError), (5, TypeError)):
        with pytest.raises(error):
            (x * 2).bind(mx.cpu(), args)
    with pytest.raises(TypeError):
        (x * 2).bind("cpu", [nd.ones((2,))])
    with pytest.raises(RuntimeError, match="simple_bind error. Arguments:\nx: "):
        layer().simple_bind(mx.cpu(), x=(3, 4), fc_weight=(9, 9))
    executor = (x * 2).simple_bind(mx.cpu(), x=(2,))
    for given, error in (({"y": nd.ones((2,))}, TypeError), ({"x": nd.ones((3,))}, ValueError),
                         ({"x": [1, 2]}, ValueError)):
        with pytest.raises(error):
            executor.forward(**given)
    with pytest.raises(TypeError):
        executor.backward([1])


def test_dictionaries():
    executor = layer().simple_bind(mx.cpu(), x=(3, 4))
    assert sorted(executor.arg_dict) == ["fc_bias", "fc_weight", "x"]
    assert list(executor.output_dict) == ["fc_output"] and executor.aux_dict == {}
    executor.copy_params_from({"fc_bias": nd.array([1, 2])})
    assert executor.arg_dict["fc_bias"].asnumpy().tolist() == [1, 2]
    with pytest.raises(ValueError):
        executor.copy_params_from({"other": nd.ones((2,))})
    executor.copy_params_from({"other": nd.ones((2,))}, allow_extra_params=True)
    executor.arg_dict["fc_weight"][:] = 1
    assert lists(executor.forward(x=np.ones((3, 4)))) == [[[5, 6]] * 3]
    types = layer().simple_bind(mx.cpu(), type_dict={"x": "float64"}, x=(3, 4))
    assert {array.dtype for array in types.arg_arrays} == {np.float64}


def test_reshape():
    executor = layer().simple_bind(mx.cpu(), x=(5, 4))
    executor.arg_dict["fc_weight"][:] = 1
    smaller = executor.reshape(x=(3, 4))
    assert smaller.outputs[0].shape == (3, 2)
    assert lists(smaller.forward(x=nd.ones((3, 4)))) == [[[4, 4]] * 3]
    smaller.arg_arrays[1][:] = 2  # the same weights
    assert executor.arg_dict["fc_weight"].asnumpy().max() == 2
    larger = executor.reshape(allow_up_sizing=True, x=(7, 4))
    assert larger.outputs[0].shape == (7, 2)


def test_monitor():
    net = sym.Activation(sym.var("x"), act_type="relu", name="act") * 2
    executor = net.simple_bind(mx.cpu(), x=(2,))
    seen = []
    executor.set_monitor_callback(lambda name, array: seen.append((name, array.shape)))
    executor.forward(x=nd.ones((2,)))
    assert seen[0] == ("act_output", (2,)) and len(seen) == 2
    count = len(seen)
    executor.set_monitor_callback(lambda name, array: seen.append(name), monitor_all=True)
    executor.forward()
    assert len(seen) > count + 2

    def broken(name, array):
        raise LookupError("not today")

    executor.set_monitor_callback(broken)
    with pytest.raises(LookupError, match="not today"):
        executor.forward()


def test_groups_and_eval():
    a = sym.var("a")
    both = sym.Group([a * 2, a + 1])
    executor = both.simple_bind(mx.cpu(), a=(2,))
    executor.forward(is_train=True, a=nd.array([1, 2]))
    executor.backward([nd.ones((2,)), nd.ones((2,)) * 10])
    assert lists(executor.grad_arrays) == [[12, 12]]
    assert lists(both.eval(a=nd.array([1, 2]))) == [[2, 4], [2, 3]]
    with pytest.raises(ValueError):
        both.eval(b=nd.ones((2,)))


def test_losses_need_no_head_gradient():
    net = sym.SoftmaxOutput(sym.var("data"), name="softmax")
    executor = net.simple_bind(mx.cpu(), data=(2, 2))
    executor.forward(True, data=nd.array([[0, 0], [0, 0]]), softmax_label=nd.array([0, 1]))
    executor.backward()
    assert lists([executor.grad_dict["data"]]) == [[[-0.5, 0.5], [0.5, -0.5]]]


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_head_gradients_of_any_type(dtype):
    x, gradient = nd.array([1, 2], dtype=dtype), nd.zeros((2,), dtype=dtype)
    executor = (sym.var("x") * 2).bind(mx.cpu(), {"x": x}, {"x": gradient})
    for given in ("float16", "float32", "float64", "int32"):
        executor.forward(is_train=True)
        executor.backward([nd.array([3, 4], dtype=given)])
        assert gradient.asnumpy().tolist() == [6, 8] and gradient.dtype == np.dtype(dtype)
    with pytest.raises(mx.MXNetError, match=r"head gradient 0: expected shape \(2,\)"):
        executor.backward([nd.ones((3,))])


# MXNet's users give ones of the form of the data, which no gradient asks for.
@pytest.mark.parametrize("count", [sym.shape_array, sym.size_array])
def test_head_gradients_of_whole_numbers_are_not_looked_at(count):
    x, gradient = nd.ones((2, 3)), nd.ones((2, 3))
    executor = count(sym.var("x")).bind(mx.cpu(), {"x": x}, {"x": gradient})
    executor.forward(is_train=True)
    executor.backward([nd.ones((2, 3))])
    assert (gradient.asnumpy() == 0).all()


def test_only_named_arguments_are_those_of_the_shared_executor():
    net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="f")
    first = net.simple_bind(mx.cpu(), data=(2, 3))
    for names, changed in ((None, []), ([], []), (["f_weight"], ["f_weight"])):
        for array in first.arg_arrays:
            array[:] = 1
        other = net.simple_bind(mx.cpu(), data=(2, 3), shared_exec=first, shared_arg_names=names)
        for array in other.arg_arrays:
            array[:] = 5
        assert [name for name, array in first.arg_dict.items() if (array.asnumpy() == 5).all()] == changed
