"""Module: making it ready, batches by hand, parameters, files, several contexts."""

import logging

import numpy as np
import pytest

import gluino as mx
from gluino.io import DataBatch, DataDesc

from nets import clusters, iterator, mlp, normalized, numbers, same


def ready(symbol=None, batch=4, width=5, **options):
    module = mx.mod.Module(mlp() if symbol is None else symbol, **options)
    module.bind([("data", (batch, width))], [("softmax_label", (batch,))])
    module.init_params(mx.init.Uniform(0.1))
    return module


def batch_of(size, width=5):
    return DataBatch([mx.nd.ones((size, width))], [mx.nd.ones((size,))])


def test_what_is_no_symbol_is_refused():
    with pytest.raises(TypeError, match="expected a Symbol, got .*Dense"):
        mx.mod.Module(mx.gluon.nn.Dense(2))


def test_names_are_checked():
    with pytest.raises(ValueError, match="data, softmax_label"):
        mx.mod.Module(mlp(), data_names=("dat",))
    with pytest.raises(ValueError):
        mx.mod.Module(mlp(), fixed_param_names=["fc9_weight"])
    with pytest.raises(ValueError):
        mx.mod.Module(mlp(), state_names=["state"])
    with pytest.warns(UserWarning):
        mx.mod.Module(mlp(), label_names=("target",))
    assert mx.mod.Module(mlp(), label_names=None).label_names == []


def test_what_it_is():
    module = ready()
    assert module.binded and module.for_training and not module.inputs_need_grad
    assert module.data_names == ["data"]
    assert module.label_names == ["softmax_label"]
    assert module.output_names == ["softmax_output"]
    assert module.data_shapes == [("data", (4, 5))]
    assert module.label_shapes == [("softmax_label", (4,))]
    assert module.output_shapes == [("softmax_output", (4, 3))]


def test_steps_have_their_order(caplog):
    module = mx.mod.Module(mlp())
    with pytest.raises(AssertionError, match="call bind first"):
        module.data_shapes
    with pytest.raises(AssertionError, match="call bind first"):
        module.init_params()
    module.bind([("data", (4, 5))], [("softmax_label", (4,))])
    with pytest.raises(AssertionError, match="call init_params, or set_params first"):
        module.forward(batch_of(4))
    with pytest.raises(AssertionError, match="call init_params, or set_params first"):
        module.init_optimizer()
    module.init_params()
    with pytest.raises(AssertionError, match="call init_optimizer first"):
        module.update()
    with pytest.raises(AssertionError, match="call bind with inputs_need_grad=True first"):
        module.get_input_grads()
    module.init_optimizer()

    caplog.set_level(logging.WARNING)
    module.bind([("data", (4, 5))])
    module.init_optimizer()
    assert caplog.messages == [
        "Already bound, ignoring bind()",
        "optimizer already initialized, ignoring...",
    ]
    with pytest.warns(UserWarning, match="init_params call ignored"):
        module.init_params()


def test_shapes_have_the_names_of_the_module():
    module = mx.mod.Module(mlp())
    with pytest.raises(ValueError):
        module.bind([("input", (4, 5))])
    with pytest.raises(AssertionError):
        module.bind([("data", (4, 5))], [("softmax_label", (3,))])
    net = mx.sym.Convolution(mx.sym.var("data"), kernel=(3, 3), num_filter=2)
    with pytest.raises(RuntimeError, match="data: \\(4, 5\\)"):
        mx.mod.Module(net, label_names=None).bind([("data", (4, 5))])


