"""Block.save, load and share_parameters, which go by structural names."""
import json

import numpy as np
import pytest

from gluino import nd
from gluino.gluon import nn, rnn


def network():
    net = nn.HybridSequential()
    with net.name_scope():
        net.add(nn.Embedding(5, 3), rnn.LSTM(3, 2, layout='NTC', bidirectional=True), nn.Dense(2))
    return net


def test_recurrent_layers_and_files_of_mxnet(tmp_path):
    tokens = nd.array([[1, 2], [0, 3]])
    net = network()
    net.initialize()
    expected = net(tokens).asnumpy()
    prefix = str(tmp_path / 'a')
    net.save(prefix)
    other = network()
    other.load(prefix)
    np.testing.assert_array_equal(other(tokens).asnumpy(), expected)
    # MXNet's structure is another one, the parameters' names are the same.
    with open(prefix + '-model.json', 'w') as f:
        json.dump({'net0': {'orig_name': 'net0', 'children': {}}}, f)
    other = network()
    other.load(prefix)
    np.testing.assert_array_equal(other(tokens).asnumpy(), expected)


def test_parameters_of_recurrent_layers_are_shared():
    tokens = nd.array([[1, 2], [0, 3]])
    first, second = network(), network()
    for net in first, second:
        net.initialize()
        net.hybridize()
        net(tokens)
    second.share_parameters(first._collect_params_with_prefix())
    np.testing.assert_array_equal(second(tokens).asnumpy(), first(tokens).asnumpy())
    assert second[1].l0_i2h_weight is first[1].l0_i2h_weight
    assert (list(second.collect_params().values())[2] is first[1].l0_h2h_weight)


def test_names_that_nobody_has():
    net = network()
    with pytest.warns(UserWarning, match='"weight" is none of the names'):
        net.share_parameters({'weight': nn.Dense(2).weight})
