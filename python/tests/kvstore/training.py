"""A program for mpirun: trains LeNet for four steps of four shards, and worker 0 saves it.

    training.py gluon|clipped|module|bucketing|feedforward|estimator KVSTORE FILE
"""
import sys

import gluino as mx
from gluino import autograd, gluon, nd
from gluino.gluon import nn

SHARDS, PER_SHARD, STEPS = 4, 8, 4
BATCH = SHARDS * PER_SHARD


def numbers():
    """Pictures and classes, the same for all."""
    mx.random.seed(5)
    images = nd.random.uniform(0, 1, shape=(STEPS * BATCH, 1, 28, 28))
    return images, nd.random.randint(0, 10, shape=(STEPS * BATCH,)).astype('float32')


def own_shards(store):
    """The shards of each batch that this worker has: it computes each at a place of its own."""
    first, last = (SHARDS * (store.rank + k) // store.num_workers for k in (0, 1))
    return first, last, [mx.cpu(i) for i in range(last - first)]


def own_numbers(store):
    """What this worker's iterator gives: its part of each batch in turn."""
    first, last, _ = own_shards(store)
    return [nd.concat(*[x[i * BATCH + first * PER_SHARD:i * BATCH + last * PER_SHARD]
                        for i in range(STEPS)], dim=0) for x in numbers()]


def lenet():
    net = nn.HybridSequential(prefix='net_')
    with net.name_scope():
        net.add(nn.Conv2D(6, 5, activation='tanh', in_channels=1), nn.MaxPool2D(2, 2),
                nn.Conv2D(12, 5, activation='tanh', in_channels=6), nn.MaxPool2D(2, 2),
                nn.Flatten(), nn.Dense(40, activation='tanh', in_units=192),
                nn.Dense(10, in_units=40))
    return net


def train_gluon(kind, path, clipped=False):
    store = mx.kv.create(kind)
    first, last, places = own_shards(store)
    images, labels = numbers()
    # Only worker 0's first values count.
    mx.random.seed(7 + store.rank)
    net = lenet()
    net.initialize(mx.init.Xavier(), ctx=places)
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.1, 'momentum': 0.9},
                            kvstore=store)
    entropy = gluon.loss.SoftmaxCrossEntropyLoss()
    for step in range(STEPS):
        losses = []
        with autograd.record():
            for place, shard in zip(places, range(first, last)):
                rows = slice(step * BATCH + shard * PER_SHARD, step * BATCH + (shard + 1) * PER_SHARD)
                losses.append(entropy(net(images[rows].as_in_context(place)),
                                      labels[rows].as_in_context(place)))
        autograd.backward(losses)
        if clipped:
            for parameter in net.collect_params().values():
                for grad in parameter.list_grad():
                    grad[:] = grad.clip(-0.1, 0.1)
        trainer.step(BATCH)
    if store.rank == 0:
        net.save_parameters(path)


def symbol():
    x = mx.sym.var('data')
    for filters in (6, 12):
        x = mx.sym.Convolution(x, kernel=(5, 5), num_filter=filters, name=f'conv{filters}')
        x = mx.sym.Pooling(mx.sym.tanh(x), kernel=(2, 2), stride=(2, 2), pool_type='max')
    x = mx.sym.tanh(mx.sym.FullyConnected(x, num_hidden=40, name='fc1'))
    return mx.sym.SoftmaxOutput(mx.sym.FullyConnected(x, num_hidden=10, name='fc2'), name='softmax')


def train_module(kind, path):
    store = mx.kv.create(kind)
    _, _, places = own_shards(store)
    data = mx.io.NDArrayIter(*own_numbers(store), batch_size=len(places) * PER_SHARD)
    mx.random.seed(7 + store.rank)
    module = mx.mod.Module(symbol(), context=places)
    module.fit(data, num_epoch=1, kvstore=store, initializer=mx.init.Xavier(), optimizer='sgd',
               optimizer_params={'learning_rate': 0.1, 'momentum': 0.9})
    assert module._optimizer.rescale_grad == 1 / BATCH
    if store.rank == 0:
        module.save_params(path)


def train_feedforward(kind, path):
    store = mx.kv.create(kind)
    _, _, places = own_shards(store)
    data = mx.io.NDArrayIter(*own_numbers(store), batch_size=len(places) * PER_SHARD)
    mx.random.seed(7 + store.rank)
    model = mx.model.FeedForward(symbol(), ctx=places, num_epoch=1, initializer=mx.init.Xavier(),
                                 optimizer='sgd', learning_rate=0.1, momentum=0.9)
    model.fit(data, kvstore=store)
    if store.rank == 0:
        nd.save(path, {f'arg:{name}': value for name, value in model.arg_params.items()})


def train_bucketing(kind, path):
    store = mx.kv.create(kind)
    _, _, places = own_shards(store)
    data = mx.io.NDArrayIter(*own_numbers(store), batch_size=len(places) * PER_SHARD)
    mx.random.seed(7 + store.rank)
    module = mx.mod.BucketingModule(lambda key: (symbol(), ('data',), ('softmax_label',)),
                                    default_bucket_key=28, context=places)
    module.bind(data.provide_data, data.provide_label)
    module.init_params(mx.init.Xavier())
    module.init_optimizer(kvstore=store, optimizer_params={'learning_rate': 0.1, 'momentum': 0.9})
    for number, batch in enumerate(data):
        batch.bucket_key = 28 - number % 2
        batch.provide_data, batch.provide_label = data.provide_data, data.provide_label
        module.forward_backward(batch)
        module.update()
    if store.rank == 0:
        module.save_params(path)


def train_estimator(kind, path):
    from gluino.gluon.contrib.estimator import Estimator

    store = mx.kv.create(kind)
    _, _, places = own_shards(store)
    mx.random.seed(7 + store.rank)
    net = lenet()
    net.initialize(mx.init.Xavier(), ctx=places)
    # As in MXNet, an Estimator divides by the number of its own samples.
    rate = 0.1 * len(places) / SHARDS
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': rate}, kvstore=store)
    loader = gluon.data.DataLoader(gluon.data.ArrayDataset(*own_numbers(store)),
                                   batch_size=len(places) * PER_SHARD)
    estimator = Estimator(net, gluon.loss.SoftmaxCrossEntropyLoss(), trainer=trainer, context=places)
    estimator.fit(loader, epochs=1)
    if store.rank == 0:
        net.save_parameters(path)


if __name__ == '__main__':
    {'gluon': train_gluon, 'module': train_module, 'feedforward': train_feedforward,
     'bucketing': train_bucketing, 'estimator': train_estimator,
     'clipped': lambda *rest: train_gluon(*rest, clipped=True)}[sys.argv[1]](*sys.argv[2:])
