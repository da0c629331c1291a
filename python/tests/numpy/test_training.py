"""Programs in the manner of books: written out, by Gluon, and as graphs, with NumPy's arrays."""
import numpy as onp
import pytest
from gluino import autograd, gluon, init, np, npx
from gluino.gluon import nn


def lines(count=200):
    """Points of a plane and what a line says of them."""
    np.random.seed(3)
    x = np.random.normal(size=(count, 2))
    y = np.dot(x, np.array([2, -3.4])) + 4.2 + np.random.normal(0, 0.01, count)
    return x, y.reshape(-1, 1)


def test_a_line_written_out():
    x, y = lines()
    w, b = np.random.normal(0, 0.01, (2, 1)), np.zeros(1)
    w.attach_grad()
    b.attach_grad()
    for _ in range(5):
        for rows in np.split(np.random.permutation(200), 20):
            with autograd.record():
                loss = (np.dot(x[rows], w) + b - y[rows]) ** 2 / 2
            loss.backward()
            for parameter in (w, b):
                parameter[:] = parameter - 0.1 * parameter.grad / 10
    assert abs(w.reshape(-1) - np.array([2, -3.4])).max() < 0.05 and abs(b - 4.2).max() < 0.05


def test_a_line_by_gluon():
    x, y = lines()
    data = gluon.data.DataLoader(gluon.data.ArrayDataset(x, y), 10, shuffle=True)
    net = nn.Sequential()
    net.add(nn.Dense(1))
    net.initialize(init.Normal(sigma=0.01))
    trainer = gluon.Trainer(net.collect_params(), "sgd", {"learning_rate": 0.1})
    for _ in range(5):
        for rows, target in data:
            assert type(rows) is np.ndarray
            with autograd.record():
                loss = gluon.loss.L2Loss()(net(rows), target)
            loss.backward()
            trainer.step(10)
    assert gluon.loss.L2Loss()(net(x), y).mean() < 1e-3
    assert type(net[0].weight.data()) is np.ndarray and net[0].weight.grad().shape == (1, 2)


def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def cross_entropy(guess, label):
    return -np.log(guess[range(len(guess)), label])


def test_classes_written_out():
    np.random.seed(0)
    x = np.random.normal(size=(60, 4))
    label = x[:, :3].argmax(axis=1)
    w = np.zeros((4, 3))
    w.attach_grad()
    for _ in range(100):
        with autograd.record():
            loss = cross_entropy(softmax(np.dot(x, w)), label).mean()
        loss.backward()
        w -= 2 * w.grad
    assert float((np.dot(x, w).argmax(axis=1) == label).mean()) > 0.9


class Residual(nn.HybridBlock):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv = nn.Conv2D(4, kernel_size=3, padding=1)
        self.norm = nn.BatchNorm()

    def hybrid_forward(self, F, x):
        return F.npx.relu(self.norm(self.conv(x)) + x)


@pytest.mark.parametrize("hybridized", [False, True])
def test_layers_of_layers(hybridized):
    np.random.seed(1)
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, kernel_size=3, activation="relu"), Residual(), nn.MaxPool2D(2),
            nn.Dropout(0.1), nn.Dense(8, activation="sigmoid"), nn.Dense(3))
    net.initialize(init.Xavier())
    if hybridized:
        net.hybridize()
    x, label = np.random.normal(size=(12, 1, 8, 8)), np.array([0, 1, 2] * 4)
    trainer = gluon.Trainer(net.collect_params(), "adam", {"learning_rate": 0.03})
    losses = []
    for _ in range(15):
        with autograd.record():
            loss = gluon.loss.SoftmaxCrossEntropyLoss()(net(x), label)
        loss.backward()
        trainer.step(12)
        losses.append(loss.mean().item())
    assert losses[-1] < losses[0] / 2
    assert net(x).shape == (12, 3) and type(net(x)) is np.ndarray


def test_attention():
    queries, keys = np.random.normal(size=(2, 1, 4)), np.ones((2, 5, 4))
    values = np.arange(20).reshape(1, 5, 4).repeat(2, axis=0)
    for array in (queries, keys, values):
        array.attach_grad()
    with autograd.record():
        scores = npx.batch_dot(queries, keys, transpose_b=True) / 2
        flat = npx.sequence_mask(scores.reshape(-1, 5), np.array([2, 3]), True, value=-1e6, axis=1)
        result = npx.batch_dot(npx.softmax(flat).reshape(scores.shape), values)
    result.backward()
    onp.testing.assert_allclose(result.asnumpy()[:, 0, 0], [2, 4], rtol=1e-4)
    assert values.grad[0, 2:].sum() == 0 and queries.grad.shape == queries.shape


def test_old_arrays_are_refused():
    from gluino import nd
    net = nn.Dense(2)
    net.initialize()
    with pytest.raises((TypeError, AssertionError, ValueError)):
        net(nd.ones((1, 3)))
