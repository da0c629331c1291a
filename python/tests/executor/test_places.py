"""Executors after forward in either mode, and with arguments that live elsewhere."""
import gluino as mx
import numpy as np
import pytest
from gluino import nd, sym


def test_backward_is_that_of_the_forward_that_ran():
    data = sym.var("data")
    executor = sym.Dropout(data * data, p=0.5).simple_bind(mx.cpu(), data=(50,))
    with pytest.raises(mx.MXNetError, match="forward before"):
        executor.backward(nd.ones((50,)))
    executor.forward(data=nd.arange(50))
    executor.backward(nd.ones((50,)))
    assert (executor.grad_dict["data"].asnumpy() == 2 * np.arange(50)).all()  # nothing was dropped
    executor.forward(is_train=True)
    executor.backward(nd.ones((50,)))
    assert set(executor.grad_dict["data"].asnumpy()[1:] / np.arange(1, 50)) == {0, 4}


def two_groups():
    with mx.AttrScope(ctx_group="one"):
        net = sym.FullyConnected(sym.var("data"), num_hidden=3, name="first")
    with mx.AttrScope(ctx_group="two"):
        return sym.FullyConnected(net, num_hidden=2, name="second")


def test_arguments_live_where_their_group_does():
    places = {"one": mx.cpu(1), "two": mx.cpu(2)}
    there = two_groups().simple_bind(mx.cpu(), data=(4, 5), group2ctx=places)
    here = two_groups().simple_bind(mx.cpu(), data=(4, 5))
    assert there.arg_dict["data"].context == there.arg_dict["first_weight"].context == mx.cpu(1)
    assert there.grad_dict["second_bias"].context == mx.cpu(2)
    for name, array in there.arg_dict.items():
        array[:] = mx.nd.random.normal(shape=array.shape, ctx=array.context)
        here.arg_dict[name][:] = array.as_in_context(mx.cpu())
    for executor in (there, here):
        executor.forward(is_train=True)
        executor.backward(nd.ones((4, 2)))
    assert (there.outputs[0].asnumpy() == here.outputs[0].asnumpy()).all()
    for name, gradient in here.grad_dict.items():
        assert (there.grad_dict[name].asnumpy() == gradient.asnumpy()).all()

    other = two_groups().simple_bind(mx.cpu(), data=(4, 5), group2ctx=places, shared_exec=there,
                                     shared_arg_names=["first_weight"])
    other.arg_dict["first_weight"][:] = 0
    assert not there.arg_dict["first_weight"].asnumpy().any()


@pytest.mark.parametrize("places", [None, {"one": mx.cpu(1), "two": mx.cpu(2)}])
def test_head_gradients_may_live_anywhere(places):
    executor = two_groups().simple_bind(mx.cpu(), data=(4, 5), group2ctx=places)
    executor.forward(is_train=True)
    for place in (mx.cpu(), mx.cpu(2)):
        executor.backward(nd.ones((4, 2), ctx=place) * 3)
        assert (executor.grad_dict["second_bias"].asnumpy() == 12).all()


def test_bind_takes_arrays_of_several_contexts_where_groups_are_named():
    product = sym.var("a") * sym.var("b")
    given = {"a": nd.ones((2,), ctx=mx.cpu(1)) * 3, "b": nd.ones((2,)) * 2}
    places = {"a": nd.zeros((2,), ctx=mx.cpu(1))}
    with pytest.raises(mx.MXNetError, match="cpu"):
        product.bind(mx.cpu(), given, places)
    executor = product.bind(mx.cpu(), given, places, group2ctx={"one": mx.cpu(1)})
    assert executor.forward(is_train=True)[0].asnumpy().tolist() == [6, 6]
    executor.backward(nd.ones((2,)))
    assert places["a"].asnumpy().tolist() == [2, 2]


def test_the_text_says_how_much_memory_is_used():
    net = sym.var("x")
    for _ in range(5):
        net = net * net

    def megabytes(req):
        text = net.simple_bind(mx.cpu(), x=(256, 1024), grad_req=req).debug_str()
        return int(text[text.index("Total ") + 6:text.index(" MB allocated")])
    assert megabytes("write") > megabytes("null")
