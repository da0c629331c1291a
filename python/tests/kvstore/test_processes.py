"""Several processes: their sums, their files, and their ends."""
import os
import pathlib
import re
import subprocess

import gluino as mx
import numpy as np
import pytest
from workers import check_lines, needs_mpirun, run_lines, run_workers

TRAINING = pathlib.Path(__file__).with_name('training.py')
# The C++ program of the same training, where it was built.
PROGRAM = pathlib.Path(os.environ.get('GLUINO_KVSTORE_TEST', pathlib.Path(__file__).parents[3] /
                                      'build/release/bin/kvstore_test'))

pytestmark = needs_mpirun


def trained(way, kind, workers, path):
    ended, _ = run_workers(workers, TRAINING, way, kind, path)
    assert ended.returncode == 0, ended.stdout
    return path.read_bytes()


def test_one_that_was_started_alone_is_the_only_worker():
    kv = mx.kv.create('dist_device_sync')
    assert (kv.type, kv.rank, kv.num_workers) == ('dist_device_sync', 0, 1)
    kv.barrier()
    kv.init('w', mx.nd.ones((2,)))
    kv.push('w', [mx.nd.full((2,), 3), mx.nd.full((2,), 4)])
    out = mx.nd.zeros((2,))
    kv.pull('w', out)
    assert out.asnumpy().tolist() == [7, 7]


@pytest.mark.parametrize('short', ['dist', 'dist_device'])
def test_who_does_not_say_how_they_wait_waits(short):
    assert mx.kv.create(short).type == short + '_sync'


@pytest.mark.parametrize('way', ['gluon', 'clipped', 'module', 'bucketing', 'feedforward',
                                 'estimator'])
def test_trains_to_the_same_file_on_any_number_of_workers(way, tmp_path):
    expected = trained(way, 'dist_sync', 1, tmp_path / 'one.params')
    values = mx.nd.load(str(tmp_path / 'one.params'))
    assert all(np.isfinite(value.asnumpy()).all() for value in values.values())
    for workers in (2, 4):
        assert trained(way, 'dist_sync', workers, tmp_path / 'some.params') == expected, workers
    # Shards of one process are copies at several places, which a local store sums in the same tree.
    if way in ('gluon', 'module'):
        assert trained(way, 'device', 1, tmp_path / 'local.params') == expected


@pytest.mark.parametrize('way', ['gluon', 'module'])
def test_cpp_trains_to_the_same_file(way, tmp_path):
    if not PROGRAM.exists():
        pytest.skip(f'{PROGRAM.name} of the C++ tests was not built')
    expected = trained(way, 'dist_sync', 2, tmp_path / 'python.params')
    subprocess.run([PROGRAM, f'--gtest_filter=Shards.TrainBy{way.capitalize()}'], check=True,
                   env={**os.environ, 'GLUINO_SAVE_PARAMS': str(tmp_path / 'cpp.params')})
    assert (tmp_path / 'cpp.params').read_bytes() == expected


def test_the_methods_of_a_store():
    check_lines(3, """
        rank, count = kv.rank, kv.num_workers
        assert count == 3 and kv.type == 'dist_sync'

        def pulled(key, shape=(2, 3)):
            out = nd.zeros(shape)
            kv.pull(key, out)
            return out.asnumpy()

        kv.init('a', nd.full((2, 3), rank + 5))
        assert (pulled('a') == 5).all()
        kv.push('a', [nd.ones((2, 3)) * rank, nd.ones((2, 3))])
        assert (pulled('a') == 0 + 1 + 2 + 3).all()
        grads = [nd.ones((2, 3)), nd.ones((2, 3))]
        kv.pushpull('a', grads)
        assert all((grad.asnumpy() == 6).all() for grad in grads)
        out = nd.zeros((4,))
        kv.broadcast('b', nd.full((4,), rank + 1), out)
        assert (out.asnumpy() == 1).all()
        kv.init(['c', 'd'], [nd.zeros((2,)), nd.zeros((3,))])
        kv.push(['c', 'd'], [nd.ones((2,)), [nd.ones((3,))] * 2])
        assert (pulled('c', (2,)) == 3).all() and (pulled('d', (3,)) == 6).all()
        kv.barrier()
        kv._barrier()

        kv.init('rows', nd.ones((4, 2)).tostype('row_sparse'))
        rows = nd.sparse.row_sparse_array(([[1., 1.]], [rank]), shape=(4, 2))
        kv.push('rows', rows)
        out = nd.sparse.zeros('row_sparse', (4, 2))
        kv.row_sparse_pull('rows', out, row_ids=nd.array([0, 2, 3]))
        assert out.asnumpy().tolist() == [[1, 1], [0, 0], [1, 1], [0, 0]], out.asnumpy()
    """)


def test_an_optimizer_in_the_store_and_its_states(tmp_path):
    check_lines(2, f"""
        path = {str(tmp_path / 'states')!r} + str(kv.rank)
        kv.init('w', nd.ones((3,)))
        kv.set_optimizer(mx.optimizer.SGD(learning_rate=0.5, momentum=0.5, wd=0))

        def pushed():
            kv.push('w', nd.ones((3,)) * (kv.rank + 1))
            out = nd.zeros((3,))
            kv.pull('w', out)
            return out.asnumpy()[0]

        assert pushed() == 1 - 1.5
        kv.save_optimizer_states(path)
        assert pushed() == -0.5 - 2.25
        kv.load_optimizer_states(path)
        assert pushed() == -2.75 - 2.25
    """)


