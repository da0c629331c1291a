"""The third tutorial: symbols and modules."""
import logging
import re

import mxnet as mx
import numpy as np
import pytest

BATCH_SIZE = 100


def make_mlp():
    data = mx.sym.var('data')
    data = mx.sym.flatten(data=data)
    fc1 = mx.sym.FullyConnected(data=data, num_hidden=128)
    act1 = mx.sym.Activation(data=fc1, act_type='relu')
    fc2 = mx.sym.FullyConnected(data=act1, num_hidden=64)
    act2 = mx.sym.Activation(data=fc2, act_type='relu')
    fc3 = mx.sym.FullyConnected(data=act2, num_hidden=10)
    return mx.sym.SoftmaxOutput(data=fc3, name='softmax')


def make_lenet():
    data = mx.sym.var('data')
    conv1 = mx.sym.Convolution(data=data, kernel=(5, 5), num_filter=20)
    tanh1 = mx.sym.Activation(data=conv1, act_type='tanh')
    pool1 = mx.sym.Pooling(data=tanh1, pool_type='max', kernel=(2, 2), stride=(2, 2))
    conv2 = mx.sym.Convolution(data=pool1, kernel=(5, 5), num_filter=50)
    tanh2 = mx.sym.Activation(data=conv2, act_type='tanh')
    pool2 = mx.sym.Pooling(data=tanh2, pool_type='max', kernel=(2, 2), stride=(2, 2))
    flatten = mx.sym.flatten(data=pool2)
    fc1 = mx.symbol.FullyConnected(data=flatten, num_hidden=500)
    tanh3 = mx.sym.Activation(data=fc1, act_type='tanh')
    fc2 = mx.sym.FullyConnected(data=tanh3, num_hidden=10)
    return mx.sym.SoftmaxOutput(data=fc2, name='softmax')


def iterators(mnist):
    return (mx.io.NDArrayIter(mnist['train_data'], mnist['train_label'], BATCH_SIZE, shuffle=True),
            mx.io.NDArrayIter(mnist['test_data'], mnist['test_label'], BATCH_SIZE))


def fitted(symbol, mnist, num_epoch, frequent=100, **options):
    ctx = mx.gpu() if mx.test_utils.list_gpus() else mx.cpu()
    train_iter, val_iter = iterators(mnist)
    model = mx.mod.Module(symbol=symbol, context=ctx)
    model.fit(train_iter,
              eval_data=val_iter,
              optimizer='sgd',
              optimizer_params={'learning_rate': 0.1},
              eval_metric='acc',
              batch_end_callback=mx.callback.Speedometer(BATCH_SIZE, frequent),
              num_epoch=num_epoch, **options)
    return model


def score(model, mnist):
    test_iter = mx.io.NDArrayIter(mnist['test_data'], mnist['test_label'], BATCH_SIZE)
    acc = mx.metric.Accuracy()
    model.score(test_iter, acc)
    print(acc)
    return acc.get()[1]


@pytest.fixture
def lesson(digits):
    mx.random.seed(42)
    # Weights are drawn in the order of their names, which are counted from 0 here, not from what
    # other tests left.
    with mx.name.NameManager():
        yield mx.test_utils.get_mnist()


def test_data(lesson):
    assert lesson['train_data'].shape == (4000, 1, 28, 28)
    assert lesson['train_data'].dtype == np.float32 and lesson['train_label'].dtype == np.int8
    train_iter, _ = iterators(lesson)
    assert train_iter.provide_data == [('data', (100, 1, 28, 28))]
    assert train_iter.provide_label == [('softmax_label', (100,))]


def test_mlp(lesson, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    # Weights of these few epochs begin larger than those of the tutorial.
    model = fitted(make_mlp(), lesson, 2, frequent=20, initializer=mx.init.Xavier())
    lines = [re.sub(r'(\d+\.\d+|nan)', 'N', line) for line in caplog.messages]
    epochs = [[
        f'Epoch[{epoch}] Batch [0-20]\tSpeed: N samples/sec\taccuracy=N',
        f'Epoch[{epoch}] Train-accuracy=N',
        f'Epoch[{epoch}] Time cost=N',
        f'Epoch[{epoch}] Validation-accuracy=N'] for epoch in (0, 1)]
    assert lines == epochs[0] + epochs[1]

    test_iter = mx.io.NDArrayIter(lesson['test_data'], None, BATCH_SIZE)
    prob = model.predict(test_iter)
    assert prob.shape == (1000, 10) and type(prob) is mx.nd.NDArray
    np.testing.assert_allclose(prob.asnumpy().sum(axis=1), 1, rtol=1e-5)
    accuracy = score(model, lesson)
    assert accuracy > 0.6
    assert capsys.readouterr().out == f"EvalMetric: {{'accuracy': {accuracy}}}\n"
    assert caplog.messages[-1] == f'Epoch[1] Validation-accuracy={accuracy:f}'
    assert accuracy == (prob.asnumpy().argmax(axis=1) == lesson['test_label']).mean()


def test_lenet(lesson):
    model = fitted(make_lenet(), lesson, 2, initializer=mx.init.Xavier())
    assert score(model, lesson) > 0.8
    arguments, auxiliaries = model.get_params()
    assert sum(array.size for array in arguments.values()) == 431080 and auxiliaries == {}


@pytest.mark.slow
def test_whole(mnist):
    mx.random.seed(42)
    data = mx.test_utils.get_mnist()
    model = fitted(make_mlp(), data, 10)
    prob = model.predict(mx.io.NDArrayIter(data['test_data'], None, BATCH_SIZE))
    assert prob.shape == (10000, 10)
    assert score(model, data) > 0.96
    lenet = fitted(make_lenet(), data, 10)
    assert score(lenet, data) > 0.98
