"""SVRGModule: stochastic variance-reduced gradients, against the paper's formula in NumPy. (MXNet
1.9.1 does the same in the first epoch, and then adds the old mean to the new one.)"""
import mxnet as mx
import numpy as np
import pytest
from mxnet.contrib.svrg_optimization.svrg_module import SVRGModule

RATE, BATCH = 0.05, 2
ROWS = np.random.RandomState(0).randn(10, 3)
LABELS = ROWS @ np.array([1, -2, 3.]) + 0.5
BEGIN = np.array([0.1, 0.2, 0.3])
NET = mx.sym.LinearRegressionOutput(
    mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=1, no_bias=True, name="fc"),
    mx.sym.var("label"))


def trained(epochs, update_freq, **options):
    data = mx.io.NDArrayIter(ROWS, LABELS, batch_size=BATCH, label_name="label")
    module = SVRGModule(NET, label_names=["label"], update_freq=update_freq, **options)
    module.fit(data, num_epoch=epochs, eval_metric="mse",
               optimizer_params={"learning_rate": RATE},
               arg_params={"fc_weight": mx.nd.array([BEGIN])})
    return module.get_params()[0]["fc_weight"].asnumpy()[0]


def by_formula(epochs, update_freq):
    batches = [slice(i, i + BATCH) for i in range(0, len(ROWS), BATCH)]

    def gradient(weight, batch):
        return ROWS[batch].T @ (ROWS[batch] @ weight - LABELS[batch])

    weight = BEGIN.copy()
    for epoch in range(epochs):
        if epoch % update_freq == 0:
            noted = weight.copy()
            mean = sum(gradient(noted, batch) for batch in batches) / len(batches)
        for batch in batches:
            weight -= RATE / BATCH * (gradient(weight, batch) - gradient(noted, batch) + mean)
    return weight


@pytest.mark.parametrize("update_freq", [1, 2])
@pytest.mark.parametrize("options", [{}, {"context": [mx.cpu(0), mx.cpu(1)]}])
def test_steps_are_the_formula_s(update_freq, options):
    np.testing.assert_allclose(trained(4, update_freq, **options), by_formula(4, update_freq),
                               rtol=1e-5)


def test_without_noted_weights_it_is_a_module_like_others():
    data = mx.io.NDArrayIter(ROWS, LABELS, batch_size=BATCH, label_name="label")
    weights = []
    for kind, options in ((SVRGModule, {"update_freq": 1}), (mx.mod.Module, {})):
        module = kind(NET, label_names=["label"], **options)
        module.bind(data.provide_data, data.provide_label)
        module.init_params(arg_params={"fc_weight": mx.nd.array([BEGIN])})
        module.init_optimizer(optimizer_params={"learning_rate": RATE})
        data.reset()
        for batch in data:
            module.forward_backward(batch)
            module.update()
        weights.append(module.get_params()[0]["fc_weight"].asnumpy())
    np.testing.assert_array_equal(*weights)


def test_the_means_are_found_by_name():
    data = mx.io.NDArrayIter(ROWS, LABELS, batch_size=BATCH, label_name="label")
    module = SVRGModule(NET, label_names=["label"], update_freq=1)
    module.bind(data.provide_data, data.provide_label)
    module.init_params(arg_params={"fc_weight": mx.nd.array([BEGIN])})
    module.init_optimizer(optimizer_params={"learning_rate": RATE})
    assert module._param_dict == [{}]
    module.update_full_grads(data)
    total = 0
    for batch in data:
        module._mod_aux.forward_backward(batch)
        total = total + module._mod_aux._exec_group.grad_arrays[0][0].asnumpy()
    count = len(LABELS) // BATCH
    np.testing.assert_allclose(module._param_dict[0]["fc_weight"].asnumpy(), total / count, rtol=1e-5)


@pytest.mark.parametrize("update_freq, kind", [(None, TypeError), (1.5, TypeError),
                                               (0, ValueError), (-1, ValueError)])
def test_the_frequency_is_a_positive_number(update_freq, kind):
    with pytest.raises(kind, match="update_freq"):
        SVRGModule(NET, label_names=["label"], update_freq=update_freq)