def test_two_bits_are_sent():
    check_lines(2, """
        kv.set_gradient_compression({'type': '2bit', 'threshold': 0.5})
        kv.init('w', nd.zeros((4,)))
        out = nd.zeros((4,))
        for expected in ([0, 0, 1, -1], [1, 0, 1, -1]):
            kv.push('w', nd.array([0.3, -0.2, 0.7, -0.9]))
            kv.pull('w', out)
            assert out.asnumpy().tolist() == expected, out
        try:
            kv.set_gradient_compression({'type': '1bit'})
        except mx.MXNetError as error:
            assert '2bit' in str(error)
        else:
            raise AssertionError('1bit was taken')
    """)


def test_a_trainer_gives_worker_zeros_values_when_it_is_made():
    check_lines(2, """
        from gluino import autograd, gluon
        mx.random.seed(kv.rank)
        net = gluon.nn.Dense(3, in_units=2)
        net.initialize(mx.init.Normal(1))
        own = net.weight.data().asnumpy().tolist()
        late = gluon.nn.Dense(2)
        late.initialize(mx.init.Normal(1))
        parameters = net.collect_params()
        parameters.update(late.collect_params())
        trainer = gluon.Trainer(parameters, 'sgd', {'learning_rate': 0.1}, kvstore='dist_sync')
        store = mx.kv.create('dist_sync')

        def alike(values):
            out = nd.zeros(values.shape)
            store.broadcast(len(seen), values, out)
            seen.append(out)
            return (out == values).asnumpy().all()

        seen = []
        assert alike(net.weight.data())
        assert kv.rank == 1 or net.weight.data().asnumpy().tolist() == own
        for _ in range(2):
            with autograd.record():
                loss = late(net(nd.ones((4, 2)))).sum()
            loss.backward()
            trainer.step(8)
            assert alike(net.weight.data()) and alike(late.weight.data())
        # As in MXNet.
        try:
            trainer.step(9)
        except UserWarning as error:
            assert 'batch size' in str(error)
        else:
            raise AssertionError('another batch size was taken')
        try:
            net.weight.set_data(nd.ones((3, 2)))
        except RuntimeError as error:
            assert 'distributed' in str(error)
        else:
            raise AssertionError('other values were taken')
    """)


def test_parameters_may_be_loaded_between_trainer_and_first_step(tmp_path):
    check_lines(2, f"""
        from gluino import autograd, gluon
        net = gluon.nn.Dense(3, in_units=2)
        net.initialize()
        path = {str(tmp_path / 'net.params')!r}
        if kv.rank == 0:
            net.save_parameters(path)
        kv.barrier()
        trainer = gluon.Trainer(net.collect_params(), 'sgd', kvstore='dist_sync')
        net.load_parameters(path)
        with autograd.record():
            loss = net(nd.ones((4, 2))).sum()
        loss.backward()
        trainer.step(8)
    """)


def test_gradients_summed_apart_from_the_update():
    check_lines(2, """
        from gluino import autograd, gluon
        net = gluon.nn.Dense(1, in_units=2, use_bias=False)
        net.initialize(mx.init.One())
        trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 1, 'wd': 0},
                                kvstore='dist_sync', update_on_kvstore=False)
        with autograd.record():
            loss = net(nd.ones((1, 2)) * (kv.rank + 1)).sum()
        loss.backward()
        trainer.allreduce_grads()
        assert (net.weight.grad().asnumpy() == 3).all()
        trainer.update(2)
        assert (net.weight.data().asnumpy() == 1 - 1.5).all()
    """)


ENDS = {
    'an exception': ("raise ValueError('the picture is missing')", 'the picture is missing'),
    'sys.exit': ("sys.exit('no more of it')", 'no more of it'),
    'a crash': ('os.abort()', 'Aborted'),
    'the end of its data': ('sys.exit()', 'give all workers as many batches'),
}


@pytest.mark.parametrize('end', ENDS)
def test_when_one_ends_the_others_end_within_seconds(end):
    line, sentence = ENDS[end]
    # Pieces of a line that are printed one by one may be parted by what others print.
    ended, _ = run_lines(3, f"""
        from gluino import autograd, gluon
        net = gluon.nn.Dense(3, in_units=2)
        net.initialize()
        trainer = gluon.Trainer(net.collect_params(), 'sgd', kvstore=kv)
        for step in range(100):
            with autograd.record():
                loss = net(nd.ones((4, 2))).sum()
            loss.backward()
            if step == 5 and kv.rank == 1:
                print(f'end {{time.time()}}', flush=True)
                {line}
            try:
                trainer.step(12)
            except mx.MXNetError as error:
                print(f'error {{time.time()}} {{error}}', flush=True)
                raise
    """)
    assert ended.returncode != 0
    assert sentence in ended.stdout, ended.stdout
    begin = float(re.search(r'end (\d+\.\d+)', ended.stdout)[1])
    told = [float(when) for when in re.findall(r'error (\d+\.\d+)', ended.stdout)]
    # mpirun itself ends the others of one that has crashed.
    assert len(told) == 2 or end == 'a crash', ended.stdout
    assert all(when - begin < 5 for when in told), ended.stdout


