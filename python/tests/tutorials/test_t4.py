"""The fourth tutorial: a function that trains, its settings and its log."""
import gzip
import logging
import re
import struct

import mxnet as mx
import numpy as np
import pytest


def read_data(label_url, image_url):
    with gzip.open(label_url) as flbl:
        struct.unpack('>II', flbl.read(8))
        label = np.frombuffer(flbl.read(), dtype=np.int8)
    with gzip.open(image_url, 'rb') as fimg:
        _, num, rows, cols = struct.unpack('>IIII', fimg.read(16))
        image = np.frombuffer(fimg.read(), dtype=np.uint8).reshape(len(label), rows, cols)
    return image, label


def to4d(img):
    return img.reshape(img.shape[0], 1, 28, 28).astype(np.float32) / 255


def load(folder):
    train = read_data(folder / 'train-labels-idx1-ubyte.gz', folder / 'train-images-idx3-ubyte.gz')
    test = read_data(folder / 't10k-labels-idx1-ubyte.gz', folder / 't10k-images-idx3-ubyte.gz')
    return {'train_data': to4d(train[0]), 'train_label': train[1],
            'test_data': to4d(test[0]), 'test_label': test[1]}


def conv_layer(input_layer, kernel, num_filters, activation):
    conv = mx.sym.Convolution(data=input_layer, kernel=kernel, num_filter=num_filters)
    act = mx.sym.Activation(data=conv, act_type=activation)
    return mx.sym.Pooling(data=act, pool_type='max', kernel=(2, 2), stride=(2, 2))


def ann(input_layer, kernels, num_filters, activation, num_hidden):
    layer = input_layer
    for kernel, filters in zip(kernels, num_filters):
        layer = conv_layer(layer, kernel, filters, activation)
    fc1 = mx.sym.FullyConnected(data=mx.sym.flatten(data=layer), num_hidden=num_hidden)
    act = mx.sym.Activation(data=fc1, act_type=activation)
    fc2 = mx.sym.FullyConnected(data=act, num_hidden=10)
    return mx.sym.SoftmaxOutput(data=fc2, name='softmax')


def train(data, ctx, num_epoch=10, batch_size=100, learning_rate=0.1, activation='tanh',
          kernels=((5, 5), (5, 5)), num_filters=(20, 50), num_hidden=500, **options):
    train_iter = mx.io.NDArrayIter(data['train_data'], data['train_label'], batch_size,
                                   shuffle=True)
    val_iter = mx.io.NDArrayIter(data['test_data'], data['test_label'], batch_size)
    model = mx.module.Module(
        symbol=ann(mx.sym.var('data'), kernels, num_filters, activation, num_hidden), context=ctx)
    model.fit(train_iter, eval_data=val_iter, optimizer='sgd',
              optimizer_params={'learning_rate': learning_rate}, eval_metric='accuracy',
              batch_end_callback=mx.callback.Speedometer(batch_size, 100), num_epoch=num_epoch,
              **options)
    metric = mx.metric.Accuracy()
    model.score(val_iter, metric)
    return model, metric.get()[1]


def context():
    return mx.gpu(0) if mx.context.num_gpus() > 0 else mx.cpu(0)


def test_data(digits):
    data = load(digits)
    theirs = mx.test_utils.get_mnist()
    assert data['train_data'][42].shape == (1, 28, 28)
    assert (data['train_data'].min(), data['train_data'].max()) == (0.0, 1.0)
    for name, array in data.items():
        np.testing.assert_array_equal(array, theirs[name])


@pytest.mark.parametrize('activation', ['tanh', 'relu'])
def test_settings(digits, caplog, activation):
    caplog.set_level(logging.INFO)
    mx.random.seed(42)
    data = load(digits)
    model, accuracy = train(data, context(), num_epoch=2, batch_size=20, activation=activation,
                            learning_rate=0.05, kernels=[(5, 5), (3, 3)], num_filters=[6, 12],
                            num_hidden=50, initializer=mx.init.Xavier())
    assert accuracy > 0.75
    lines = [re.sub(r'\d+\.\d+', 'N', line) for line in caplog.messages]
    assert lines[:4] == ['Epoch[0] Batch [0-100]\tSpeed: N samples/sec\taccuracy=N',
                         'Epoch[0] Train-accuracy=N', 'Epoch[0] Time cost=N',
                         'Epoch[0] Validation-accuracy=N']
    assert lines[4:] == [line.replace('[0]', '[1]', 1) for line in lines[:4]]
    # The last line of the log says what the function gives: a search may read either.
    assert caplog.messages[-1] == f'Epoch[1] Validation-accuracy={accuracy:f}'

    prob = model.predict(mx.io.NDArrayIter(data['test_data'], None, 20))
    assert prob[24].shape == (10,)
    said = np.argmax(prob[24])
    assert isinstance(said, mx.nd.NDArray) and said.shape == (1,)
    shapes = {name: array.shape for name, array in model.get_params()[0].items()}
    assert sorted(shapes.values()) == [
        (6,), (6, 1, 5, 5), (10,), (10, 50), (12,), (12, 6, 3, 3), (50,), (50, 300)]


@pytest.mark.slow
@pytest.mark.parametrize('activation', ['tanh', 'relu'])
def test_whole(mnist, caplog, activation):
    caplog.set_level(logging.INFO)
    mx.random.seed(42)
    data = load(mnist)
    assert data['train_label'][42] == 7
    model, accuracy = train(data, context(), activation=activation)
    print('accuracy', accuracy)
    # Weights begin within 0.01 of zero: the first epoch stays at what guessing gives.
    first = float(re.search(r'Epoch\[0\] Validation-accuracy=(.*)', caplog.text)[1])
    assert first == pytest.approx(0.1135, abs=0.02)
    assert accuracy > 0.985
    prob = model.predict(mx.io.NDArrayIter(data['test_data'], None, 100))
    assert int(np.argmax(prob[24]).asscalar()) == data['test_label'][24] == 4
