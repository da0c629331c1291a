"""Blocks and tools that MXNet keeps apart as not settled yet."""
from . import cnn, data, estimator, nn, rnn
