"""An iterator over a Gluon DataLoader, for Module: `mx.contrib.io`."""
from ..io import DataDesc, DataIter

__all__ = ["DataLoaderIter"]


class DataLoaderIter(DataIter):
    """Gives the (data, label) batches of a DataLoader as DataBatches; what a last batch lacks is
    filled up with zeros, and counted in `pad`."""

    def __init__(self, loader, data_name="data", label_name="softmax_label", dtype="float32"):
        super().__init__()
        self._loader = loader
        self._iter = iter(loader)
        data, label = next(self._iter)
        self.batch_size = data.shape[0]
        self.dtype = dtype
        self.provide_data = [DataDesc(data_name, data.shape, dtype)]
        self.provide_label = [DataDesc(label_name, label.shape, dtype)]
        self._current = None
        self.reset()

    def reset(self):
        """Begins a new epoch."""
        self._iter = iter(self._loader)

    def iter_next(self):
        """Moves to the next batch; False at the end."""
        self._current = next(self._iter, None)
        return self._current is not None

    def getdata(self):
        """The batch's data, a list of one array."""
        return [self._filled(self._current[0])]

    def getlabel(self):
        """The batch's labels, a list of one array."""
        return [self._filled(self._current[1])]

    def getpad(self):
        """How many of the last rows only fill the batch up."""
        return self.batch_size - self._current[0].shape[0]

    def getindex(self):
        """None: the loader does not say which samples they are."""

    def _filled(self, array):
        from ..ndarray import concat, zeros
        array = array.astype(self.dtype)
        pad = self.getpad()
        if pad == 0:
            return array
        return concat(array, zeros((pad, *array.shape[1:]), dtype=self.dtype), dim=0)
