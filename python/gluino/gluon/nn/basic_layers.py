"""Containers, and layers that are no convolutions."""

from ...util import is_np_array, use_np  # noqa: F401
from ..block import Block, HybridBlock  # noqa: F401
from ..parameter import Parameter  # noqa: F401
from ._containers import (Concatenate, HybridConcatenate, HybridSequential, Identity, Sequential)
from ._contrib import contrib_layers
from ._faces import operators
from ._lambdas import HybridLambda, Lambda
from ._norms import BatchNorm, BatchNormReLU, GroupNorm, InstanceNorm, LayerNorm, _BatchNorm  # noqa: F401
from .activations import Activation, named_activation  # noqa: F401

__all__ = ['Sequential', 'HybridSequential', 'Dense', 'Dropout', 'Embedding', 'BatchNorm',
           'BatchNormReLU', 'InstanceNorm', 'LayerNorm', 'GroupNorm', 'Flatten', 'Lambda',
           'HybridLambda', 'Concatenate', 'HybridConcatenate', 'Identity']

__getattr__ = contrib_layers(__name__, 'SyncBatchNorm')


class Dense(HybridBlock):
    """A fully connected layer: activation(x W^T + b).

    Parameters
    ----------
    units : int
        Size of the output.
    activation : str, optional
        See Activation; none if not given.
    use_bias : bool
        Whether there is a b.
    flatten : bool
        Takes all axes but the first as one; else the last axis alone is transformed.
    dtype : str or numpy.dtype
        Type of the parameters.
    weight_initializer, bias_initializer : str or Initializer, optional
        What they begin with; without one it is what `initialize` is given.
    in_units : int
        Size of the input; 0: found in the first forward.

    Weight (units, in_units), bias (units,). Input (N, ...), output (N, units), or without `flatten`
    (N, ..., in_units) to (N, ..., units).
    """

    def __init__(self, units, activation=None, use_bias=True, flatten=True, dtype='float32',
                 weight_initializer=None, bias_initializer='zeros', in_units=0, **kwargs):
        super().__init__(**kwargs)
        self._flatten = flatten
        self._units = units
        self._in_units = in_units
        with self.name_scope():
            self.weight = self.params.get('weight', shape=(units, in_units), dtype=dtype,
                                          init=weight_initializer, allow_deferred_init=True)
            self.bias = self.params.get('bias', shape=(units,), dtype=dtype, init=bias_initializer,
                                        allow_deferred_init=True) if use_bias else None
            self.act = named_activation(activation)

    def hybrid_forward(self, F, x, weight, bias=None):
        """activation(x W^T + b)"""
        y = operators(F, x).FullyConnected(x, weight, bias, no_bias=bias is None,
                                           num_hidden=self._units, flatten=self._flatten,
                                           name='fwd')
        return y if self.act is None else self.act(y)

    def __repr__(self):
        shape = self.weight.shape
        return (f'{type(self).__name__}({shape[1] or None} -> {shape[0]}, '
                f'{self.act if self.act else "linear"})')


class Dropout(HybridBlock):
    """In training sets elements to 0 with the probability `rate`, and scales the others up; else it
    gives what it gets. Along `axes` all elements share one draw."""

    def __init__(self, rate, axes=(), **kwargs):
        super().__init__(**kwargs)
        self._rate = rate
        self._axes = axes

    def hybrid_forward(self, F, x):
        """x, in training with zeros in it."""
        F = operators(F, x)
        if self._rate <= 0:
            return F.identity(x)
        return F.Dropout(x, p=self._rate, axes=self._axes, name='fwd', cudnn_off=False)

    def __repr__(self):
        return f'{type(self).__name__}(p = {self._rate}, axes={self._axes})'


class Embedding(HybridBlock):
    """Rows of a matrix by their numbers: of an input of any shape, an output with one axis more.

    Parameters
    ----------
    input_dim, output_dim : int
        The matrix has so many rows of that size: weight (input_dim, output_dim).
    dtype : str or numpy.dtype
        Type of the weight.
    weight_initializer : str or Initializer, optional
        What it begins with.
    sparse_grad : bool
        Whether the gradient of the weight is row_sparse: it stores the rows that x names.
    """

    def __init__(self, input_dim, output_dim, dtype='float32', weight_initializer=None,
                 sparse_grad=False, **kwargs):
        super().__init__(**kwargs)
        self._kwargs = {'input_dim': input_dim, 'output_dim': output_dim, 'dtype': dtype,
                        'sparse_grad': sparse_grad}
        with self.name_scope():
            self.weight = self.params.get('weight', shape=(input_dim, output_dim), dtype=dtype,
                                          init=weight_initializer, allow_deferred_init=True,
                                          grad_stype='row_sparse' if sparse_grad else 'default')

    def hybrid_forward(self, F, x, weight):
        """The rows with the numbers x."""
        return operators(F, x).Embedding(x, weight, name='fwd', **self._kwargs)

    def __repr__(self):
        return '{}({input_dim} -> {output_dim}, {dtype})'.format(type(self).__name__,
                                                                 **self._kwargs)


class Flatten(HybridBlock):
    """(N, ...) as (N, product of the rest)."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)

    def hybrid_forward(self, F, x):
        """x with two axes."""
        return operators(F, x).Flatten(x)

    def __repr__(self):
        return type(self).__name__
