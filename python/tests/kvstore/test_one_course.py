"""Workers that update for themselves come to the same weights."""
import gluino as mx
import pytest
from gluino import autograd, gluon, nd
from workers import check_lines, needs_mpirun


@pytest.mark.parametrize('on_store', [True, False])
def test_contexts_have_the_same_noise(on_store):
    places = [mx.cpu(0), mx.cpu(1)]
    net = gluon.nn.Dense(2, in_units=3)
    net.initialize(ctx=places)
    trainer = gluon.Trainer(net.collect_params(), 'sgld', update_on_kvstore=on_store)
    for _ in range(2):
        with autograd.record():
            losses = [net(nd.ones((2, 3), ctx=place)).sum() for place in places]
        autograd.backward(losses)
        trainer.step(4)
    first, second = (net.weight.data(place).asnumpy().tolist() for place in places)
    assert first == second


@needs_mpirun
@pytest.mark.parametrize('on_store', [True, False])
def test_workers_have_the_same_noise(on_store):
    check_lines(2, f"""
        from gluino import autograd, gluon
        os.environ['MXNET_UPDATE_ON_KVSTORE'] = '{int(on_store)}'
        mx.random.seed(kv.rank)

        def check(name, values):
            out = nd.zeros(values.shape)
            kv.broadcast(name, values, out)
            assert (out == values).asnumpy().all(), (name, out, values)

        own = mx.kv.create('dist_sync')
        own.init('w', nd.zeros((3,)))
        own.set_optimizer(mx.optimizer.SGLD(learning_rate=0.1))
        own.push('w', nd.ones((3,)))
        value = nd.zeros((3,))
        own.pull('w', value)
        check('store', value)

        net = gluon.nn.Dense(2, in_units=3)
        net.initialize()
        trainer = gluon.Trainer(net.collect_params(), 'sgld', kvstore='dist_sync')
        for _ in range(2):
            with autograd.record():
                loss = net(nd.ones((2, 3))).sum()
            loss.backward()
            trainer.step(4)
        check('trainer', net.weight.data())

        symbol = mx.sym.FullyConnected(mx.sym.var('data'), num_hidden=3, name='fc')
        module = mx.mod.Module(mx.sym.SoftmaxOutput(symbol, name='softmax'))
        module.fit(mx.io.NDArrayIter(nd.ones((8, 4)), nd.zeros((8,)), batch_size=4), num_epoch=1,
                   kvstore='dist_sync', optimizer='sgld')
        check('module', module.get_params()[0]['fc_weight'])
    """)


@needs_mpirun
def test_workers_with_other_settings_are_told():
    check_lines(2, """
        from gluino import autograd, gluon

        def told(action):
            try:
                action()
            except mx.MXNetError as error:
                return str(error)
            return ''

        def sgd(**settings):
            return lambda: mx.kv.create('dist_sync').set_optimizer(mx.optimizer.SGD(**settings))

        scheduler = mx.lr_scheduler.FactorScheduler
        cases = [
            (sgd(learning_rate=0.1 * (kv.rank + 1)), 'lr: expected 0.1'),
            (sgd(wd=0.5) if kv.rank else sgd(), 'wd: expected 0.0, as worker 0 has it, got 0.5'),
            (sgd(clip_gradient=1.0) if kv.rank else sgd(), 'clip_gradient: expected null'),
            (sgd(lr_scheduler=scheduler(3 + kv.rank)), 'lr_scheduler.step: expected 3'),
            (sgd() if kv.rank else lambda: mx.kv.create('dist_sync').set_optimizer(
                mx.optimizer.Adam()), 'optimizer: expected "Adam"'),
        ]
        for action, sentence in cases:
            message = told(action)
            assert (sentence in message) if kv.rank else not message, (sentence, message)
        assert told(sgd(learning_rate=0.5, wd=float('nan'))) == ''

        class Own(mx.optimizer.SGD):
            def __init__(self, worker):
                super().__init__(learning_rate=0.1)
                self.worker = worker

        assert told(lambda: mx.kv.create('dist_sync').set_optimizer(Own(kv.rank))) == ''

        for on_store in (True, False):
            net = gluon.nn.Dense(2, in_units=3)
            net.initialize()
            trainer = gluon.Trainer(net.collect_params(), 'sgd', kvstore='dist_sync',
                                    update_on_kvstore=on_store)
            with autograd.record():
                loss = net(nd.ones((2, 3))).sum()
            loss.backward()
            # Worker 0 goes on, and would wait for the other.
            if kv.rank == 0:
                trainer._init_kvstore()
            else:
                trainer._optimizer.rescale_grad = 0.25
                assert 'rescale_grad: expected 1.0' in told(trainer._init_kvstore)
    """)
