"""Optimizers that MXNet keeps apart."""
from ..ndarray import NDArray, contrib, zeros
from .base import Optimizer, register
from .steps import bound_of_any, legacy

__all__ = ['GroupAdaGrad']


@register
class GroupAdaGrad(Optimizer):
    """AdaGrad with one sum of squares per row, as for the vectors of an embedding.

    With h = clip(rescale_grad * grad): history += mean(h^2 over each row);
    weight -= lr * h / sqrt(history + eps). Weight decay is refused.
    """

    def __init__(self, eps=1e-5, **kwargs):
        super().__init__(**kwargs)
        self.float_stable_eps = eps

    def create_state(self, index, weight):
        """The sums of squares, (rows, 1): zeros."""
        assert isinstance(weight, NDArray) and len(weight.shape) == 2, (
            f"GroupAdaGrad: expected a weight of two axes, got {weight.shape}")
        return zeros((weight.shape[0], 1), weight.context, dtype=weight.dtype)

    def update(self, index, weight, grad, state):
        """Changes a weight and its state by one step."""
        self._update_count(index)
        assert self._get_wd(index) == 0, "GroupAdaGrad: weight decay is not supported"
        weight = legacy(weight)
        contrib.group_adagrad_update(
            weight, legacy(grad), legacy(state), out=weight, lr=self._get_lr(index),
            rescale_grad=self.rescale_grad, epsilon=self.float_stable_eps,
            clip_gradient=bound_of_any(self))
