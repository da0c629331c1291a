"""What metrics give: numbers against NumPy in double precision and MXNet's documented ones."""
import copy
import json
import math
import pickle

import gluino as mx
import numpy as np
import pytest

PRED = [[0.3, 0.7], [0, 1.], [0.4, 0.6]]
LABEL = [0, 1, 1]


def array(values, dtype='float32'):
    return mx.nd.array(values, dtype=dtype)


def value_after(metric, *batches):
    for label, pred in batches:
        metric.update([array(label)], [array(pred)])
    return metric.get()[1]


def test_accuracy():
    metric = mx.metric.Accuracy()
    assert math.isnan(metric.get()[1])
    metric.update(array(LABEL), array(PRED))
    assert metric.get() == ('accuracy', 2 / 3)
    metric.update([array(LABEL)], [array(PRED)])
    assert (metric.num_inst, metric.sum_metric) == (6, 4)
    assert type(metric.get()[1]) is float
    assert str(metric) == "EvalMetric: {'accuracy': 0.6666666666666666}"


def test_accuracy_along_an_axis_and_of_classes():
    scores = np.random.RandomState(0).rand(2, 3, 4)
    labels = np.random.RandomState(1).randint(0, 3, (2, 4))
    expected = (scores.argmax(1) == labels).mean()
    assert value_after(mx.metric.Accuracy(axis=1), (labels, scores)) == expected
    assert value_after(mx.metric.Accuracy(axis=2),
                       (labels, scores.transpose(0, 2, 1))) == expected
    assert value_after(mx.metric.Accuracy(), (LABEL, [0, 1, 0])) == 2 / 3


def test_accuracy_counts_labels_that_are_no_class_as_wrong():
    assert value_after(mx.metric.Accuracy(), ([-1, 5, 1], PRED)) == 1 / 3


@pytest.mark.parametrize('dtype', ['float16', 'float64', 'uint8', 'int32', 'int64'])
def test_accuracy_of_other_types(dtype):
    metric = mx.metric.Accuracy()
    metric.update(array(LABEL, dtype), array(PRED, 'float64'))
    assert metric.get()[1] == 2 / 3


def test_top_k():
    scores = np.random.RandomState(2).rand(20, 6)
    labels = np.random.RandomState(3).randint(0, 6, 20)
    best = np.argsort(-scores, axis=1)[:, :3]
    expected = np.mean([label in row for label, row in zip(labels, best)])
    metric = mx.metric.create('top_k_accuracy', top_k=3)
    assert value_after(metric, (labels, scores)) == expected
    assert metric.name == 'top_k_accuracy_3'
    with pytest.raises(AssertionError):
        mx.metric.TopKAccuracy(1)


def test_f1_and_mcc():
    batches = [(LABEL, PRED), ([1, 0, 0], PRED)]
    assert value_after(mx.metric.F1(average='macro'), *batches) == pytest.approx(0.65)
    assert value_after(mx.metric.F1(average='micro'), *batches) == pytest.approx(2 / 3)
    scores = np.random.RandomState(4).rand(40, 2)
    labels = np.random.RandomState(5).randint(0, 2, 40)
    said = scores.argmax(1)
    assert value_after(mx.metric.MCC(average='micro'), (labels[:20], scores[:20]),
                       (labels[20:], scores[20:])) == pytest.approx(
                           np.corrcoef(labels, said)[0, 1])
    assert value_after(mx.metric.PCC(), (labels[:20], scores[:20]),
                       (labels[20:], scores[20:])) == pytest.approx(
                           np.corrcoef(labels, said)[0, 1])
    assert value_after(mx.metric.MCC(), (LABEL, PRED)) == 0  # all said to be of one class


def test_f1_wants_two_classes():
    with pytest.raises(ValueError):
        mx.metric.F1().update(array([0, 1, 2]), array(PRED))


@pytest.mark.parametrize('metric, expected', [
    (mx.metric.F1(), 0.8), (mx.metric.F1(average='micro'), 0.8), (mx.metric.MCC(), 2 / 3)])
