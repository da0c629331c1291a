"""Where gradients are summed over devices and processes: `mx.kv.create('device')`, `'dist_sync'`."""
from . import base, kvstore, kvstore_server
from .base import KVStoreBase, create
from .kvstore import KVStore
from .kvstore_server import KVStoreServer

__all__ = ['KVStore', 'KVStoreBase', 'KVStoreServer', 'create']
