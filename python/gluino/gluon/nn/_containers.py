"""Blocks that only call their children."""

import warnings

from ... import ndarray
from ..block import Block, HybridBlock
from ..utils import _indent
from ._faces import operators


class _Container:
    """What the containers share: children by number."""

    def add(self, *blocks):
        """Adds layers at the end."""
        for block in blocks:
            self.register_child(block)

    def __repr__(self):
        children = '\n'.join(f'  ({key}): {_indent(repr(block), 2)}'
                             for key, block in self._children.items())
        return f'{type(self).__name__}(\n{children}\n)'

    def __getitem__(self, key):
        layers = list(self._children.values())[key]
        if not isinstance(layers, list):
            return layers
        part = type(self)(prefix=self._prefix)
        part.add(*layers)
        return part

    def __len__(self):
        return len(self._children)

    def __iter__(self):
        return iter(list(self._children.values()))

    def __bool__(self):
        return True  # also without layers

    def _in_turn(self, x, *args):
        for block in self._children.values():
            x = block(x, *args)
            args = ()
        return x


class Sequential(_Container, Block):
    """Layers that run one after the other: each gets what the one before it gives, a list as one
    argument. The first one gets all that the container is called with."""

    def forward(self, x, *args):
        """What the last layer gives."""
        return self._in_turn(x, *args)

    def hybridize(self, active=True, **kwargs):
        """Turns the layers into graphs, each into one of its own."""
        if self._children and all(isinstance(c, HybridBlock) for c in self._children.values()):
            warnings.warn(f'All layers of {self.name} are HybridBlocks: with HybridSequential in '
                          'the place of Sequential they would become one graph', stacklevel=2)
        super().hybridize(active, **kwargs)


class HybridSequential(_Container, HybridBlock):
    """Hybrid layers that run one after the other, and can become one graph."""

    def hybrid_forward(self, F, x, *args):
        """What the last layer gives."""
        return self._in_turn(x, *args)


class Concatenate(Sequential):
    """Layers that all get the same input; what they give is joined along `axis`."""

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def forward(self, x):
        """The results, joined."""
        F = operators(ndarray, x)
        return F.Concat(*[block(x) for block in self._children.values()], dim=self.axis)


class HybridConcatenate(HybridSequential):
    """The same of hybrid layers."""

    def __init__(self, axis=-1, **kwargs):
        super().__init__(**kwargs)
        self.axis = axis

    def hybrid_forward(self, F, x):
        """The results, joined."""
        F = operators(F, x)
        return F.Concat(*[block(x) for block in self._children.values()], dim=self.axis)


class Identity(HybridBlock):
    """Gives what it gets."""

    def hybrid_forward(self, F, x):
        """x"""
        return x
