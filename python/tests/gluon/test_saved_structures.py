"""Block.save and load."""
import json

import numpy as np

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
