"""Helpers around networks: batches over several devices, clipping of gradients, files, hooks."""

import hashlib
import math
import os
import uuid
import warnings
import weakref
from collections import OrderedDict

import numpy as np

from .. import ndarray
from ..util import is_np_array, is_np_shape

__all__ = ['split_data', 'split_and_load', 'clip_global_norm', 'check_sha1', 'download',
           'replace_file', 'shape_is_known', 'split_rnn_params', 'HookHandle']


def split_data(data, num_slice, batch_axis=0, even_split=True):
    """Cuts a batch into `num_slice` parts along `batch_axis`.

    Where the batch cannot be cut into equal parts, that is a ValueError, or with `even_split=False`
    the first parts hold a sample more than the last ones, which may hold none.

    Returns the list of parts: views of `data` where the axis is the first one.
    """
    axis = batch_axis if batch_axis >= 0 else batch_axis + len(data.shape)
    size = data.shape[axis]
    if num_slice < 1:
        raise ValueError(f'split_data: expected at least one part, got {num_slice}')
    if even_split and size % num_slice != 0:
        raise ValueError(f'data with shape {data.shape} cannot be cut into {num_slice} equal parts '
                         f'along axis {axis}; use a batch size that is a multiple of {num_slice}, '
                         'or even_split=False')
    parts = []
    begin = 0
    for i in range(num_slice):
        end = begin + size // num_slice + (1 if i < size % num_slice else 0)
        parts.append(data[(slice(None),) * axis + (slice(begin, end),)])
        begin = end
    return parts


def split_and_load(data, ctx_list, batch_axis=0, even_split=True):
    """Cuts a batch into one part per device of `ctx_list` and brings each part to its device.

    What is no array yet, a NumPy array or a nested list, becomes one.
    """
    if not isinstance(data, ndarray.NDArray):
        data = _as_array(data, ctx_list[0])
    if len(ctx_list) == 1:
        return [data.as_in_context(ctx_list[0])]
    parts = split_data(data, len(ctx_list), batch_axis, even_split)
    return [part.as_in_context(ctx) for part, ctx in zip(parts, ctx_list)]


def _as_array(data, ctx):
    if is_np_array():
        from .. import numpy as mx_np  # its package needs this one's neighbours
        return mx_np.array(data, ctx=ctx)
    return ndarray.array(data, ctx=ctx)


def clip_global_norm(arrays, max_norm, check_isfinite=True):
    """Scales the arrays together, in place, so that the norm of all of them is at most `max_norm`.

    They may be of several types; the norm is computed in float64 if one of them is, else in
    float32. Returns the norm that they had: a float, after a UserWarning if it is not finite; with
    `check_isfinite=False` an array of shape (1,), for which nobody waits.
    """
    assert len(arrays) > 0, 'clip_global_norm: expected at least one array'
    ctx = arrays[0].context
    # Squares of half precision overflow.
    dtype = 'float64' if any(array.dtype == np.float64 for array in arrays) else 'float32'
    squares = [ndarray.square(_legacy(array).astype(dtype, copy=False).norm()).as_in_context(ctx)
               for array in arrays]
    total = ndarray.sqrt(ndarray.add_n(*squares))
    if check_isfinite:
        value = float(total.asscalar())
        if not np.isfinite(value):
            warnings.warn(UserWarning('clip_global_norm: the norm is nan or infinite; what the '
                                      'arrays hold now is of no use'), stacklevel=2)
    scale = ndarray.broadcast_minimum(max_norm / (total + 1e-8),
                                      ndarray.ones((1,), ctx=ctx, dtype=dtype))
    for array in arrays:
        legacy = _legacy(array)
        legacy *= scale.as_in_context(array.context).astype(array.dtype)
    return value if check_isfinite else total


def _legacy(array):
    """The array as an NDArray of the classic interface, in the same memory."""
    return array.as_nd_ndarray()