def test_scores_of_more_classes_than_two(metric, expected):
    # Rows 0 and 3 are taken for class 2, and so for none of class 1.
    scores = array([[.1, .2, .7], [.6, .3, .1], [.1, .8, .1], [.2, .2, .6], [0, 1, 0]])
    assert value_after(metric, ([1, 0, 1, 0, 1], scores)) == pytest.approx(expected)


@pytest.mark.parametrize('wrong', [[.9, .1, .8], [1, 0, 2], [1, 0, -1]])
def test_f1_wants_classes_or_scores(wrong):
    for metric in (mx.metric.F1(), mx.metric.MCC()):
        with pytest.raises(ValueError, match='expected predictions of two classes'):
            metric.update(array([1, 0, 1]), array(wrong))


def test_f1_keeps_both_counts():
    for average in ('macro', 'micro'):
        metric = mx.metric.F1(average=average)
        value_after(metric, (LABEL, PRED))
        metric.reset_local()
        assert math.isnan(metric.get()[1])
        assert metric.get_global()[1] == pytest.approx(0.8)
        value_after(metric, (LABEL, PRED))
        assert metric.get()[1] == pytest.approx(0.8)
        metric.reset()
        assert math.isnan(metric.get_global()[1])


def test_pcc_grows_with_the_classes():
    metric = mx.metric.PCC()
    value_after(metric, ([0, 1], [[0.9, 0.1], [0.2, 0.8]]))
    assert metric.get() == ('pcc', pytest.approx(1))
    value_after(metric, ([2, 0, 1], [[0.1, 0.2, 0.7], [0.8, 0.1, 0.1], [0.5, 0.3, 0.2]]))
    assert metric.k == 3
    assert 0 < metric.get()[1] < 1
    metric.reset_local()
    assert math.isnan(metric.get()[1]) and 0 < metric.get_global()[1] < 1


def test_perplexity_and_cross_entropy():
    expected = -np.log([0.3, 1, 0.6])
    assert value_after(mx.metric.create('ce'), (LABEL, PRED)) == pytest.approx(expected.mean())
    assert value_after(mx.metric.create('nll_loss'), (LABEL, PRED)) == pytest.approx(
        expected.mean())
    assert value_after(mx.metric.Perplexity(None), (LABEL, PRED)) == pytest.approx(
        math.exp(expected.mean()))
    metric = mx.metric.Perplexity(1)
    assert value_after(metric, (LABEL, PRED)) == pytest.approx(1 / 0.3)
    assert metric.num_inst == 1
    columns = mx.metric.Perplexity(None, axis=0)
    assert value_after(columns, (LABEL, np.transpose(PRED))) == pytest.approx(
        math.exp(expected.mean()))
    with pytest.raises(AssertionError):
        value_after(metric, ([0, 1], PRED))
    with pytest.raises(ValueError):
        value_after(mx.metric.create('ce'), ([0, 1, 7], PRED))


@pytest.mark.parametrize('name, error', [
    ('mae', lambda x: np.abs(x).mean()), ('mse', lambda x: (x ** 2).mean()),
    ('rmse', lambda x: np.sqrt((x ** 2).mean()))])
def test_errors(name, error):
    draw = np.random.RandomState(0)
    batches = [(draw.randn(5, 3), draw.randn(5, 3)) for _ in range(2)]
    expected = np.mean([error(a - b) for a, b in batches])
    assert value_after(mx.metric.create(name), *batches) == pytest.approx(expected, rel=1e-6)
    flat = [(a[:, 0], a[:, 1:2]) for a, _ in batches]
    expected = np.mean([error(a - b[:, 0]) for a, b in flat])
    assert value_after(mx.metric.create(name), *flat) == pytest.approx(expected, rel=1e-6)


def test_pearson_correlation():
    draw = np.random.RandomState(1)
    batches = [(draw.randn(4, 2), draw.randn(4, 2)) for _ in range(3)]
    each = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in batches]
    assert value_after(mx.metric.create('pearsonr'), *batches) == pytest.approx(np.mean(each))
    joined = [np.concatenate([b[i].ravel() for b in batches]) for i in (0, 1)]
    micro = mx.metric.PearsonCorrelation(average='micro')
    assert value_after(micro, *batches) == pytest.approx(np.corrcoef(*joined)[0, 1])
    with pytest.raises(ValueError):
        micro.update(array([1, 2]), array([1, 2, 3]))


