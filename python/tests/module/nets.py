"""Small networks and data that the tests train."""

import numpy as np

import gluino as mx


def mlp(hidden=8, classes=3):
    net = mx.sym.var("data")
    net = mx.sym.FullyConnected(net, num_hidden=hidden, name="fc1")
    net = mx.sym.Activation(net, act_type="relu", name="relu1")
    net = mx.sym.FullyConnected(net, num_hidden=classes, name="fc2")
    return mx.sym.SoftmaxOutput(net, name="softmax")


def normalized(classes=3):
    net = mx.sym.BatchNorm(mx.sym.var("data"), name="bn", fix_gamma=True)
    net = mx.sym.FullyConnected(net, num_hidden=classes, name="fc")
    return mx.sym.SoftmaxOutput(net, name="softmax")


def clusters(count=60, classes=3, width=6):
    """Points around one corner per class, which a small network tells apart."""
    random = np.random.RandomState(7)
    labels = np.arange(count) % classes
    points = random.rand(count, width).astype("float32") * 0.3
    points[np.arange(count), labels] += 1
    return points, labels.astype("float32")


def iterator(batch_size=10, count=60, **options):
    points, labels = clusters(count)
    return mx.io.NDArrayIter(points, labels, batch_size, **options)


def numbers(params):
    return {name: array.asnumpy() for name, array in params.items()}


def same(left, right):
    return left.keys() == right.keys() and all(
        np.array_equal(left[name], right[name]) for name in left
    )