def test_gradients_of_inputs():
    a, b = mx.sym.Variable("a"), mx.sym.Variable("b")
    module = mx.mod.Module(a + 2 * b + 3, data_names=["b", "a"], label_names=None)
    module.bind([["b", (5, 5)], ["a", (5, 5)]], inputs_need_grad=True)
    module.init_params()
    module.forward(DataBatch([mx.nd.ones((5, 5)), mx.nd.ones((5, 5))], None), is_train=True)
    module.backward([mx.nd.ones((5, 5))])
    grad_b, grad_a = module.get_input_grads()
    assert (grad_a.asnumpy() == 1).all()
    assert (grad_b.asnumpy() == 2).all()


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_types_and_layouts(dtype):
    shape = (3, 8, 7)
    net = mx.sym.Activation(mx.sym.Variable("data"), act_type="relu", attr={"__layout__": "TNC"})
    module = mx.mod.Module(net, ("data",), None, context=[mx.cpu(0), mx.cpu(1)])
    module.bind([DataDesc("data", shape, np.dtype(dtype).type, layout="TNC")])
    module.init_params()
    module.forward(DataBatch([mx.nd.ones(shape, dtype=dtype)], None))
    module.backward([mx.nd.ones(shape, dtype=dtype)])
    assert module.get_outputs()[0].shape == shape
    assert module.get_outputs()[0].dtype == np.dtype(dtype).type
    for part in module.get_outputs(merge_multi_context=False)[0]:
        assert part.shape == (3, 4, 7)


def test_batches_of_other_shapes_are_reshaped_for():
    module = ready()
    module.init_optimizer()
    for size in (4, 2, 7, 4, 3, 5, 6, 8, 2):
        module.forward_backward(batch_of(size))
        module.update()
        assert module.get_outputs()[0].shape == (size, 3)
        assert module.label_shapes == [("softmax_label", (size,))]
    module.forward(DataBatch([mx.nd.ones((9, 5))], None), is_train=False)
    assert module.get_outputs()[0].shape == (9, 3)
    with pytest.raises(mx.MXNetError):
        module.forward(batch_of(4, width=6))


def test_labels_are_read_whatever_came_before():
    outputs = []
    for before in (lambda module: None, lambda module: module.reshape([("data", (3, 5))])):
        mx.random.seed(3)
        module = ready()
        before(module)
        with pytest.raises(mx.MXNetError):
            module.forward(batch_of(4, width=7))
        module.forward(DataBatch([mx.nd.ones((2, 5))], None), is_train=False)
        labels = mx.nd.array([0, 1, 2, 1])
        module.forward_backward(DataBatch([mx.nd.ones((4, 5))], [labels]))
        outputs.append(module._exec_group.execs[0].grad_dict["fc2_bias"].asnumpy())
    assert np.array_equal(*outputs)
    assert outputs[0].any()


def test_reshape_keeps_gradients_and_parameters():
    net = mx.sym.FullyConnected(mx.sym.Variable("data"), num_hidden=20, name="fc")
    module = mx.mod.Module(net, ("data",), None, context=[mx.cpu(0), mx.cpu(1)])
    module.bind([("data", (7, 20))])
    module.init_params()
    module.init_optimizer(optimizer_params={"learning_rate": 1, "rescale_grad": 1 / 7})
    for size, total in ((7, -1), (14, -3)):
        module.reshape([("data", (size, 20))])
        module.forward(DataBatch([mx.nd.ones((size, 20))], None))
        module.backward([mx.nd.ones((size, 20))])
        module.update()
        assert module.get_outputs()[0].shape == (size, 20)
        np.testing.assert_allclose(module.get_params()[0]["fc_bias"].asnumpy(), total, rtol=1e-6)


def test_a_list_of_batches_is_one():
    module = ready()
    module.forward([batch_of(4), batch_of(2)])
    assert module.get_outputs()[0].shape == (6, 3)


