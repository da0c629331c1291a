"""gluon.metric: the metrics of MXNet 2.0, with the numbers that 2.0.0b1 gives."""
import gluino as mx
import numpy as np
import pytest
from gluino import nd
from gluino.gluon import metric

PROBS, LABELS = [[.3, .7], [.6, .4], [.2, .8], [.9, .1]], [1, 1, 0, 0]
PROBS3, LABELS3 = [[.3, .5, .2], [.6, .3, .1], [.2, .2, .6], [.1, .8, .1]], [1, 0, 0, 2]
MANY, MANY_LABELS = [[.3, .7, .2], [.6, .4, .9]], [[0, 1, 1], [1, 0, 1]]
NUMBERS = (([1, 2, 3], [1, 2, 4]), ([1, 2], [3, 2]))

TABLE = [
    (metric.F1(), (LABELS, PROBS), 0.5), (metric.F1(threshold=0.75), (LABELS, PROBS), 0),
    (metric.F1(threshold=0.75), (LABELS, [.7, .4, .8, .1]), 0),
    (metric.F1(class_type='multiclass'), (LABELS3, PROBS3), 0.5),
    (metric.F1(class_type='multiclass', average='macro'), (LABELS3, PROBS3), 0.4444444),
    (metric.F1(class_type='multiclass', average=None), (LABELS3, PROBS3), [2 / 3, 2 / 3, 0]),
    (metric.F1(class_type='multilabel'), (MANY_LABELS, MANY), 0.8571429),
    (metric.F1(class_type='multilabel', average='macro'), (MANY_LABELS, MANY), 0.8888889),
    (metric.Fbeta(class_type='multiclass', beta=2, average='macro'), (LABELS3, PROBS3), 0.4629630),
    (metric.Fbeta(class_type='multilabel', beta=2), (MANY_LABELS, MANY), 0.7894737),
    (metric.Fbeta(class_type='multilabel', beta=2, average=None), (MANY_LABELS, MANY),
     [1, 1, 5 / 9]),
    (metric.CrossEntropy(), (LABELS, PROBS), 0.7469410),
    (metric.CrossEntropy(ignore_label=0), (LABELS, PROBS), 0.6364828),
    (metric.CrossEntropy(from_logits=True), (LABELS, PROBS), 0.6799357),
    (metric.CrossEntropy(from_logits=True, ignore_label=1), (LABELS, PROBS), 0.7042943),
    (metric.CrossEntropy(from_logits=True), ([0], [[-200, 100]]), 300),
    (metric.CrossEntropy(axis=0), ([1, 1, 0], [[.3, .7, .5], [.6, .4, .2], [.2, .8, .1]]),
     0.7067545),
    (metric.Perplexity(ignore_label=0), (LABELS, PROBS), 1.8898224),
    (metric.Perplexity(from_logits=True), (LABELS, PROBS), 1.9737508),
    (metric.MCC(), (LABELS, PROBS), 0),
]


def after(measure, *batches):
    for labels, preds in batches:
        measure.update([nd.array(labels)], [nd.array(preds)])
    return measure.get()[1]


@pytest.mark.parametrize('measure, batch, expected', TABLE,
                         ids=lambda value: type(value).__name__)
def test_numbers(measure, batch, expected):
    np.testing.assert_allclose(after(measure, batch), expected, rtol=1e-5)
    np.testing.assert_allclose(after(measure, batch), expected, rtol=1e-5)  # the same twice
    measure.reset()
    assert np.isnan(measure.get()[1])


def test_the_mean_is_that_of_elements_and_not_of_batches():
    for name, expected in (('mae', 0.6), ('mse', 1), ('rmse', 1), ('perplexity', 2.7537675)):
        batches = NUMBERS if name != 'perplexity' else ((LABELS, PROBS), (LABELS3, PROBS3))
        measure = metric.create(name)
        assert measure.name == name
        np.testing.assert_allclose(after(measure, *batches), expected, rtol=1e-6)
    assert after(mx.metric.create('mae'), *NUMBERS) == pytest.approx(2 / 3)  # that of 1.9.1
    pair = ([1, 2, 3], [1, 2, 4]), ([1, 2, 3], [3, 2, 4])
    assert after(metric.create('pearsonr'), *pair) == pytest.approx(0.7385489)


def test_names():
    both = metric.create(['f1', 'acc'])
    both.add('mae')
    assert [type(each) for each in both.metrics] == [metric.F1, mx.metric.Accuracy, metric.MAE]
    assert metric.create('composite') is not None and metric.Accuracy is mx.metric.Accuracy
    assert mx.metric.F1 is not metric.F1 and set(metric.__all__) < set(mx.metric.__all__)


def test_thresholds():
    assert metric.predict_with_threshold(nd.array([.3, .7])).asnumpy().tolist() == [0, 1]
    found = metric.predict_with_threshold(nd.array(MANY), np.array([.2, .5, .9]))
    assert found.asnumpy().tolist() == [[1, 1, 0], [1, 0, 0]]


def test_mistakes():
    with pytest.raises(ValueError, match="class_type.*'binary'"):
        metric.F1(class_type='all')
    with pytest.raises(ValueError, match="average"):
        metric.F1(average='weighted')
    with pytest.raises(ValueError, match='do not fit'):
        after(metric.MAE(), ([[1, 2]], [[1], [2], [3]]))
    with pytest.raises(ValueError, match='do not fit'):
        after(metric.CrossEntropy(), ([1, 0], [[.2, .8]]))