def cut_row(row, shapes):
    """The arrays that lie one after the other in a row, by the names of their shapes."""
    parts, begin = {}, 0
    for name, shape in shapes.items():
        end = begin + math.prod(shape)
        parts[name] = row[begin:end].reshape(shape)
        begin = end
    return parts


# How many blocks of rows the matrices of a cell have: its gates, or one.
_GATES = {'rnn_relu': 1, 'rnn_tanh': 1, 'lstm': 4, 'gru': 3}


def split_rnn_params(param, mode, num_layers, input_size, hidden_size, bidirectional=False,
                     projection_size=None):
    """The parameters of a recurrent layer, by their names in 1.x ('l0_i2h_weight'), of the row that
    has them all, as the operator RNN takes it: the weights of each layer and direction, and then
    the biases. ValueError for an unknown mode, and a row that is too long or too short.

    mode : rnn_relu, rnn_tanh, lstm or gru
    projection_size : the size of an LSTM's states where they are projected
    """
    # pylint: disable=too-many-arguments
    if mode not in _GATES:
        raise ValueError(f'mode: expected {", ".join(_GATES)}, got {mode!r}')
    rows, state = _GATES[mode] * hidden_size, projection_size or hidden_size
    weights, biases = {}, {}
    for layer in range(num_layers):
        columns = state * (1 + bidirectional) if layer else input_size
        for side in 'lr' if bidirectional else 'l':
            cell = f'{side}{layer}_'
            weights |= {cell + 'i2h_weight': (rows, columns), cell + 'h2h_weight': (rows, state)}
            if projection_size:
                weights[cell + 'h2r_weight'] = (projection_size, hidden_size)
            biases |= {cell + 'i2h_bias': (rows,), cell + 'h2h_bias': (rows,)}
    shapes = weights | biases
    size = sum(map(math.prod, shapes.values()))
    if param.shape != (size,):
        raise ValueError(f'param: expected {size} numbers in a row, got an array {param.shape}')
    return cut_row(param, shapes)


def check_sha1(filename, sha1_hash):
    """Whether the file has this SHA-1, given as hexadecimal digits."""
    sha1 = hashlib.sha1()
    with open(filename, 'rb') as f:
        for chunk in iter(lambda: f.read(1 << 20), b''):
            sha1.update(chunk)
    digest = sha1.hexdigest()
    # A shortened hash is accepted, as files of old models carry some.
    return digest[:min(len(digest), len(sha1_hash))] == sha1_hash


def _get_repo_url():
    """Where MXNet's models and data sets are published: MXNET_GLUON_REPO, or MXNet's own server. It
    ends with a slash."""
    url = os.environ.get('MXNET_GLUON_REPO',
                         'https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/')
    return url if url.endswith('/') else url + '/'


def _get_repo_file_url(namespace, filename):
    """The URL of a file in the folder `namespace` of that server."""
    return f'{_get_repo_url()}{namespace}/{filename}'


def replace_file(src, dst):
    """Moves a file over another, at once: nobody sees half of it."""
    os.replace(src, dst)


def download(url, path=None, overwrite=False, sha1_hash=None, retries=5, verify_ssl=True):
    """Downloads a file, unless it is there already with the right SHA-1.

    Parameters
    ----------
    url : str
        Where it is; `file:` is understood, too.
    path : str, optional
        The file, or the folder that it is put into under the URL's name; the current folder if not
        given.
    overwrite : bool
        Download it in any case.
    sha1_hash : str, optional
        What it must have.
    retries : int
        How often to try again after a failure.
    verify_ssl : bool
        Without, certificates are not looked at, and a warning is given.

    Returns the path of the file. Raises the last failure when all tries failed.
    """
    name = url.split('/')[-1]
    assert name, f'cannot make a file name of the URL {url}; pass the path'
    if path is None:
        target = name
    else:
        path = os.path.expanduser(path)
        target = os.path.join(path, name) if os.path.isdir(path) else path
    assert retries >= 0, f'retries: expected at least 0, got {retries}'
    there = os.path.exists(target) and (not sha1_hash or check_sha1(target, sha1_hash))
    if there and not overwrite:
        return target
    if not verify_ssl:
        warnings.warn('The certificate of the server is not verified (verify_ssl=False)',
                      stacklevel=2)
    folder = os.path.dirname(os.path.abspath(os.path.expanduser(target)))
    os.makedirs(folder, exist_ok=True)
    for left in range(retries, -1, -1):
        try:
            print(f'Downloading {target} from {url}...')
            _fetch(url, target, sha1_hash, verify_ssl)
            return target
        except (OSError, ValueError) as error:  # among them URLError
            if left == 0:
                raise
            print(f'download failed due to {error!r}, retrying, {left} '
                  f'attempt{"s" if left > 1 else ""} left')
    return target