def test_parameters_are_set_by_name():
    module = ready()
    weights = {
        "fc1_weight": mx.nd.ones((8, 5)),
        "fc1_bias": mx.nd.ones((8,)),
        "fc2_weight": mx.nd.ones((3, 8)),
        "fc2_bias": mx.nd.ones((3,)),
    }
    module.set_params(weights, {})
    assert same(numbers(module.get_params()[0]), numbers(weights))
    weights.pop("fc2_bias")
    with pytest.raises(RuntimeError, match="fc2_bias"):
        module.set_params(weights, {})
    module.set_params(weights, {}, allow_missing=True)
    weights["other"] = mx.nd.ones((1,))
    with pytest.raises(ValueError, match="other"):
        module.set_params(weights, {}, allow_missing=True)
    module.set_params(weights, {}, allow_missing=True, allow_extra=True)
    with pytest.raises(mx.MXNetError, match="fc1_weight"):
        module.set_params({"fc1_weight": mx.nd.ones((8, 4))}, {}, allow_missing=True)
    with pytest.warns(UserWarning, match="set_params call ignored"):
        module.set_params(weights, {}, allow_missing=True, force_init=False)


def test_what_get_params_gives_is_a_copy():
    module = ready()
    given = module.get_params()[0]["fc1_bias"]
    given[:] = 5
    assert (module.get_params()[0]["fc1_bias"].asnumpy() == 0).all()


def test_what_counts_as_one_is_given_out_as_one():
    module = ready(normalized())
    module.init_optimizer(optimizer_params={"learning_rate": 0.1, "wd": 0.1})
    module.forward_backward(batch_of(4))
    module.update()
    arg_params, aux_params = module.get_params()
    assert (arg_params["bn_gamma"].asnumpy() == 1).all()
    assert set(aux_params) == {"bn_moving_mean", "bn_moving_var"}


def test_what_counts_as_one_has_a_gradient_of_zero_that_moves_nothing():
    # Programs copy and add up all gradients, as two batches of a discriminator are.
    for optimizer in ("sgd", "adam"):
        module = ready(normalized())
        module.init_optimizer(None, optimizer, {"learning_rate": 0.1, "wd": 0.1})
        group = module._exec_group
        for _ in range(2):
            module.forward_backward(batch_of(4))
            sums = [[grad.copyto(grad.context) for grad in grads] for grads in group.grad_arrays]
            assert (sums[group.trained_names.index("bn_gamma")][0].asnumpy() == 0).all()
            module.update()
        assert (group.execs[0].arg_dict["bn_gamma"].asnumpy() == 1).all()


def test_initial_values_follow_attributes():
    weight = mx.sym.var("weight", init=mx.init.Constant(3), shape=(2, 5))
    net = mx.sym.FullyConnected(mx.sym.var("data"), weight, num_hidden=2, name="fc")
    module = mx.mod.Module(net, label_names=None)
    module.bind([("data", (4, 5))])
    module.init_params(mx.init.Uniform(0.1))
    assert (module.get_params()[0]["weight"].asnumpy() == 3).all()


def test_fixed_parameters_stay():
    module = ready(fixed_param_names=["fc1_weight"])
    module.init_optimizer(optimizer_params={"learning_rate": 1.0, "wd": 0.1})
    before = numbers(module.get_params()[0])
    module.forward_backward(batch_of(4))
    module.update()
    after = numbers(module.get_params()[0])
    assert np.array_equal(before["fc1_weight"], after["fc1_weight"])
    assert not np.array_equal(before["fc2_weight"], after["fc2_weight"])


@pytest.mark.parametrize(
    "grad_req, factor", [("write", 1), ("add", 2), ({"fc2_bias": "add"}, 2), ("null", None)]
)
def test_requests_of_gradients(grad_req, factor):
    gradients = []
    for req, times in (("write", 1), (grad_req, 2)):
        module = mx.mod.Module(mlp())
        module.bind([("data", (4, 5))], [("softmax_label", (4,))], grad_req=req)
        module.init_params(mx.init.One())
        for _ in range(times):
            module.forward_backward(batch_of(4))
        gradients.append(module._exec_group.execs[0].grad_dict.get("fc2_bias"))
    if factor is None:
        assert gradients[1] is None
    else:
        np.testing.assert_allclose(gradients[1].asnumpy(), factor * gradients[0].asnumpy())


