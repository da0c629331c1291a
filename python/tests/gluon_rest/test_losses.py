"""Losses against their formulas."""
import numpy as np
import pytest

import gluino as mx
from gluino import autograd, nd
from gluino.gluon import loss as losses

RANDOM = np.random.RandomState(3)
PRED = RANDOM.randn(4, 3).astype('float32')
REAL = RANDOM.rand(4, 3).astype('float32')
SIGNS = np.where(RANDOM.rand(4, 3) < 0.5, -1, 1).astype('float32')
WEIGHTS = np.array([[1], [0], [2], [0.5]], dtype='float32')


def softplus(x):
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)


def log_softmax(x):
    return x - np.log(np.exp(x).sum(-1, keepdims=True))


FORMULAS = [
    (losses.L2Loss, {}, REAL, lambda p, y: (p - y) ** 2 / 2),
    (losses.L1Loss, {}, REAL, lambda p, y: abs(p - y)),
    (losses.SigmoidBCELoss, {}, REAL, lambda p, y: softplus(p) - p * y),
    (losses.HuberLoss, {'rho': 0.5}, REAL,
     lambda p, y: np.where(abs(p - y) > 0.5, abs(p - y) - 0.25, (p - y) ** 2)),
    (losses.HingeLoss, {'margin': 0.7}, SIGNS, lambda p, y: np.maximum(0, 0.7 - p * y)),
    (losses.SquaredHingeLoss, {}, SIGNS, lambda p, y: np.maximum(0, 1 - p * y) ** 2),
    (losses.LogisticLoss, {}, SIGNS, lambda p, y: np.log1p(np.exp(-p * y))),
    (losses.LogisticLoss, {'label_format': 'binary'}, (SIGNS > 0).astype('float32'),
     lambda p, y: softplus(p) - p * y),
]


@pytest.mark.parametrize('loss, options, label, formula', FORMULAS)
def test_means_of_elements(loss, options, label, formula):
    expected = formula(PRED, label)
    net = loss(**options)
    result = net(nd.array(PRED), nd.array(label))
    np.testing.assert_allclose(result.asnumpy(), expected.mean(1), rtol=1e-5, atol=1e-6)
    result = loss(weight=(options.get('weight', 1) * 0.3), **options)(
        nd.array(PRED), nd.array(label), nd.array(WEIGHTS))
    factor = 0.3 / 2 if loss is losses.L2Loss else 0.3
    whole = expected * 2 if loss is losses.L2Loss else expected
    np.testing.assert_allclose(result.asnumpy(), (whole * WEIGHTS * factor).mean(1), rtol=1e-5,
                               atol=1e-6)
    net.hybridize()
    np.testing.assert_allclose(net(nd.array(PRED), nd.array(label)).asnumpy(), expected.mean(1),
                               rtol=1e-5, atol=1e-6)


def test_labels_take_the_shape_of_predictions():
    assert losses.L2Loss()(nd.ones((2, 1)), nd.zeros((2,))).asnumpy().tolist() == [0.5, 0.5]
    with pytest.raises(ValueError):
        losses.L1Loss()(nd.ones((2, 3)), nd.ones((5,)))


def test_sigmoid_of_probabilities_and_positive_weights():
    p, factor = 1 / (1 + np.exp(-PRED)), np.array([1, 2, 3], dtype='float32')
    expected = -(np.log(p) * REAL * factor + np.log(1 - p) * (1 - REAL)).mean(1)
    for net, pred in ((losses.SigmoidBCELoss(from_sigmoid=True), p),
                      (losses.SigmoidBCELoss(), PRED)):
        result = net(nd.array(pred), nd.array(REAL), None, nd.array(factor))
        np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-4)