class _WrongContent(OSError, UserWarning):
    """A download that failed, which MXNet raises as a UserWarning."""


def _fetch(url, target, sha1_hash, verify_ssl):
    import urllib.request  # takes longer to load than most programs' networks to make
    context = None
    if url.startswith('https:') and not verify_ssl:
        import ssl  # needed by nobody else
        context = ssl._create_unverified_context()
    # A name of its own, so that two processes may download the same file.
    partial = f'{target}.{uuid.uuid4()}'
    try:
        with urllib.request.urlopen(url, context=context) as answer, open(partial, 'wb') as f:
            for chunk in iter(lambda: answer.read(1 << 16), b''):
                f.write(chunk)
        if sha1_hash and not check_sha1(partial, sha1_hash):
            raise _WrongContent(f'{url}: what was downloaded does not have the SHA-1 {sha1_hash}')
        replace_file(partial, target)
    finally:
        if os.path.exists(partial):
            os.remove(partial)


def shape_is_known(shape):
    """Whether all sizes of a shape are known: none is 0, or in np-shape mode -1."""
    if shape is None:
        return False
    unknown = -1 if is_np_shape() else 0
    if len(shape) == 0:
        return unknown == -1
    for size in shape:
        if size == unknown:
            return False
        assert size > unknown, (f'shape: expected sizes of at least {unknown}, got {size} in '
                                f'{tuple(shape)}')
    return True


class HookHandle:
    """A hook that was registered: `detach` takes it off, and so does the end of a `with` block."""

    def __init__(self):
        self._hooks_dict_ref = None
        self._id = None

    def attach(self, hooks_dict, hook):
        """Adds the hook to a dictionary of hooks."""
        assert self._hooks_dict_ref is None, 'this handle already belongs to a hook'
        self._id = id(hook)
        hooks_dict[self._id] = hook
        self._hooks_dict_ref = weakref.ref(hooks_dict)

    def detach(self):
        """Takes the hook off; nothing happens if that was done before."""
        hooks_dict = self._hooks_dict_ref() if self._hooks_dict_ref is not None else None
        if hooks_dict is not None:
            hooks_dict.pop(self._id, None)

    def __getstate__(self):
        hooks_dict = self._hooks_dict_ref() if self._hooks_dict_ref is not None else None
        return (hooks_dict, self._id)

    def __setstate__(self, state):
        hooks_dict, self._id = state
        # The hooks may be gone; then there is nothing to take off.
        self._hooks_dict_ref = weakref.ref(OrderedDict() if hooks_dict is None else hooks_dict)

    def __enter__(self):
        return self

    def __exit__(self, ptype, value, trace):
        self.detach()


def _indent(text, spaces):
    """All lines but the first, moved to the right."""
    lines = text.split('\n')
    return '\n'.join([lines[0]] + [' ' * spaces + line for line in lines[1:]])


def _brief_print_list(names, limit=7):
    """Names in quotes, with the middle of a long list left out."""
    names = list(names)
    if len(names) > limit:
        half = limit // 2
        return (_brief_print_list(names[:half], limit) + ', ..., '
                + _brief_print_list(names[-half:], limit))
    return ', '.join(f"'{name}'" for name in names)
