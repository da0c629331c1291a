"""The training loop with event handlers."""
import logging
import os

import numpy as np
import pytest

import gluino as mx
from gluino import gluon
from gluino.gluon import nn
from gluino.gluon.contrib import estimator as est


class Lines(logging.Handler):
    """Keeps what is logged."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def network():
    net = nn.HybridSequential()
    net.add(nn.Dense(4, activation='tanh'), nn.Dense(3))
    net.initialize(mx.init.Xavier())
    return net


def loader(count=20):
    random = np.random.RandomState(0)
    labels = random.randint(0, 3, count)
    data = (np.eye(3)[labels] + 0.1 * random.randn(count, 3)).astype('float32')
    return gluon.data.DataLoader(gluon.data.ArrayDataset(data, labels.astype('int32')), 5)


def trained(net=None, **options):
    net = net or network()
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.2})
    result = est.Estimator(net, gluon.loss.SoftmaxCrossEntropyLoss(),
                           train_metrics=mx.metric.Accuracy(), trainer=trainer,
                           context=mx.cpu(), **options)
    result.lines = Lines()
    result.logger.handlers = [result.lines]
    return result


def test_it_learns():
    estimator = trained()
    estimator.fit(loader(), val_data=loader(), epochs=15)
    name, value = estimator.train_metrics[0].get()
    assert name == 'training accuracy' and value > 0.9
    estimator.evaluate(loader())
    name, value = estimator.val_metrics[0].get()
    assert name == 'validation accuracy' and value > 0.9
    assert 'Train for 15 epochs.' in estimator.lines.lines
    assert any(line.startswith('[Epoch 14] Finished in') and 'training accuracy: ' in line
               for line in estimator.lines.lines)


def test_batches():
    class Counts(est.BatchEnd, est.EpochEnd):
        batches = epochs = 0

        def batch_end(self, estimator, *args, **kwargs):
            assert kwargs['pred'][0].shape == (5, 3)
            self.batches += 1

        def epoch_end(self, estimator, *args, **kwargs):
            self.epochs += 1

    counts = Counts()
    trained().fit(loader(), batches=6, event_handlers=[counts])
    assert (counts.batches, counts.epochs) == (6, 2)


def test_stopping_early():
    estimator = trained()
    handler = est.EarlyStoppingHandler(monitor=estimator.train_metrics[0], patience=2,
                                       min_delta=10, mode='max')
    estimator.fit(loader(), epochs=50, event_handlers=[handler])
    assert handler.stop_training and handler.current_epoch < 10


class Stops(est.BatchEnd, est.EpochEnd):
    """Counts, and returns True in its second event of a kind."""

    def __init__(self, kind):
        self.kind = kind
        self.batches = self.epochs = 0

    def batch_end(self, estimator, *args, **kwargs):
        self.batches += 1
        return self.kind == 'batch' and self.batches == 2

    def epoch_end(self, estimator, *args, **kwargs):
        self.epochs += 1
        return self.kind == 'epoch' and self.epochs == 2


@pytest.mark.parametrize('kind, batches, epochs', [('batch', 2 + 4 + 4, 3), ('epoch', 8, 2)])
def test_true_at_the_end_of_a_batch_ends_the_epoch_and_of_an_epoch_the_training(
        kind, batches, epochs):
    handler = Stops(kind)
    trained().fit(loader(), epochs=3, event_handlers=[handler])
    assert (handler.batches, handler.epochs) == (batches, epochs)


def test_a_metric_of_ones_own_may_stop_the_training():
    class Falls(est.EpochEnd):
        metric = mx.metric.Loss('falls')

        def epoch_end(self, estimator, *args, **kwargs):
            self.metric.reset()
            self.metric.update(None, mx.nd.array([max(1, 3 - stopping.current_epoch)]))

    stopping = est.EarlyStoppingHandler(Falls.metric, mode='min', patience=2)
    trained().fit(loader(), epochs=9, event_handlers=[Falls(), stopping])
    assert stopping.current_epoch == 5 and stopping.best == 1


def test_the_best_is_saved_once_its_metric_is_known(tmp_path):
    estimator = trained()
    handler = est.CheckpointHandler(str(tmp_path), 'm', monitor=estimator.val_metrics[0],
                                    save_best=True, mode='max', batch_period=2)
    with pytest.warns(RuntimeWarning, match='validation accuracy is not updated'):
        estimator.fit(loader(), val_data=loader(), epochs=1, event_handlers=[handler])
    assert {'m-best.params', 'm-epoch0batch1.params'} <= set(os.listdir(tmp_path))


def test_checkpoints(tmp_path):
    estimator = trained()
    with pytest.warns(UserWarning, match='greater'):
        handler = est.CheckpointHandler(str(tmp_path), 'm', monitor=estimator.train_metrics[0],
                                        save_best=True, max_checkpoints=2)
    estimator.fit(loader(), epochs=4, event_handlers=[handler])
    assert sorted(os.listdir(tmp_path)) == [
        f'm-{name}.{end}' for name in ('best', 'epoch2batch12', 'epoch3batch16')
        for end in ('params', 'states')]

    net = network()
    again = trained(net)
    handler = est.CheckpointHandler(str(tmp_path), 'm', resume_from_checkpoint=True)
    again.fit(loader(), epochs=6, event_handlers=[handler])
    assert handler.trained_epoch == 3 and again.max_epoch == 2
    assert 'm-epoch5batch24.params' in os.listdir(tmp_path)


def test_batches_go_on_from_a_checkpoint(tmp_path):
    def handler(**options):
        return est.CheckpointHandler(str(tmp_path), 'm', epoch_period=None, batch_period=2,
                                     **options)

    trained().fit(loader(), batches=5, event_handlers=[handler()])
    again = trained()
    going_on = handler(resume_from_checkpoint=True)
    again.fit(loader(), batches=9, event_handlers=[going_on])
    # The newest is that of batch 3, the fourth.
    assert again.max_batch == going_on.current_batch == 5
    assert sorted(name for name in os.listdir(tmp_path) if name.endswith('params')) == [
        f'm-{name}.params'
        for name in ('epoch0batch1', 'epoch0batch3', 'epoch1batch5', 'epoch1batch7')]


@pytest.mark.parametrize('length', [{'batches': 3}, {'epochs': 3}])
def test_files_of_epochs_and_of_batches_are_not_gone_on_from_together(tmp_path, length):
    handler = est.CheckpointHandler(str(tmp_path), batch_period=2, resume_from_checkpoint=True)
    with pytest.raises(AssertionError, match=f'a training of {next(iter(length))}'):
        trained().fit(loader(), event_handlers=[handler], **length)


def test_validation_every_so_many_batches():
    calls = []
    estimator = trained()
    handler = est.ValidationHandler(loader(), lambda **kwargs: calls.append(kwargs),
                                    epoch_period=None, batch_period=3)
    estimator.fit(loader(), epochs=3, event_handlers=[handler])
    assert len(calls) == 4


def test_lines_for_batches():
    estimator = trained()
    handler = est.LoggingHandler(log_interval=2, metrics=estimator.train_metrics)
    estimator.fit(loader(), epochs=1, event_handlers=[handler])
    assert [line.split(' time')[0] for line in estimator.lines.lines if 'Batch' in line] == [
        '[Epoch 0][Batch 0][Samples 5]', '[Epoch 0][Batch 2][Samples 15]']


def test_batches_of_ones_own():
    class Twice(est.BatchProcessor):
        calls = 0

        def fit_batch(self, estimator, train_batch, batch_axis=0):
            self.calls += 1
            return super().fit_batch(estimator, train_batch, batch_axis)

    processor = Twice()
    trained(batch_processor=processor).fit(loader(), epochs=2)
    assert processor.calls == 8


def test_wrong_arguments():
    net, loss = network(), gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), 'sgd')
    for options in ({'loss': 1}, {'train_metrics': 'acc'}, {'context': 'cpu'},
                    {'trainer': 'sgd'}, {'val_loss': 1}, {'batch_processor': 1}):
        with pytest.raises(ValueError, match=next(iter(options)).split('_')[-1]):
            est.Estimator(**{'net': net, 'loss': loss, 'trainer': trainer, **options})
    estimator = trained()
    for options in ({'epochs': 1, 'batches': 1}, {}):
        with pytest.raises(ValueError, match='epochs or batches'):
            estimator.fit(loader(), **options)
    with pytest.raises(ValueError, match='DataLoader'):
        estimator.fit(mx.nd.ones((2, 3)), epochs=1)
    with pytest.raises(ValueError, match='epoch'):
        est.LoggingHandler(log_interval='other')


def test_defaults():
    net = nn.Dense(3)
    with pytest.warns(UserWarning, match='trainer'):
        estimator = est.Estimator(net, gluon.loss.SoftmaxCrossEntropyLoss())
    estimator.logger.handlers = []
    assert estimator.trainer.learning_rate == 0.001
    estimator.fit(loader(), epochs=1)
    assert net.weight.shape == (3, 3)


def test_handlers_by_what_they_are_called_for():
    class Begins(est.TrainBegin, est.EpochBegin):
        pass

    class Ends(est.EpochEnd, est.BatchEnd, est.TrainEnd):
        pass

    begins, ends = Begins(), Ends()
    assert trained()._categorize_handlers([begins, ends]) == (
        [begins], [begins], [], [ends], [ends], [ends])
