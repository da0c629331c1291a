"""Blocks that draw, and say what that costs: the divergence of a latent variable, for example."""
from functools import wraps

from ..._nested import is_tracing
from ...hybrid_block import HybridBlock

__all__ = ['StochasticBlock', 'StochasticSequential']


class StochasticBlock(HybridBlock):
    """A block whose forward adds to the loss: it calls `add_loss`, and is decorated::

        class Latent(StochasticBlock):
            @StochasticBlock.collectLoss
            def forward(self, loc, scale):
                q = Normal(loc, scale)
                self.add_loss(kl_divergence(q, Normal(0, 1)))
                return q.sample()

    After a call the `losses` are those of this call, also if the block is hybridized; those of
    blocks inside are then in its graph. ValueError for a forward that is not decorated.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._losses = []
        self._added = []

    def add_loss(self, loss):
        """Adds an array to the losses of the call that is under way."""
        self._added.append(loss)

    @staticmethod
    def collectLoss(func):
        """Makes a forward give the losses that it has added, beside its result."""
        @wraps(func)
        def forward(self, *args, **kwargs):
            self._added = []
            out = func(self, *args, **kwargs)
            added, self._added = self._added, []
            if is_tracing():  # A graph gives its results to nobody but the caller.
                self.apply(_forget)
            return out, added
        forward.gives_losses = True
        return forward

    def __call__(self, *args, **kwargs):
        """The result of forward; what it cost is in `losses`."""
        if not getattr(self.forward, 'gives_losses', False):
            raise ValueError(f'{type(self).__name__}.forward: expected a function decorated by '
                             'StochasticBlock.collectLoss')
        out, self._losses = super().__call__(*args, **kwargs)
        return out

    @property
    def losses(self):
        """The list of the losses of the last call."""
        return self._losses


def _forget(block):
    if isinstance(block, StochasticBlock):
        block._losses = []


class StochasticSequential(StochasticBlock):
    """Layers one behind the other, of which some add losses: `losses` has a list for each of
    these."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._layers = []

    def add(self, *blocks):
        """Adds layers at the end."""
        for block in blocks:
            self._layers.append(block)
            self.register_child(block)

    @StochasticBlock.collectLoss
    def forward(self, x, *args):
        """What the last layer makes of what the others made of x. Further arguments go to the first
        layer; where a layer gives several results, all but the first go to the next one."""
        for block in self._layers:
            x = block(x, *args)
            args = ()
            if isinstance(x, (tuple, list)):
                x, *args = x
            if isinstance(block, StochasticBlock):
                self.add_loss(block.losses)
        return (x, *args) if args else x

    def __getitem__(self, key):
        """A layer, or the layers of a slice as a network of their own."""
        layers = self._layers[key]
        if not isinstance(layers, list):
            return layers
        net = type(self)(prefix=self._prefix)
        net.add(*layers)
        return net

    def __len__(self):
        return len(self._layers)