def test_softmax_cross_entropy():
    labels = np.array([0, 2, 1, 1])
    log_p = log_softmax(PRED)
    expected = -log_p[np.arange(4), labels]
    result = losses.SoftmaxCrossEntropyLoss()(nd.array(PRED), nd.array(labels))
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-5)
    result = losses.SoftmaxCELoss(from_logits=True)(nd.array(log_p), nd.array(labels))
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-5)
    result = losses.SoftmaxCELoss(sparse_label=False)(nd.array(PRED), nd.array(REAL))
    np.testing.assert_allclose(result.asnumpy(), -(log_p * REAL).sum(1), rtol=1e-5)
    result = losses.SoftmaxCELoss(axis=1)(nd.ones((2, 3, 4)), nd.ones((2, 4)))
    np.testing.assert_allclose(result.asnumpy(), np.log([3, 3]), rtol=1e-6)


def test_the_gradient_of_softmax_cross_entropy():
    pred, labels = nd.array(PRED), nd.array([0, 2, 1, 1])
    pred.attach_grad()
    with autograd.record():
        loss = losses.SoftmaxCrossEntropyLoss()(pred, labels)
    loss.backward()
    expected = np.exp(log_softmax(PRED)) - np.eye(3)[[0, 2, 1, 1]]
    np.testing.assert_allclose(pred.grad.asnumpy(), expected, rtol=1e-5, atol=1e-6)


def test_divergence():
    label = REAL / REAL.sum(1, keepdims=True)
    expected = (label * (np.log(label) - log_softmax(PRED))).sum(1)
    result = losses.KLDivLoss(from_logits=False)(nd.array(PRED), nd.array(label))
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-4, atol=1e-6)


def test_triplets():
    expected = np.maximum(0, ((REAL - PRED) ** 2 - (SIGNS - PRED) ** 2).sum(1) + 1)
    result = losses.TripletLoss()(nd.array(PRED), nd.array(REAL), nd.array(SIGNS))
    np.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-5, atol=1e-6)


def test_cosines():
    label = np.array([1, -1, 1, -1], dtype='float32')
    cosine = (PRED * REAL).sum(1) / np.linalg.norm(PRED, axis=1) / np.linalg.norm(REAL, axis=1)
    expected = np.where(label == 1, 1 - cosine, np.maximum(0, cosine - 0.1))
    result = losses.CosineEmbeddingLoss(margin=0.1)(nd.array(PRED), nd.array(REAL),
                                                    nd.array(label))
    np.testing.assert_allclose(result.asnumpy()[:, 0], expected, rtol=1e-4, atol=1e-6)


def test_poisson():
    target = np.array([[0, 1, 2], [3, 1, 0], [4, 5, 6], [2, 2, 2]], dtype='float32')
    expected = (np.exp(PRED) - target * PRED).mean()
    result = losses.PoissonNLLLoss()(nd.array(PRED), nd.array(target))
    np.testing.assert_allclose(result.asnumpy(), [expected], rtol=1e-5)
    full = losses.PoissonNLLLoss(compute_full=True)(nd.array(PRED), nd.array(target))
    n = target[target > 1]
    stirling = (n * np.log(n) - n + 0.5 * np.log(2 * np.pi * n)).sum() / target.size
    np.testing.assert_allclose(full.asnumpy(), [expected + stirling], rtol=1e-5)


def test_smoothed_metric_learning():
    x, y, smoothing = PRED, REAL, 0.3
    distances = ((x[:, None] - y[None]) ** 2).sum(2)
    labels = np.where(np.eye(4) == 1, 1 - smoothing, smoothing / 3)
    expected = (labels * (np.log(labels) - log_softmax(-distances))).sum(1)
    for dtype, precision in (('float16', 1e-2), ('float32', 1e-4), ('float64', 1e-6)):
        result = losses.SDMLLoss(smoothing_parameter=smoothing)(nd.array(x, dtype=dtype),
                                                                nd.array(y, dtype=dtype))
        assert np.dtype(result.dtype) == dtype
        np.testing.assert_allclose(result.asnumpy(), expected, rtol=precision, atol=precision)


@pytest.mark.parametrize('shape', [(1, 3), (4, 1), (3,), (1,), (3, 3)])
def test_metric_learning_wants_pairs(shape):
    with pytest.raises(AssertionError, match='x2: expected shape .4, 3. as x1 has'):
        losses.SDMLLoss()(nd.array(PRED), nd.ones(shape))


