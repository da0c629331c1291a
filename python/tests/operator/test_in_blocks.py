"""Operators of users within networks: blocks, hybridized or not, and modules."""
import numpy as np
import pytest

import gluino as mx
from gluino import gluon


class Cube(mx.operator.CustomOp):
    def forward(self, is_train, req, in_data, out_data, aux):
        self.assign(out_data[0], req[0], in_data[0] ** 3)

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        self.assign(in_grad[0], req[0], 3 * in_data[0] ** 2 * out_grad[0])


@mx.operator.register("t_cube")
class CubeProp(mx.operator.CustomOpProp):
    def create_operator(self, ctx, in_shapes, in_dtypes):
        return Cube()


class ByF(gluon.HybridBlock):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.dense = gluon.nn.Dense(3, in_units=4)

    def hybrid_forward(self, F, x):
        return F.Custom(self.dense(x), op_type="t_cube") * 2


class ByArrays(ByF):
    def forward(self, x):
        return mx.nd.Custom(self.dense(x), op_type="t_cube") * 2


@pytest.mark.parametrize("kind", [ByF, ByArrays])
def test_hybridized_blocks_give_what_they_give_step_by_step(kind):
    x = mx.nd.array(np.linspace(-1, 1, 8).reshape(2, 4))
    mx.random.seed(1)
    net = kind()
    net.initialize(mx.init.Uniform(0.5))
    results = []
    for hybridize in (False, True):
        if hybridize:
            net.hybridize()
        for _ in range(2):
            with mx.autograd.record():
                y = net(x)
            y.backward()
            results.append((y.asnumpy(), net.dense.weight.grad().asnumpy()))
    for y, grad in results[1:]:
        np.testing.assert_array_equal(y, results[0][0])
        np.testing.assert_array_equal(grad, results[0][1])
    weight = net.dense.weight.data().asnumpy()
    np.testing.assert_allclose(results[0][0], 2 * (x.asnumpy() @ weight.T) ** 3, rtol=1e-4,
                               atol=1e-6)


class Softmax(mx.operator.CustomOp):
    def forward(self, is_train, req, in_data, out_data, aux):
        y = mx.nd.exp(in_data[0] - in_data[0].max(axis=1, keepdims=True))
        self.assign(out_data[0], req[0], y / y.sum(axis=1, keepdims=True))

    def backward(self, req, out_grad, in_data, out_data, in_grad, aux):
        hot = mx.nd.one_hot(in_data[1], out_data[0].shape[1])
        self.assign(in_grad[0], req[0], out_data[0] - hot)


@mx.operator.register("t_softmax")
class SoftmaxProp(mx.operator.CustomOpProp):
    def __init__(self):
        super().__init__(need_top_grad=False)

    def list_arguments(self):
        return ["data", "label"]

    def infer_shape(self, in_shape):
        return [in_shape[0], (in_shape[0][0],)], [in_shape[0]], []

    def create_operator(self, ctx, in_shapes, in_dtypes):
        return Softmax()


def test_a_module_learns_with_a_loss_of_the_users():
    np.random.seed(0)
    mx.random.seed(0)
    x = np.random.rand(64, 2)
    label = (x[:, 0] > x[:, 1]).astype(np.float32)
    data = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="fc")
    net = mx.sym.Custom(data=data, op_type="t_softmax", name="softmax")
    it = mx.io.NDArrayIter(x, label, 16, shuffle=True)
    module = mx.mod.Module(net, context=mx.cpu())
    module.fit(it, num_epoch=30, optimizer_params={"learning_rate": 1.0})
    it.reset()
    assert module.score(it, "acc")[0][1] > 0.9


def test_a_block_with_a_function_has_its_gradient_hybridized_or_not():
    class Twice(mx.autograd.Function):
        def forward(self, x):
            return x * 2

        def backward(self, dy):
            return dy * 7  # not what the operators inside would give

    class Net(gluon.HybridBlock):
        def forward(self, x):
            return Twice()(x) + 1

    net, x = Net(), mx.nd.ones((2,))
    x.attach_grad()
    for _ in range(2):
        with mx.autograd.record():
            y = net(x)
        y.backward()
        assert x.grad.asnumpy().tolist() == [7, 7]
        net.hybridize()