def test_states_are_set_by_the_user():
    total = mx.sym.var("data") + mx.sym.var("state", shape=(2, 3))
    module = mx.mod.Module(total, label_names=None, state_names=["state"])
    module.bind([("data", (2, 3))])
    module.init_params()
    module.set_states(value=2)
    batch = DataBatch([mx.nd.ones((2, 3))], None)
    module.forward(batch)
    assert (module.get_outputs()[0].asnumpy() == 3).all()
    module.set_states(states=[[mx.nd.ones((2, 3)) * 7]])
    module.forward(batch)
    assert (module.get_outputs()[0].asnumpy() == 8).all()
    assert module.get_states(merge_multi_context=False)[0][0].shape == (2, 3)
    with pytest.raises(AssertionError):
        module.get_states()
    with pytest.raises(AssertionError):
        module.set_states()
    with pytest.raises(AssertionError):
        module.set_states(states=[], value=1)


@pytest.mark.parametrize("places", [
    {"one": mx.cpu(2)}, {"one": [mx.cpu(2), mx.cpu(2)]}, [{"one": mx.cpu(2)}, {"one": mx.cpu(2)}]])
def test_groups_of_layers_live_at_their_contexts(places):
    with mx.AttrScope(ctx_group="one"):
        net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=3, name="fc")
    results = []
    for given in (places, None):
        module = mx.mod.Module(net, label_names=None, context=[mx.cpu(0), mx.cpu(1)],
                               group2ctxs=given)
        module.bind([("data", (4, 5))])
        module.init_params(mx.init.One())
        module.init_optimizer(optimizer_params={"learning_rate": 1})
        module.forward(mx.io.DataBatch([mx.nd.arange(20).reshape((4, 5))]), is_train=True)
        module.backward([mx.nd.ones((4, 3))])
        module.update()
        results.append(module.get_params()[0]["fc_weight"].asnumpy())
        arrays = [executor.arg_dict["fc_weight"] for executor in module._exec_group.execs]
        at = [mx.cpu(2), mx.cpu(2)] if given else [mx.cpu(0), mx.cpu(1)]
        assert [array.context for array in arrays] == at
        assert (module._arg_params["fc_weight"].asnumpy() == results[-1]).all()
    assert (results[0] == results[1]).all()
    module = mx.mod.Module(net, label_names=None, context=[mx.cpu(0), mx.cpu(1)],
                           group2ctxs={"one": [mx.cpu(0)] * 3})
    with pytest.raises(ValueError, match="one for each of 2 contexts, got 3"):
        module.bind([("data", (4, 5))])


def test_batches_are_split_over_contexts():
    contexts = [mx.cpu(0), mx.cpu(1)]
    module = ready(batch=5, context=contexts)
    assert module._exec_group.slices == [slice(0, 2), slice(2, 5)]
    module = ready(batch=8, context=contexts, work_load_list=[1, 3])
    assert module._exec_group.slices == [slice(0, 2), slice(2, 8)]
    with pytest.raises(ValueError, match="cannot be split"):
        ready(batch=1, context=contexts)
    with pytest.raises(AssertionError):
        mx.mod.Module(mlp(), context=contexts, work_load_list=[1])


@pytest.mark.parametrize("kvstore", ["local", "device", None])
def test_several_contexts_give_what_one_gives(kvstore):
    params = []
    for contexts in (mx.cpu(), [mx.cpu(0), mx.cpu(1)]):
        mx.random.seed(3)
        module = mx.mod.Module(mlp(), context=contexts)
        module.fit(
            iterator(), num_epoch=3, kvstore=kvstore, initializer=mx.init.Xavier(),
            optimizer_params={"learning_rate": 0.5, "momentum": 0.9, "wd": 0.01},
        )  # fmt: skip
        params.append(numbers(module.get_params()[0]))
    for name, values in params[0].items():
        np.testing.assert_allclose(values, params[1][name], rtol=1e-4, atol=1e-6)


def test_a_store_that_is_made_runs_the_optimizer():
    points, labels = clusters()
    params = []
    for kvstore in ("local", mx.kv.create("local")):
        mx.random.seed(3)
        module = mx.mod.Module(mlp())
        module.fit(iterator(), num_epoch=2, kvstore=kvstore, initializer=mx.init.Xavier())
        params.append(numbers(module.get_params()[0]))
    assert module._update_on_kvstore and module._updater is None
    assert same(*params)


