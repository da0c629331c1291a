"""The table of layers."""
import io
import sys
import types

import pytest

from gluino import gluon, nd
from gluino.gluon import nn

TABLE = '''\
--------------------------------------------------------------------------------
        Layer (type)                                Output Shape         Param #
================================================================================
               Input                                      (2, 4)               0
        Activation-1                                      (2, 3)               0
             Dense-2                                      (2, 3)              15
           Dropout-3                                      (2, 3)               0
         BatchNorm-4                                      (2, 3)              12
             Dense-5                                      (2, 2)               8
================================================================================
Parameters in forward computation graph, duplicate included
   Total params: 35
   Trainable params: 29
   Non-trainable params: 6
Shared params in forward computation graph: 0
Unique parameters in model: 35
--------------------------------------------------------------------------------
'''


def network():
    net = nn.HybridSequential()
    net.add(nn.Dense(3, activation='tanh'), nn.Dropout(0.5), nn.BatchNorm(), nn.Dense(2))
    return net


def test_table(capsys):
    net = network()
    net.initialize()
    net.summary(nd.ones((2, 4)))  # also before the first forward
    assert capsys.readouterr().out == TABLE
    net.summary(nd.ones((2, 4)))
    assert capsys.readouterr().out == TABLE


def test_needs_layers_that_run_one_by_one():
    net = network()
    with pytest.raises(RuntimeError, match='initialized'):
        net.summary(nd.ones((2, 4)))
    net.initialize()
    net.hybridize()
    with pytest.raises(AssertionError, match='hybridized'):
        net.summary(nd.ones((2, 4)))
    net.hybridize(False)
    assert not any(block._forward_hooks for block in net)


class Several(gluon.Block):
    def __init__(self):
        super().__init__()
        self.a = nn.Dense(2)
        self.b = nn.Dense(2, params=self.a.params)

    def forward(self, x, y):
        return self.b(self.a(x)), [y, y]


def test_several_arrays_and_shared_parameters(capsys):
    net = Several()
    net.initialize()
    net.summary(nd.ones((1, 2)), nd.ones((3,)))
    lines = capsys.readouterr().out.split('\n')
    assert lines[3].split('  ')[-2:] != [] and '(1, 2), (3,)' in lines[3]
    assert '(1, 2), [(3,), (3,)]' in lines[6]
    assert '   Total params: 12' in lines
    assert 'Shared params in forward computation graph: 6' in lines
    assert 'Unique parameters in model: 6' in lines


def test_a_notebook_shows_a_table_of_its_own(monkeypatch):
    stream = type('OutStream', (io.StringIO,), {'__module__': 'ipykernel.iostream'})()
    shown = []
    display = types.SimpleNamespace(display=lambda data, raw: shown.append((data, raw)))
    monkeypatch.setitem(sys.modules, 'IPython', types.SimpleNamespace(display=display))
    monkeypatch.setitem(sys.modules, 'IPython.display', display)
    monkeypatch.setattr(sys, 'stdout', stream)
    net = network()
    net.initialize()
    net.summary(nd.zeros((2, 4)))
    monkeypatch.undo()
    (data, raw), = shown
    assert raw and stream.getvalue() == '' and data['text/plain'] + '\n' == TABLE
    assert '<td>Dense-2</td><td>(2, 3)</td><td>15</td>' in data['text/html']
    assert 'Total params: 35' in data['text/html'] and data['text/html'].count('<tr>') == 7
