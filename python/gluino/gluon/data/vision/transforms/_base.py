"""What the transforms of pictures share."""
from ....block import HybridBlock
from ....nn._faces import operators
from ..... import symbol
from .....ndarray import NDArray
from .....symbol import Symbol


def image_operator(name, data, **options):
    """What the operator `_image_NAME` makes of a symbol of either interface."""
    F = operators(symbol, data)
    call = getattr(symbol.image, name) if F is symbol else getattr(F, f'_image_{name}')
    return call(data, **options)


class ImageTransform(HybridBlock):
    """A transform that C++ computes. It needs no graph, so that hybridizing changes nothing; in
    a graph that is made around it stand the operators of `_symbolic`."""

    # The operator that graphs have in its place, without its `_image_`.
    _operator: str | None = None
    # The C++ transform; made in the first call.
    _kernel = None

    def __init__(self):
        super().__init__()

    def _make(self):
        """The C++ transform; raises MXNetError where an option is out of range."""
        raise NotImplementedError(type(self).__name__)

    def _native_transform(self):
        if self._kernel is None:
            self._kernel = self._make()
        return self._kernel

    def forward(self, x, *args):
        """A picture, or where a transform can, a batch of them."""
        if args:
            raise TypeError(f'{type(self).__name__} takes one array, got {1 + len(args)}')
        if isinstance(x, NDArray):
            return self._run(x)
        if isinstance(x, Symbol):
            return self._symbolic(symbol, x)
        raise ValueError(f'{type(self).__name__} takes an NDArray or a Symbol, '
                         f'got {type(x).__name__}')

    def hybrid_forward(self, F, x):
        """The same; F is not needed."""
        return self.forward(x)

    def hybridize(self, active=True, **kwargs):
        """There is nothing to compile."""

    def _run(self, x):
        kernel = self._native_transform()
        if x.ndim == 4 and kernel.has_batch:
            return kernel.batch(x)
        return kernel(x)

    def _symbolic(self, F, x):
        options = self._options()
        if self._operator is None or options is None:
            raise NotImplementedError(f'{type(self).__name__} of a symbol: no operator does this')
        return image_operator(self._operator, x, **options)

    def _options(self):
        """The options of the operator in graphs; None where it cannot do the same."""
        return None

    def __getstate__(self):
        return {**self.__dict__, '_kernel': None}