def test_optimizers_are_checked():
    module = ready()
    with pytest.raises(TypeError, match="kvstore"):
        module.init_optimizer(kvstore=3)
    with pytest.raises(ValueError):
        module.init_optimizer(optimizer="no such")
    with pytest.warns(UserWarning, match="rescale_grad is not normalized"):
        module.init_optimizer(optimizer=mx.optimizer.SGD(learning_rate=0.1))


@pytest.mark.parametrize("contexts", [mx.cpu(), [mx.cpu(0), mx.cpu(1)]])
def test_checkpoints_come_back(tmp_path, contexts):
    prefix = str(tmp_path / "net")
    settings = {"learning_rate": 0.1, "momentum": 0.9}
    module = ready(context=contexts)
    module.init_optimizer(optimizer_params=settings)
    module.forward_backward(batch_of(4))
    module.update()
    module.save_checkpoint(prefix, 3, save_optimizer_states=True)

    again = mx.mod.Module.load(prefix, 3, load_optimizer_states=True, context=contexts)
    again.bind([("data", (4, 5))], [("softmax_label", (4,))])
    again.init_optimizer(optimizer_params=settings)
    assert again.symbol.tojson() == module.symbol.tojson()
    assert same(numbers(again.get_params()[0]), numbers(module.get_params()[0]))
    updaters = [one._updater or one._kvstore._updater for one in (module, again)]
    assert same(*(numbers(updater.states) for updater in updaters))
    for one in (module, again):
        one.forward_backward(batch_of(4))
        one.update()
    assert same(numbers(again.get_params()[0]), numbers(module.get_params()[0]))


def test_params_files(tmp_path):
    path = str(tmp_path / "net.params")
    module = ready(normalized())
    module.save_params(path)
    assert set(mx.nd.load(path)) >= {"arg:fc_weight", "aux:bn_moving_mean"}
    other = ready(normalized())
    other.load_params(path)
    assert same(numbers(other.get_params()[0]), numbers(module.get_params()[0]))
    mx.nd.save(path, {"other:fc_weight": mx.nd.ones((1,))})
    with pytest.raises(ValueError, match="other:fc_weight"):
        other.load_params(path)


def test_shared_modules_have_the_same_arrays():
    module = ready()
    module.init_optimizer()
    other = mx.mod.Module(mlp())
    other.bind([("data", (2, 5))], [("softmax_label", (2,))], shared_module=module)
    assert other.params_initialized and other.optimizer_initialized
    other.forward_backward(batch_of(2))
    other.update()
    assert same(numbers(other.get_params()[0]), numbers(module.get_params()[0]))
    with pytest.raises(AssertionError):
        mx.mod.Module(mlp()).bind([("data", (2, 5))], shared_module=mx.mod.Module(mlp()))
    with pytest.raises(AssertionError):
        other.borrow_optimizer(mx.mod.Module(mlp()))


def test_rebinding_keeps_parameters():
    module = ready()
    before = numbers(module.get_params()[0])
    monitor = mx.mon.Monitor(1, pattern="softmax_output")
    module.install_monitor(monitor)
    module.bind([("data", (9, 5))], for_training=False, force_rebind=True)
    assert same(before, numbers(module.get_params()[0]))
    monitor.tic()
    module.forward(DataBatch([mx.nd.ones((9, 5))], None))
    assert [name for _, name, _ in monitor.toc()] == ["softmax_output"]
    with pytest.raises(AssertionError):
        module.backward()


def test_no_contexts_state_differs_after_an_epoch():
    module = mx.mod.Module(normalized(), context=[mx.cpu(0), mx.cpu(1)])
    module.fit(iterator(), num_epoch=1)
    first, second = module._exec_group.execs
    assert same(numbers(first.aux_dict), numbers(second.aux_dict))
