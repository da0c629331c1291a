"""Prefixes: counted per thread outside of scopes, per parent inside."""
import threading

import gluino as mx
from gluino import gluon
from gluino.gluon import nn


def number(name, stem):
    assert name.startswith(stem)
    return int(name[len(stem):])


def test_outside_of_scopes_numbers_go_on():
    first, second = nn.Dense(1), nn.Dense(1)
    assert number(second.name, 'dense') == number(first.name, 'dense') + 1
    assert first.prefix == first.name + '_'
    assert first.weight.name == first.prefix + 'weight'


def test_layers_and_operators_share_the_numbers():
    first = nn.Activation('relu')
    symbol = mx.sym.relu(mx.sym.var('x'))
    assert number(symbol.name, 'relu') == number(first.name, 'relu') + 1


def test_threads_count_for_themselves():
    names = []
    thread = threading.Thread(target=lambda: names.append(nn.Dense(1).name))
    thread.start()
    thread.join()
    assert names == ['dense0']


class Net(gluon.Block):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.first = nn.Dense(5)
            self.second = nn.Dense(6, prefix='own_')
            self.third = nn.Dense(7)


def test_inside_each_parent_counts_for_itself():
    for prefix in ('a_', 'b_'):
        assert list(Net(prefix=prefix).collect_params('.*weight')) == [
            prefix + 'dense0_weight', prefix + 'own_weight', prefix + 'dense1_weight']


def test_an_empty_prefix_leaves_scopes_out():
    net = Net(prefix='')
    assert net.prefix == '' and net.second.name == 'own'


def test_scopes_nest_and_name_operators():
    net = nn.HybridSequential(prefix='outer_')
    with net.name_scope():
        inner = nn.HybridSequential(prefix='inner_')
        with inner.name_scope():
            layer = nn.Dense(1)
            with net.name_scope():
                again = nn.Dense(1)
        assert mx.sym.relu(mx.sym.var('x')).name == 'outer_relu0'
    assert layer.name == 'outer_inner_dense0'
    assert again.name == 'outer_dense0'


def test_shared_parameters_have_the_first_ones_names():
    first = Net()
    second = Net(params=first.collect_params())
    assert list(second.collect_params()) == list(first.collect_params())
    assert second.first.weight is first.first.weight
    assert second.prefix != first.prefix


def test_several_threads_may_be_in_one_scope():
    net = nn.HybridSequential(prefix='net_')
    with net.name_scope():
        net.add(nn.Dense(2), nn.Dense(2))
    names, barrier = [], threading.Barrier(4)

    def compose():
        barrier.wait()
        for _ in range(20):
            names.append(net(mx.sym.var('x')).name)
            names.append(nn.Dense(1).name)

    threads = [threading.Thread(target=compose) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names) == 160
    assert {name for name in names if name.startswith('net_')} == {'net_dense1_fwd'}
    assert max(number(name, 'dense') for name in names if not name.startswith('net_')) == 19
