"""Executors over several contexts, by hand."""

import numpy as np
import pytest

import gluino as mx
from gluino.module.executor_group import DataParallelExecutorGroup

from nets import iterator, mlp, numbers, same

PARAMS = ["fc1_weight", "fc1_bias", "fc2_weight", "fc2_bias"]


def group_of(size=8, width=6, shared_group=None, symbol=None, **options):
    return DataParallelExecutorGroup(
        mlp() if symbol is None else symbol,
        contexts=[mx.cpu(0), mx.cpu(1)], workload=[1, 1],
        data_shapes=[("data", (size, width))], label_shapes=[("softmax_label", (size,))],
        param_names=PARAMS, for_training=True, inputs_need_grad=False,
        shared_group=shared_group, **options,
    )  # fmt: skip


def shares(one, other):
    """Whether a change of one array is one of the other."""
    before = one.asnumpy()
    one[:] = before + 1
    changed = np.array_equal(other.asnumpy(), before + 1)
    one[:] = before
    return changed


def test_arrays():
    group = group_of()
    assert [set(arrays) for arrays in group.shared_data_arrays] == [{"data", "softmax_label"}] * 2
    assert len(group.param_arrays) == len(group.grad_arrays) == 4
    assert [array.context for array in group.param_arrays[0]] == [mx.cpu(0), mx.cpu(1)]
    assert group.grad_req == dict.fromkeys(["data", "softmax_label"], "null") | dict.fromkeys(
        PARAMS, "write"
    )
    assert group.get_output_shapes() == [("softmax_output", (8, 3))]


def test_a_shared_group_has_the_same_parameters():
    first = group_of()
    wide = mx.sym.FullyConnected(mlp().get_internals()["relu1_output"], num_hidden=3, name="fc2")
    second = group_of(size=4, shared_group=first, symbol=mx.sym.SoftmaxOutput(wide, name="softmax"))
    for one, other in zip(first.execs, second.execs):
        for name in PARAMS:
            assert shares(one.arg_dict[name], other.arg_dict[name])
            assert shares(one.grad_dict[name], other.grad_dict[name])
    assert first.grad_req == second.grad_req
    with pytest.raises(mx.MXNetError, match="fc1_weight"):
        group_of(width=7, shared_group=first)


def test_manager():
    data = iterator(batch_size=8)
    symbol = mlp()
    manager = mx.model.DataParallelExecutorManager(
        symbol, [mx.cpu(0), mx.cpu(1)], data, symbol.list_arguments(), PARAMS, []
    )
    shapes = {"fc1_weight": (8, 6), "fc1_bias": (8,), "fc2_weight": (3, 8), "fc2_bias": (3,)}
    params = {name: mx.nd.ones(shape) * 0.1 for name, shape in shapes.items()}
    manager.set_params(params, {})
    manager.load_data_batch(next(data))
    manager.forward(is_train=True)
    manager.backward()
    metric = mx.metric.Accuracy()
    manager.update_metric(metric, next(iter(iterator(batch_size=8))).label)
    assert metric.num_inst == 8
    assert any(grads[0].asnumpy().any() for grads in manager.grad_arrays)
    copies = {name: mx.nd.zeros(shape) for name, shape in shapes.items()}
    manager.copy_to(copies, {})
    assert same(numbers(copies), numbers(params))


def test_labels_come_to_a_users_metric_where_the_outputs_are():
    class Hits(mx.metric.EvalMetric):
        def update(self, labels, preds):
            for label, pred in zip(labels, preds):
                self.sum_metric += (pred.argmax(axis=1) == label).sum().asscalar()
                self.num_inst += label.size

    module = mx.mod.Module(mlp(), context=[mx.cpu(0), mx.cpu(1)])
    data = iterator(batch_size=8)
    module.bind(data.provide_data, data.provide_label)
    module.init_params(mx.init.Xavier())
    ours, own = (module.score(data, metric)[0][1] for metric in (Hits("hits"), "acc"))
    assert ours == own
