"""The second tutorial: Gluon 2 with NumPy's names, on several devices."""
import mxnet as mx
import numpy as onp
import pytest
from mxnet import autograd as ag
from mxnet import gluon, np, npx
from mxnet.gluon import nn
from mxnet.gluon.data.vision import transforms

BATCH_SIZE = 100


def transform(data, label):
    return transforms.ToTensor()(data), label.astype(np.float32)


def loaders(num_workers=8):
    train_data = gluon.data.vision.MNIST(train=True).transform(transform)
    val_data = gluon.data.vision.MNIST(train=False).transform(transform)
    return (gluon.data.DataLoader(train_data, shuffle=True, batch_size=BATCH_SIZE,
                                  num_workers=num_workers),
            gluon.data.DataLoader(val_data, shuffle=False, batch_size=BATCH_SIZE,
                                  num_workers=num_workers))


def make_mlp():
    net = nn.Sequential()
    net.add(nn.Flatten())
    net.add(nn.Dense(128, activation='relu'))
    net.add(nn.Dense(64, activation='relu'))
    net.add(nn.Dense(10))
    return net


class Net(gluon.Block):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv1 = nn.Conv2D(20, kernel_size=(5, 5))
        self.pool1 = nn.MaxPool2D(pool_size=(2, 2), strides=(2, 2))
        self.conv2 = nn.Conv2D(50, kernel_size=(5, 5))
        self.pool2 = nn.MaxPool2D(pool_size=(2, 2), strides=(2, 2))
        self.fc1 = nn.Dense(500)
        self.fc2 = nn.Dense(10)

    def forward(self, x):
        x = self.pool1(np.tanh(self.conv1(x)))
        x = self.pool2(np.tanh(self.conv2(x)))
        # The first axis stays, the others become one.
        x = x.reshape((-2, -1))
        x = np.tanh(self.fc1(x))
        return self.fc2(x)


def devices():
    gpus = mx.test_utils.list_gpus()
    return [mx.gpu()] if gpus else [mx.cpu(0), mx.cpu(1)]


def train(net, train_loader, device, epochs, learning_rate):
    net.initialize(mx.init.Xavier(magnitude=2.24), device=device)
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': learning_rate})
    metric = mx.gluon.metric.Accuracy()
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    for i in range(epochs):
        for data, label in train_loader:
            data = gluon.utils.split_and_load(data, device)
            label = gluon.utils.split_and_load(label, device)
            outputs = []
            with ag.record():
                for x, y in zip(data, label):
                    z = net(x)
                    loss(z, y).backward()
                    outputs.append(z)
            metric.update(label, outputs)
            trainer.step(BATCH_SIZE)
        name, acc = metric.get()
        metric.reset()
        print('training acc at epoch %d: %s=%f' % (i, name, acc))


def validate(net, val_loader, device):
    metric = mx.gluon.metric.Accuracy()
    for data, label in val_loader:
        data = gluon.utils.split_and_load(data, device)
        label = gluon.utils.split_and_load(label, device)
        metric.update(label, [net(x) for x in data])
    print('validation acc: %s=%f' % metric.get())
    return metric.get()[1]


@pytest.fixture(params=[False, True], ids=['nd', 'np'])
def lesson(request, digits):
    """MXNet 2 needs no npx.set_np(); programs that call it get arrays of mx.np."""
    if request.param:
        npx.set_np()
    np.random.seed(42)
    yield loaders(num_workers=2)
    npx.reset_np()


def test_mlp(lesson, capsys):
    train_loader, val_loader = lesson
    net = make_mlp()
    device = [mx.cpu(0), mx.cpu(1)]
    train(net, train_loader, device, 3, 0.02)
    assert [line.split('=')[0] for line in capsys.readouterr().out.splitlines()] == [
        f'training acc at epoch {epoch}: accuracy' for epoch in range(3)]
    assert validate(net, val_loader, device) > 0.4
    # One step updated the copies of all devices alike.
    for parameter in net.collect_params().values():
        first, second = (copy.asnumpy() for copy in parameter.list_data())
        onp.testing.assert_array_equal(first, second)
    assert [parameter.list_ctx() for parameter in net.collect_params().values()] == [device] * 6


def test_lenet(lesson):
    train_loader, val_loader = lesson
    net = Net()
    device = [mx.cpu(0), mx.cpu(1)]
    train(net, train_loader, device, 2, 0.03)
    assert validate(net, val_loader, device) > 0.6
    assert type(net(next(iter(val_loader))[0])) is (np.ndarray if npx.is_np_array() else mx.nd.NDArray)


def test_data(digits):
    mnist = mx.test_utils.get_mnist()
    assert sorted(mnist) == ['test_data', 'test_label', 'train_data', 'train_label']
    assert mnist['train_data'].shape == (4000, 1, 28, 28)
    train_loader, _ = loaders()
    seen = 0
    for data, label in train_loader:
        assert data.shape == (100, 1, 28, 28) and data.dtype == np.float32
        assert label.shape == (100,) and label.dtype == np.float32
        assert 0 <= data.min() and data.max() <= 1
        assert data.to_device(mx.cpu(1)).ctx == mx.cpu(1)
        seen += len(label)
    assert seen == 4000


@pytest.mark.slow
def test_whole(mnist):
    np.random.seed(42)
    train_loader, val_loader = loaders()
    device = devices()
    mlp = make_mlp()
    train(mlp, train_loader, device, 10, 0.02)
    assert validate(mlp, val_loader, device) > 0.94
    lenet = Net()
    train(lenet, train_loader, device, 10, 0.03)
    assert validate(lenet, val_loader, device) > 0.98
