"""Blocks that MXNet 1.9.1 has pickled compute what they computed there."""
import copy
import importlib
import lzma
import pathlib
import pickle
import re
import sys
import types

import gluino as mx
import numpy as np
import pytest
from gluino import gluon, nd

pytest.importorskip('mxnet')  # the name under which the classes are looked for

HERE = pathlib.Path(__file__).parent
# By name the pickle, the inputs of a call and the outputs; tests/oracle/renew_blocks.py writes it.
CASES = pickle.loads(lzma.decompress((HERE / 'mxnet_blocks.pickle.xz').read_bytes()))

# Of which MXNet makes no graphs, either: the cells keep arrays of their last call, and the loss wants
# to know how many samples there are.
NO_GRAPH = {'ZoneoutCell', 'VariationalDropoutCell', 'SDMLLoss'}


@pytest.fixture(autouse=True)
def functions_of_a_user(monkeypatch):
    module = types.ModuleType('functions_of_a_user')
    exec('def magnitude(F, x): return F.abs(x)', module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)


def arrays(value):
    if isinstance(value, list):
        return [arrays(one) for one in value]
    return nd.array(value, dtype=value.dtype) if isinstance(value, np.ndarray) else value


def flat(value):
    return [x for one in value for x in flat(one)] if isinstance(value, (list, tuple)) else [value]


def called(block, inputs):
    if isinstance(inputs[0], str):  # unroll
        block.reset()
        return block.unroll(*inputs[1:], merge_outputs=True)
    return block(*inputs)


def check(name, block):
    _, inputs, expected = CASES[name]
    if name == 'SparseEmbedding':
        trainer = gluon.Trainer(block.collect_params(), 'sgd')
        assert trainer.learning_rate > 0
    outputs = flat(called(block, arrays(inputs)))
    assert len(outputs) == len(flat(expected))
    for output, there in zip(outputs, flat(expected)):
        assert output.dtype == there.dtype
        np.testing.assert_allclose(output.asnumpy(), there, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('name', CASES)
def test_a_block_computes_what_it_did(name, tmp_path):
    block = pickle.loads(CASES[name][0])
    assert type(block).__name__ == name.split()[0] and type(block).__name__ in repr(block)
    check(name, block)
    block.save_parameters(str(tmp_path / 'block.params'))
    block = pickle.loads(CASES[name][0])
    check(name, copy.deepcopy(block))
    check(name, pickle.loads(pickle.dumps(block)))


@pytest.mark.parametrize('name', [name for name in CASES if name not in NO_GRAPH])
def test_a_block_becomes_a_graph(name):
    block = pickle.loads(CASES[name][0])
    block.hybridize()
    check(name, block)


def test_there_is_one_of_each_class():
    """But of those that are only derived from, and of large networks, whose layers are there."""
    found = set()
    for data, _, _ in CASES.values():
        pickle.loads(data).apply(lambda block: found.add(type(block)))
    text = (HERE.parent / 'compatibility' / 'mxnet-1.9.1.txt').read_text()
    missing = set()
    for room, content in re.findall(r'^== mxnet(\.gluon\S*)\n(.*?)(?=^==|\Z)', text, re.M | re.S):
        for name in re.findall(r'^class (\w+)\(', content, re.M):
            kind = getattr(importlib.import_module('gluino' + room), name)
            if issubclass(kind, gluon.Block) and kind not in found:
                missing.add(name)
    assert missing == {
        'Block', 'HybridBlock', 'Loss', 'RecurrentCell', 'HybridRecurrentCell', 'ModifierCell',
        'AlexNet', 'DenseNet', 'Inception3', 'MobileNet', 'MobileNetV2', 'SqueezeNet', 'VGG'}


@pytest.mark.parametrize('name', [n for n in CASES if n.split()[0] in ('RNN', 'LSTM', 'GRU')])
def test_layers_have_their_cells(name):
    layer = pickle.loads(CASES[name][0])
    cells = layer._unfuse()
    assert layer._unfuse() is cells
    shared = {parameter.name: parameter for parameter in layer.collect_params().values()}
    assert {p.name: p for p in cells.collect_params().values()} == shared


def test_bounds_of_memories_stay():
    layer = pickle.loads(CASES['LSTM clipped'][0])
    states = [nd.zeros((1, 1, 2)), nd.full((1, 1, 2), 9)]
    _, (_, memory) = layer(nd.zeros((1, 1, 3)), states)
    assert memory.asnumpy().max() == 1


def test_masks_stay_until_the_reset():
    name = 'VariationalDropoutCell'
    cell = pickle.loads(CASES[name][0])
    with mx.autograd.train_mode():
        check(name, cell)  # it was not training: nothing is dropped
        cell.reset()
        outputs = cell(*arrays(CASES[name][1]))[0]
    assert set(outputs.asnumpy().ravel()) != set(CASES[name][2][0].ravel())