@pytest.mark.parametrize('average', ['macro', 'micro'])
def test_pearson_correlation_of_what_does_not_vary(average):
    for count in range(1, 12):
        varied = np.random.RandomState(count).rand(count)
        same = np.full(count, 0.1)
        for pair in [(same, varied), (varied, same)]:
            metric = mx.metric.PearsonCorrelation(average=average)
            assert math.isnan(value_after(metric, pair, pair)), count


def test_loss_ignores_labels():
    for name in ('loss', 'torch', 'caffe'):
        metric = mx.metric.create(name)
        metric.update(None, [array(PRED)])
        metric.update(0, array(PRED))
        assert metric.get() == (name, pytest.approx(0.5))
        assert metric.num_inst == 12


def test_metrics_of_mxnet_2():
    assert value_after(mx.metric.BinaryAccuracy(threshold=0.6),
                       ([0, 1, 0], [0.7, 1, 0.55])) == pytest.approx(2 / 3)
    assert value_after(mx.metric.Fbeta(beta=2), (LABEL, PRED)) == pytest.approx(10 / 11)
    pairs = ([[1, 0], [4, 2]], [[1, 2], [3, 4]])
    assert value_after(mx.metric.MeanPairwiseDistance(), pairs) == pytest.approx(
        (2 + math.sqrt(5)) / 2)
    assert value_after(mx.metric.MeanCosineSimilarity(), ([[3, 4], [2, 2]],
                                                          [[1, 0], [1, 1]])) == pytest.approx(0.8)


def test_custom_functions():
    metric = mx.metric.create(lambda label, pred: float(((label - pred) ** 2).sum()))
    assert metric.name == 'custom(<lambda>)'
    assert value_after(metric, ([1, 1], [0, 0])) == 2

    def half(label, pred):
        return label.size * 0.5, label.size
    metric = mx.metric.np(half)
    assert metric.name == 'half'
    assert value_after(metric, ([1, 1], [0, 0])) == 0.5
    with pytest.raises(ValueError):
        metric.update([array([1])], [array([1]), array([2])])
    metric = mx.metric.np(half, name='other', allow_extra_outputs=True)
    metric.update([array([1])], [array([1]), array([2])])
    assert metric.get() == ('other', 0.5)
    with pytest.raises(NotImplementedError):
        metric.get_config()


def test_lists_must_be_equally_long():
    metric = mx.metric.Accuracy()
    with pytest.raises(ValueError):
        metric.update([array(LABEL)], [array(PRED), array(PRED)])
    with pytest.raises(ValueError):
        metric.update(array([1, 1]), array(PRED))
    with pytest.raises(TypeError):
        metric.update(LABEL, PRED)
    assert metric.num_inst == 0


def test_names_and_configurations():
    metric = mx.metric.create('acc', axis=2)
    config = metric.get_config()
    assert config == {'axis': 2, 'metric': 'Accuracy', 'name': 'accuracy', 'output_names': None,
                      'label_names': None}
    config.pop('name')
    assert mx.metric.create(**config).axis == 2
    assert mx.metric.create('["topkaccuracy", {"top_k": 3}]').top_k == 3
    assert mx.metric.create(metric) is metric
    for unknown in ('nope', 3, None):
        with pytest.raises(AssertionError):
            mx.metric.create(unknown)


def test_composite():
    metric = mx.metric.create(['acc', mx.metric.MSE()])
    metric.update([array(LABEL)], [array(LABEL)])
    assert metric.get() == (['accuracy', 'mse'], [1, 0])
    assert metric.get_name_value() == [('accuracy', 1), ('mse', 0)]
    metric.add('rmse')
    assert isinstance(metric.get_metric(2), mx.metric.RMSE)
    assert isinstance(metric.get_metric(3), ValueError)
    metric.reset_local()
    assert metric.get_global()[1][:2] == [1, 0]
    assert [each['metric'] for each in metric.get_config()['metrics']] == [
        'Accuracy', 'MSE', 'RMSE']
    assert str(mx.metric.CompositeEvalMetric()) == 'EvalMetric: {}'


