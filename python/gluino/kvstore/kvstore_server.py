"""The process that keeps parameters when several train."""

__all__ = ['KVStoreServer']


class KVStoreServer:
    """Raises NotImplementedError: training in several processes comes in a later version."""

    def __init__(self, kvstore):
        raise NotImplementedError("KVStoreServer: training in several processes is not supported "
                                  "yet")

    def run(self):
        """Would serve until told to stop."""
        raise NotImplementedError("KVStoreServer.run: training in several processes is not "
                                  "supported yet")