def test_one_of_a_crash_does_not_leave_others():
    ended, seconds = run_lines(2, """
        kv.barrier()
        if kv.rank == 0:
            os.abort()
        kv.barrier()
    """)
    assert ended.returncode != 0 and seconds < 30


def test_parts_with_unequal_batches_end_in_a_sentence():
    ended, _ = run_lines(2, """
        size = 40 if kv.rank == 0 else 30
        data = mx.io.NDArrayIter(nd.ones((size, 3)), nd.zeros((size,)), batch_size=10)
        net = mx.sym.SoftmaxOutput(mx.sym.FullyConnected(mx.sym.var('data'), num_hidden=2),
                                   name='softmax')
        mx.mod.Module(net).fit(data, num_epoch=1, kvstore='dist_sync')
    """)
    assert ended.returncode != 0
    assert 'give all workers as many batches' in ended.stdout, ended.stdout


@pytest.mark.parametrize('wait', ['kv.barrier()', "kv.push('w', nd.ones((2,)))"])
def test_ctrl_c_ends_a_wait(wait):
    ended, _ = run_lines(2, f"""
        import signal, threading
        kv.init('w', nd.zeros((2,)))
        kv.barrier()
        if kv.rank == 1:
            time.sleep(4)
            sys.exit()
        threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        begin = time.monotonic()
        try:
            {wait}
        except KeyboardInterrupt:
            print('interrupted after', time.monotonic() - begin, flush=True)
    """)
    found = re.search(r'interrupted after (\S+)', ended.stdout)
    assert found, ended.stdout
    assert 0.4 < float(found[1]) < 1.4


def test_the_tutorials_way_to_split_a_data_set():
    check_lines(2, """
        from gluino import gluon

        class SplitSampler(gluon.data.sampler.Sampler):
            def __init__(self, length, num_parts, part_index):
                self.part_len = length // num_parts
                self.start = self.part_len * part_index

            def __iter__(self):
                indices = list(range(self.start, self.start + self.part_len))
                mx.random.seed(3)
                return iter(indices)

            def __len__(self):
                return self.part_len

        data = gluon.data.ArrayDataset(nd.arange(21))
        loader = gluon.data.DataLoader(data, batch_size=5,
                                       sampler=SplitSampler(21, kv.num_workers, kv.rank))
        total = sum((batch.sum() for batch in loader), nd.zeros((1,)))
        assert len(loader) == 2
        kv.init('sum', nd.zeros((1,)))
        kv.pushpull('sum', total)
        assert total.asscalar() == sum(range(20))
    """)


def test_iterators_give_each_worker_its_part(tmp_path, digits_writer):
    digits_writer(tmp_path, 40, 10)
    (tmp_path / 'rows.svm').write_text(''.join(f'{i} {i % 5}:{i}\n' for i in range(20)))
    records = mx.recordio.MXIndexedRecordIO(str(tmp_path / 'x.idx'), str(tmp_path / 'x.rec'), 'w')
    for i in range(12):
        head = mx.recordio.IRHeader(0, float(i), i, 0)
        records.write_idx(i, mx.recordio.pack_img(head, np.full((8, 8, 3), i, 'uint8'), img_fmt='.png'))
    records.close()
    check_lines(2, f"""
        os.chdir({str(tmp_path)!r})
        mnist = dict(image='train-images-idx3-ubyte.gz', label='train-labels-idx1-ubyte.gz')
        record = dict(path_imgrec='x.rec', path_imgidx='x.idx', data_shape=(3, 8, 8))
        kinds = {{
            'mnist': lambda **part: mx.io.MNISTIter(batch_size=10, shuffle=True, seed=3, **mnist, **part),
            'records': lambda **part: mx.io.ImageRecordIter(batch_size=3, **record, **part),
            'images': lambda **part: mx.image.ImageIter(3, **record, **part),
            'rows': lambda **part: mx.io.LibSVMIter(data_libsvm='rows.svm', data_shape=(5,),
                                                    batch_size=5, **part),
        }}
        for name, make in kinds.items():
            def told(**part):
                batches = list(make(**part))
                total = nd.array([float(batch.data[0].asnumpy().sum()) for batch in batches]).sum()
                labels = sum(float(batch.label[0].asnumpy().sum()) for batch in batches)
                return nd.concat(total.reshape((1,)), nd.array([labels, len(batches)]), dim=0)

            all_of_them = told().asnumpy()
            own = told(num_parts=kv.num_workers, part_index=kv.rank)
            assert own.asnumpy()[2] == all_of_them[2] / 2, name
            kv.init(name, nd.zeros((3,)))
            kv.pushpull(name, own)
            assert abs(own.asnumpy() - all_of_them).max() <= 1e-5 * abs(all_of_them).max(), name
    """)