def test_dictionaries():
    metric = mx.metric.Accuracy(output_names=['o'], label_names=['l'])
    metric.update_dict({'x': None, 'l': array(LABEL)}, {'o': array(PRED), 'y': None})
    assert metric.get()[1] == 2 / 3
    with pytest.raises(KeyError):
        metric.update_dict({'x': array(LABEL)}, {'o': array(PRED)})


def test_a_users_metric():
    @mx.metric.register
    @mx.metric.alias('of_two')
    class Twos(mx.metric.EvalMetric):
        def __init__(self, step=1):
            super().__init__('twos', step=step)
            self.step = step

        def update(self, labels, preds):
            self.sum_metric += np.float32(self.step)
            self.num_inst += 2

    metric = mx.metric.create('of_two', step=4)
    metric.update(None, None)
    assert metric.get() == metric.get_global() == ('twos', 2)
    assert type(metric.get()[1]) is float
    assert metric.get_config()['step'] == 4
    with pytest.raises(NotImplementedError):
        mx.metric.EvalMetric('bare').update(None, None)


def test_metrics_pickle_and_copy():
    metric = mx.metric.create(['acc', 'f1', 'pcc', 'pearsonr', 'ce'])
    for each in metric.metrics:
        if each.name != 'pearsonr':
            each.update([array(LABEL)], [array(PRED)])
    for other in (pickle.loads(pickle.dumps(metric)), copy.deepcopy(metric)):
        assert str(other) == str(metric)
        other.metrics[0].update([array(LABEL)], [array(PRED)])
        assert other.metrics[0].num_inst == 6
    assert metric.metrics[0].num_inst == 3


class TwoTasks(mx.metric.EvalMetric):
    """Names and values of its own making, as programs for several tasks have them."""

    def __init__(self):
        super().__init__('two')

    def get(self):
        return zip(*(('first', 1.0), ('second', 2.0)))

    def get_name_value(self):
        return list(zip(*self.get()))


def test_values_of_an_epoch_are_those_that_a_metric_gives_itself():
    expected = [('first', 1.0), ('second', 2.0)]
    assert [tuple(pair) for pair in TwoTasks().get_name_value()] == expected
    assert TwoTasks().get_global_name_value() == TwoTasks().get_name_value()


def test_check_label_shapes():
    label, pred = array(LABEL), array(PRED)
    assert mx.metric.check_label_shapes(label, pred, wrap=True)[0][0] is label
    with pytest.raises(ValueError):
        mx.metric.check_label_shapes(label, pred, shape=True)
    with pytest.raises(ValueError):
        mx.metric.check_label_shapes([1], [1, 2])


def test_logarithms_are_those_of_single_precision():
    # Programs compare with these to the bit.
    pred = array([[0.2, 0.3, 0.5], [0.6, 0.1, 0.3]])
    metric = mx.metric.create('nll_loss')
    metric.update([array([2, 1])], [pred])
    values = pred.asnumpy()
    assert metric.get()[1] == -float(np.log(values[0, 2]) + np.log(values[1, 1])) / 2
    wide = mx.metric.create('nll_loss', eps=0)
    wide.update([array([2, 1])], [array([[0.2, 0.3, 0.5], [0.6, 0.1, 0.3]], 'float64')])
    assert wide.get()[1] == pytest.approx(-(math.log(0.5) + math.log(0.1)) / 2, rel=1e-15)


def test_metrics_are_made_again_from_their_configurations():
    for metric in (mx.metric.create('acc', axis=0), mx.metric.create('f1'),
                   mx.metric.create('perplexity', -1), mx.metric.create('pcc'),
                   mx.metric.create('ce', eps=1e-3), mx.metric.create(['acc', 'f1'])):
        config = metric.get_config()
        assert mx.metric.create(json.dumps(config)).get_config() == config