# MXNet's numbers, of predictions that are all alike.
def test_ctc():
    label = nd.array([[1, 0, -1, -1], [2, 1, 1, -1]])
    expected = [18.82820702, 16.50581741]
    for layout, label_layout in (('NTC', 'NT'), ('TNC', 'TN')):
        loss = losses.CTCLoss(layout=layout, label_layout=label_layout)
        pred = nd.ones((2, 20, 4) if layout == 'NTC' else (20, 2, 4))
        given = label if label_layout == 'NT' else label.T
        np.testing.assert_allclose(loss(pred, given).asnumpy(), expected, rtol=1e-5)
        lengths = loss(pred, given, None, nd.array([2, 3])).asnumpy()
        np.testing.assert_allclose(lengths, expected, rtol=1e-5)
        both = loss(pred, given, nd.array([18, 18]), nd.array([2, 3])).asnumpy()
        np.testing.assert_allclose(both, [16.467596, 14.388154], rtol=1e-5)


def test_what_is_none_says_so():
    with pytest.raises(AssertionError):
        losses.CTCLoss(layout='other')
    with pytest.raises(ValueError):
        losses.LogisticLoss(label_format='other')


def test_representation():
    assert repr(losses.L2Loss()) == 'L2Loss(batch_axis=0, w=1.0)'
    assert repr(losses.SoftmaxCELoss()) == 'SoftmaxCrossEntropyLoss(batch_axis=0, w=None)'


def test_arrays_with_numpys_rules():
    with mx.util.np_shape(True), mx.util.np_array(True):
        for loss, label in [(losses.L2Loss, REAL), (losses.SigmoidBCELoss, REAL),
                            (losses.SoftmaxCELoss, np.array([0., 2, 1, 1])),
                            (losses.HuberLoss, REAL), (losses.HingeLoss, SIGNS)]:
            result = loss()(mx.np.array(PRED), mx.np.array(label))
            assert isinstance(result, mx.np.ndarray) and result.shape == (4,)
            net = loss()
            net.hybridize()
            np.testing.assert_allclose(net(mx.np.array(PRED), mx.np.array(label)).asnumpy(),
                                       result.asnumpy(), rtol=1e-5, atol=1e-6)


def test_ctc_of_numpys_arrays():
    classic = losses.CTCLoss()(nd.ones((2, 20, 4)), nd.array([[1, 0, -1, -1], [2, 1, 1, -1]]))
    with mx.util.np_array(True), mx.util.np_shape(True):
        pred, label = mx.np.ones((2, 20, 4)), mx.np.array([[1, 0, -1, -1], [2, 1, 1, -1]])
        result = losses.CTCLoss()(pred, label)
    assert isinstance(result, mx.np.ndarray)
    np.testing.assert_allclose(result.asnumpy(), classic.asnumpy())


@pytest.mark.parametrize('hybrid', [False, True])
def test_weights_may_repeat_losses_along_axes_of_size_1(hybrid):
    """MXNet 1.9.1's numbers: of a mask in the shape of labels that are no classes."""
    pred = nd.array([[[0.1, 0.5, -0.2], [0.3, -0.4, 0.9]], [[-1, 0.2, 0.4], [0.7, 0, 0.6]]])
    label = nd.array([[[0.2, 0.5, 0.3], [1, 0, 0]], [[0, 0.5, 0.5], [0.1, 0.8, 0.1]]])
    weights = nd.array([[[1, 2, 3], [0, 0, 0]], [[1, 1, 1], [0.5, 0, 2]]])
    loss = losses.SoftmaxCELoss(sparse_label=False)
    loss.hybridize(hybrid)
    found = loss(pred, label, weights)
    np.testing.assert_allclose(found.asnumpy(), [1.0632972, 1.015171], rtol=1e-5)
    with pytest.raises(ValueError, match='sample_weight: expected'):
        losses.SoftmaxCELoss(sparse_label=False)(pred, label, nd.ones((4, 2, 3)))  # more samples
