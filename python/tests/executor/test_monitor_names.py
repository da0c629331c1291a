"""What monitors and hooks call the inputs of nodes: names that MXNet 1.9.1 gave for these networks."""
import gluino as mx
from gluino import nd, sym


def names_of(net, **shapes):
    executor = net.simple_bind(mx.cpu(), **shapes)
    seen = []
    executor.set_monitor_callback(lambda name, array: seen.append(name), monitor_all=True)
    executor.forward()
    return seen


def test_operators_without_names_of_their_inputs():
    x = sym.Activation(sym.var("x"), act_type="relu", name="act")
    x = sym.FullyConnected(sym.Flatten(x, name="flat"), num_hidden=2, name="fc")
    x = sym.Concat(x, sym.abs(x, name="size"), dim=1, name="both")
    assert names_of(sym.sum(sym.Dropout(x, name="drop"), axis=1, name="total"), x=(2, 3)) == [
        "x", "act_input0", "act_output", "flat_input0", "flat_output", "fc_data", "fc_weight",
        "fc_weight", "fc_bias", "fc_bias", "fc_output", "size_input0", "size_output",
        "both_arg0", "both_arg1", "both_output", "drop_data", "drop_output", "drop_mask",
        "total_input0", "total_output"]


def outputs_of(net, **shapes):
    return [name for name in names_of(net, **shapes) if name.startswith("n_")
            and name not in ("n_data", "n_loc", "n_rois", "n_label", "n_input0")]


def test_what_is_kept_for_gradients():
    x, y = sym.var("x"), sym.var("y")
    warped = sym.SpatialTransformer(x, y, target_shape=(3, 3), transform_type="affine",
                                    sampler_type="bilinear", name="n")
    assert outputs_of(warped, x=(1, 2, 4, 4), y=(1, 6)) == ["n_output", "n_grid_src"]
    regions = sym.ROIPooling(x, y, pooled_size=(2, 2), spatial_scale=1.0, name="n")
    assert outputs_of(regions, x=(1, 2, 4, 4), y=(1, 5)) == ["n_output", "n_maxidx"]
    loss = sym.CTCLoss(x, y, name="n")
    assert outputs_of(loss, x=(4, 2, 3), y=(2, 2)) == ["n_output0", "n_output1"]
    largest = sym.topk(x, k=2, ret_typ="value", name="n")
    assert outputs_of(largest, x=(3, 4)) == ["n_output0", "n_output1"]


def test_rrelu_gives_its_slopes():
    x = nd.array([[1, -2], [-3, 4]])
    net = sym.LeakyReLU(sym.var("x"), act_type="rrelu", name="n")
    assert net.list_outputs() == ["n_output", "n_mask"]
    for training in (True, False):
        with mx.autograd.record(train_mode=training):
            result, slopes = nd.LeakyReLU(x, act_type="rrelu")
        assert (result.asnumpy() == (x * slopes).asnumpy()).all()
        assert (slopes.asnumpy()[[0, 1], [0, 1]] == 1).all()
        assert ((slopes.asnumpy() >= 0.125) & (slopes.asnumpy() <= 1)).all()


def test_variables_with_a_readers_name_keep_theirs():
    # The variable is named act_data by its reader, and a second node reads it.
    act = sym.Activation(act_type="relu", name="act")
    net = sym.elemwise_add(act, sym.Activation(act.get_internals()[0], act_type="tanh", name="other"),
                           name="plus")
    assert names_of(net, act_data=(2,)) == [
        "act_data", "act_input0", "act_output", "act_data", "other_input0", "other_output",
        "plus_lhs", "plus_rhs", "plus_output"]


def test_a_monitor_is_told_the_same():
    net = sym.SoftmaxOutput(sym.Pooling(sym.sqrt(sym.var("data"), name="root"), global_pool=True,
                                        kernel=(1, 1), name="pool"), name="softmax")
    module = mx.mod.Module(net)
    module.bind([("data", (2, 3, 2, 2))], [("softmax_label", (2,))])
    module.init_params()
    monitor = mx.mon.Monitor(1, pattern="root|pool", monitor_all=True)
    module.install_monitor(monitor)
    monitor.tic()
    module.forward(mx.io.DataBatch([nd.ones((2, 3, 2, 2))], [nd.zeros((2,))]), is_train=False)
    assert [name for _, name, _ in monitor.toc()] == ["root_input0", "root_output", "pool_data",
                                                      "pool_output"]


def test_hooks_of_operators():
    class Net(mx.gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            x = F.Pooling(x, global_pool=True, kernel=(1, 1), name="pool")
            return F.softmax(F.concat(F.relu(x, name="r"), x, dim=1, name="both"), name="soft")

    net = Net()
    net.hybridize()
    seen = []
    net.register_op_hook(lambda name, op, array: seen.append(name), monitor_all=True)
    net(nd.ones((1, 2, 2, 2)))
    assert [name.split("_", 1)[1] for name in seen if "output" not in name] == [
        "pool_data", "r_input0", "both_arg0", "both_arg1", "soft_data"]


def test_inputs_are_seen_before_they_are_written_over():
    net = sym.negative(sym.relu(sym.var("x") - 3, name="relu"), name="negative")
    executor = net.simple_bind(mx.cpu(), x=(2,))
    seen = {}
    executor.set_monitor_callback(lambda name, array: seen.update({name: array.asnumpy().tolist()}),
                                  monitor_all=True)
    executor.forward(x=nd.array([1, 5]))
    assert (seen["relu_input0"], seen["negative_input0"]) == ([-2, 2], [0, 2])


def test_a_monitor_sees_what_is_kept_for_the_gradient():
    net = sym.Dropout(sym.BatchNorm(sym.LayerNorm(sym.var("x"), name="ln"), name="bn"), name="drop")
    executor = net.simple_bind(mx.cpu(), x=(4, 3))
    monitor = mx.mon.Monitor(1, pattern=".*_(output|mean|var|std|mask)$")
    monitor.install(executor)
    monitor.tic()
    executor.forward(is_train=True)
    names = [name for _, name, _ in monitor.toc()]
    assert names[:8] == ["ln_output", "ln_mean", "ln_std", "bn_output", "bn_mean", "bn_var",
                         "drop_output", "drop_mask"]
