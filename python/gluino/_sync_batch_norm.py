"""SyncBatchNorm of mx.nd.contrib and mx.sym.contrib."""
from .base import missing


def of_one_device(batch_norm):
    """The operator, made of the one that normalizes on one device; with one the two are the same."""

    def SyncBatchNorm(*inputs, ndev=1, key=None, **options):
        """BatchNorm over the parts of a batch that `ndev` devices have; `key` is what the parts have
        in common. Raises NotImplementedError for more than one."""
        if int(ndev) > 1:
            missing(f"SyncBatchNorm over {ndev} devices")
        return batch_norm(*inputs, **options)

    return SyncBatchNorm
