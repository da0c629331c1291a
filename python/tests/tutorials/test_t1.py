"""The first tutorial: Gluon, one statement after the other."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd, gluon, nd
from mxnet.gluon import nn

BATCH_SIZE = 100


def data_xform(data):
    return nd.moveaxis(data, 2, 0).astype('float32') / 255


def loaders():
    train_data = mx.gluon.data.vision.MNIST(train=True).transform_first(data_xform)
    val_data = mx.gluon.data.vision.MNIST(train=False).transform_first(data_xform)
    return (mx.gluon.data.DataLoader(train_data, shuffle=True, batch_size=BATCH_SIZE),
            mx.gluon.data.DataLoader(val_data, shuffle=False, batch_size=BATCH_SIZE))


def make_mlp():
    net = nn.HybridSequential(prefix='MLP_')
    with net.name_scope():
        net.add(
            nn.Flatten(),
            nn.Dense(128, activation='relu'),
            nn.Dense(64, activation='relu'),
            nn.Dense(10, activation=None)
        )
    return net


def make_lenet():
    lenet = nn.HybridSequential(prefix='LeNet_')
    with lenet.name_scope():
        lenet.add(
            nn.Conv2D(channels=20, kernel_size=(5, 5), activation='tanh'),
            nn.MaxPool2D(pool_size=(2, 2), strides=(2, 2)),
            nn.Conv2D(channels=50, kernel_size=(5, 5), activation='tanh'),
            nn.MaxPool2D(pool_size=(2, 2), strides=(2, 2)),
            nn.Flatten(),
            nn.Dense(500, activation='tanh'),
            nn.Dense(10, activation=None),
        )
    return lenet


def train(net, train_loader, ctx, num_epochs, learning_rate=0.04):
    trainer = gluon.Trainer(
        params=net.collect_params(),
        optimizer='sgd',
        optimizer_params={'learning_rate': learning_rate},
    )
    metric = mx.metric.Accuracy()
    loss_function = gluon.loss.SoftmaxCrossEntropyLoss()
    for epoch in range(num_epochs):
        for inputs, labels in train_loader:
            inputs = inputs.as_in_context(ctx)
            labels = labels.as_in_context(ctx)
            with autograd.record():
                outputs = net(inputs)
                loss = loss_function(outputs, labels)
            loss.backward()
            metric.update(labels, outputs)
            trainer.step(batch_size=inputs.shape[0])
        name, acc = metric.get()
        print('After epoch {}: {} = {}'.format(epoch + 1, name, acc))
        metric.reset()


def validate(net, val_loader, ctx):
    metric = mx.metric.Accuracy()
    for inputs, labels in val_loader:
        inputs = inputs.as_in_context(ctx)
        labels = labels.as_in_context(ctx)
        metric.update(labels, net(inputs))
    print('Validation: {} = {}'.format(*metric.get()))
    return metric.get()[1]


def get_mislabeled(net, loader, ctx):
    """Images that the network got wrong, with what it said and what was right."""
    mislabeled = []
    for inputs, labels in loader:
        inputs = inputs.as_in_context(ctx)
        labels = labels.as_in_context(ctx)
        outputs = net(inputs)
        # The predicted label is the one with the largest output.
        preds = nd.argmax(outputs, axis=1)
        for i, p, l in zip(inputs, preds, labels):
            p, l = int(p.asscalar()), int(l.asscalar())
            if p != l:
                mislabeled.append((i.asnumpy(), p, l))
    return mislabeled


def context():
    return mx.gpu(0) if mx.context.num_gpus() > 0 else mx.cpu(0)


@pytest.fixture
def lesson(digits):
    mx.random.seed(42)
    return loaders()


def test_data(lesson):
    train_loader, val_loader = lesson
    assert len(train_loader) == 40 and len(val_loader) == 10
    for inputs, labels in train_loader:
        assert inputs.shape == (100, 1, 28, 28) and inputs.dtype == np.float32
        assert labels.shape == (100,) and labels.dtype == np.int32
        assert inputs.min().asscalar() == 0 and inputs.max().asscalar() == 1
    first = [next(iter(train_loader))[1].asnumpy().tolist() for _ in range(2)]
    assert first[0] != first[1], 'each epoch has an order of its own'
    again = [next(iter(val_loader))[1].asnumpy().tolist() for _ in range(2)]
    assert again[0] == again[1]
    image, label = mx.gluon.data.vision.MNIST(train=True)[0]
    assert image.shape == (28, 28, 1) and image.dtype == np.uint8
    assert type(label) is np.int32


def test_mlp(lesson, capsys):
    train_loader, val_loader = lesson
    ctx = context()
    net = make_mlp()
    assert repr(net) == '''HybridSequential(
  (0): Flatten
  (1): Dense(None -> 128, Activation(relu))
  (2): Dense(None -> 64, Activation(relu))
  (3): Dense(None -> 10, linear)
)'''
    net.initialize(mx.init.Xavier(), ctx=ctx)
    train(net, train_loader, ctx, 3)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(' = ')[0] for line in lines] == [
        f'After epoch {epoch}: accuracy' for epoch in (1, 2, 3)]
    assert repr(net[1]) == 'Dense(784 -> 128, Activation(relu))'
    assert list(net.collect_params()) == [
        f'MLP_dense{layer}_{kind}' for layer in range(3) for kind in ('weight', 'bias')]
    accuracy = validate(net, val_loader, ctx)
    assert accuracy > 0.5
    assert capsys.readouterr().out == f'Validation: accuracy = {accuracy}\n'

    wrong = get_mislabeled(net, val_loader, ctx)
    assert len(wrong) == round(1000 * (1 - accuracy))
    image, predicted, actual = wrong[0]
    assert image.shape == (1, 28, 28) and predicted != actual


def test_parameters_of_a_layer():
    conv = nn.Conv2D(kernel_size=(3, 3), channels=32, in_channels=16, activation='relu',
                     prefix='conv_')
    assert str(conv.params) == '''conv_ (
  Parameter conv_weight (shape=(32, 16, 3, 3), dtype=<class 'numpy.float32'>)
  Parameter conv_bias (shape=(32,), dtype=<class 'numpy.float32'>)
)'''


def test_lenet_table(capsys):
    lenet = make_lenet()
    lenet.initialize(mx.init.Xavier(), ctx=context())
    lenet.summary(nd.zeros((1, 1, 28, 28), ctx=context()))
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split('  ') for line in lines]
    rows = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert [row for row in rows if len(row) == 3] == [
        ['Layer (type)', 'Output Shape', 'Param #'],
        ['Input', '(1, 1, 28, 28)', '0'],
        ['Activation-1', '(1, 20, 24, 24)', '0'],
        ['Conv2D-2', '(1, 20, 24, 24)', '520'],
        ['MaxPool2D-3', '(1, 20, 12, 12)', '0'],
        ['Activation-4', '(1, 50, 8, 8)', '0'],
        ['Conv2D-5', '(1, 50, 8, 8)', '25050'],
        ['MaxPool2D-6', '(1, 50, 4, 4)', '0'],
        ['Flatten-7', '(1, 800)', '0'],
        ['Activation-8', '(1, 500)', '0'],
        ['Dense-9', '(1, 500)', '400500'],
        ['Dense-10', '(1, 10)', '5010'],
    ]
    assert lines[-7:] == [
        'Parameters in forward computation graph, duplicate included',
        '   Total params: 431080',
        '   Trainable params: 431080',
        '   Non-trainable params: 0',
        'Shared params in forward computation graph: 0',
        'Unique parameters in model: 431080',
        '-' * 80]


def test_lenet(lesson):
    train_loader, val_loader = lesson
    ctx = context()
    lenet = make_lenet()
    lenet.initialize(mx.init.Xavier(), ctx=ctx)
    train(lenet, train_loader, ctx, 3)
    accuracy = validate(lenet, val_loader, ctx)
    assert accuracy > 0.7

    inputs = next(iter(val_loader))[0]
    before = lenet(inputs).asnumpy()
    lenet.hybridize()
    np.testing.assert_allclose(lenet(inputs).asnumpy(), before, rtol=1e-4, atol=1e-5)
    drawing = mx.viz.plot_network(lenet(mx.sym.var('data')))
    assert 'LeNet_conv0_fwd' in drawing.source


@pytest.mark.slow
def test_whole(mnist):
    mx.random.seed(42)
    train_loader, val_loader = loaders()
    ctx = context()
    net = make_mlp()
    net.initialize(mx.init.Xavier(), ctx=ctx)
    train(net, train_loader, ctx, 10)
    assert validate(net, val_loader, ctx) > 0.96
    lenet = make_lenet()
    lenet.initialize(mx.init.Xavier(), ctx=ctx)
    train(lenet, train_loader, ctx, 10)
    assert validate(lenet, val_loader, ctx) > 0.985
