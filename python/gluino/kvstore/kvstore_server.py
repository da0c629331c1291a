"""MXNet's process that keeps parameters when several train. Here there is none."""

__all__ = ['KVStoreServer']

_INSTEAD = ("there are no servers: the workers sum among themselves. Start workers only, with mpirun, "
            "and take the kvstore 'dist_sync'")


class KVStoreServer:
    """Raises NotImplementedError: with 'dist_sync' the workers sum among themselves."""

    def __init__(self, kvstore):
        raise NotImplementedError(f"KVStoreServer: {_INSTEAD}")

    def run(self):
        """Raises NotImplementedError, too."""
        raise NotImplementedError(f"KVStoreServer.run: {_INSTEAD}")
