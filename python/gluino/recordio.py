"""Files of records, such as packed pictures, that MXNet's programs read and write, too."""

import operator
import os
from collections import namedtuple
from numbers import Number

import numpy as np

from . import _core
from .ndarray import NDArray, array
# Found here, too, as in MXNet.
from .base import MXNetError, c_str, check_call  # noqa: F401


def _bytes_of(what, value):
    # bytes(3) would be three zeros, bytes([1, 2]) two bytes.
    try:
        return bytes(memoryview(value))
    except TypeError:
        raise TypeError(f"{what}: expected bytes, got {type(value).__name__}") from None


class MXRecordIO:
    """A file of records, each any row of bytes, read ("r") or written ("w") in its order.

    What is written takes the place of an earlier file in close(), or when the object goes. Raises
    ValueError for another flag, MXNetError when the file cannot be opened. An object that is open
    for reading can be pickled, and used after a fork: it begins anew in the other process.
    """

    def __init__(self, uri, flag):
        self.uri = uri
        self.flag = flag
        self.handle = None
        self.is_open = False
        self.writable = None
        self.pid = None
        self.open()

    def open(self):
        """Opens the file as its flag says."""
        if self.flag not in ("r", "w"):
            raise ValueError(f"{self.uri}: flag: expected 'r' or 'w', got {self.flag!r}")
        self.writable = self.flag == "w"
        self.handle = _core.io.RecordFile(os.fspath(self.uri), self.flag)
        self.pid = os.getpid()
        self.is_open = True

    def __del__(self):
        if getattr(self, "is_open", False):
            self.close()

    def __getstate__(self):
        if self.is_open and self.writable:
            raise RuntimeError(f"{self.uri}: a file that is being written cannot be pickled")
        return {**self.__dict__, "handle": None, "pid": None}

    def __setstate__(self, d):
        self.__dict__.update(d)
        self.is_open = False
        if d["is_open"]:
            self.open()

    def _check_pid(self, allow_reset=False):
        # A place in a file is shared with the process that it was forked from.
        if self.pid == os.getpid() and self.is_open:
            return
        if not (allow_reset and self.is_open):
            raise RuntimeError(f"{self.uri}: the file is closed, or belongs to another process")
        self.reset()

    def close(self):
        """Ends the reading or writing; a second call does nothing."""
        if not self.is_open:
            return
        self.is_open = False
        # A child does not finish what its parent writes.
        handle, self.handle = self.handle, None
        if not self.writable or self.pid == os.getpid():
            handle.close()
        self.pid = None

    def reset(self):
        """Begins again: reads from the first record, or writes a new file."""
        self.close()
        self.open()

    def write(self, buf):
        """Appends a record of less than 2^29 bytes. AssertionError unless opened to write."""
        assert self.writable, f"{self.uri}: opened for reading"
        self._check_pid()
        self.handle.write(_bytes_of(self.uri, buf))

    def read(self):
        """The next record as bytes, or None at the end. AssertionError unless opened to read;
        MXNetError, naming the record, where the file is broken."""
        assert not self.writable, f"{self.uri}: opened for writing"
        self._check_pid(allow_reset=True)
        return self.handle.read()


class MXIndexedRecordIO(MXRecordIO):
    """A file of records with an index beside it, lines ``key<tab>offset``, that finds them by keys.

    `key_type` makes a key of its text. `keys` lists them in their order, `idx` is a dictionary with
    their offsets. The index is written in close(), with the file.
    """

    def __init__(self, idx_path, uri, flag, key_type=int):
        self.idx_path = idx_path
        self.idx = {}
        self.keys = []
        self.key_type = key_type
        super().__init__(uri, flag)

    def open(self):
        """Opens the file and reads its index. Raises OSError when there is none."""
        self.idx = {}
        self.keys = []
        super().open()
        if self.writable:
            return
        with open(self.idx_path, "rb") as index:
            for number, line in enumerate(index, 1):
                try:
                    self._add(*self._entry(line.decode()))
                except ValueError:
                    raise ValueError(f"{self.idx_path}: line {number}: expected key<tab>offset, "
                                     f"got {line!r}") from None

    def _entry(self, line):
        key, _, offset = line.rstrip("\r\n").partition("\t")
        if not offset.isdigit() or int(offset) >= 2**63:
            raise ValueError("no offset")
        return self.key_type(key), int(offset)

    def _add(self, key, offset):
        self.idx[key] = offset
        self.keys.append(key)

    def close(self):
        """Ends the reading or writing, and writes the index; a second call does nothing."""
        written = self.is_open and self.writable and self.pid == os.getpid()
        super().close()
        if written:
            lines = [f"{key}\t{self.idx[key]}\n" for key in self.keys]
            _core.write_file(os.fspath(self.idx_path), "".join(lines).encode())

    def seek(self, idx):
        """Goes to the record with the key `idx`; KeyError when there is none."""
        assert not self.writable, f"{self.uri}: opened for writing"
        self._check_pid(allow_reset=True)
        self.handle.seek(self.idx[idx])

    def tell(self):
        """The offset of the record that is written next."""
        assert self.writable, f"{self.uri}: opened for reading"
        return self.handle.tell()

    def read_idx(self, idx):
        """The record with the key `idx`, as bytes; KeyError when there is none, MXNetError where
        the file ends before it. Several threads may call it at once."""
        assert not self.writable, f"{self.uri}: opened for writing"
        self._check_pid(allow_reset=True)
        record = self.handle.read_at(self.idx[idx])
        if record is None:
            raise MXNetError(f"{self.uri}: ends at offset {self.idx[idx]}, where {self.idx_path} "
                             f"has the record {idx!r}")
        return record

    def write_idx(self, idx, buf):
        """Appends a record with the key `idx`."""
        key = self.key_type(idx)
        offset = self.tell()
        self.write(buf)
        self._add(key, offset)


IRHeader = namedtuple(  # type: ignore[name-match]
    "HEADER", ["flag", "label", "id", "id2"])
IRHeader.__doc__ = """What stands before the content of a record that is a labelled sample: `flag`
(how many labels there are, 0 for a single number), `label`, `id` and `id2`."""
HEADER = IRHeader  # the name by which its pickles find it


def _number_of(what, value):
    try:
        number = operator.index(value)
    except TypeError:
        number = -1
    if not 0 <= number < 2**64:
        raise ValueError(f"{what}: expected a whole number from 0 to 2^64 - 1, got {value!r}")
    return number


def pack(header, s):
    """A record of a header, an IRHeader or a tuple like it, and its content, bytes. The label is a
    number or a row of them, an empty one being 0; `flag` follows from it."""
    content = _bytes_of("content", s)
    header = IRHeader(*header)
    label = header.label
    if isinstance(label, Number):
        label = float(label)
    else:
        label = np.asarray(label.asnumpy() if isinstance(label, NDArray) else label,
                           dtype=np.float32).reshape(-1).tolist() or 0.0
    return _core.image.pack(label, _number_of("id", header.id), _number_of("id2", header.id2),
                            content)


def unpack(s):
    """The inverse of pack: a header, whose label is a float or a float32 array, and the content.
    Raises MXNetError for a record that is shorter than its header says."""
    flag, label, number, number2, content = _core.image.unpack(_bytes_of("record", s))
    if flag > 0:
        label = np.array(label, dtype=np.float32)
    return IRHeader(flag, label, number, number2), content


def pack_img(header, img, quality=95, img_fmt=".jpg"):
    """A record of a picture: uint8, shape (height, width) or (height, width, 3), blue first. It is
    encoded as `img_fmt`, ".jpg" or ".png"; `quality` is 1 to 100, or 0 to 9 for how small a PNG
    is made."""
    img = img.asnumpy() if isinstance(img, NDArray) else np.asarray(img)
    img = img[:, :, np.newaxis] if img.ndim == 2 else img
    if img.shape[2:] == (3,):
        img = img[:, :, ::-1]
    picture = array(np.ascontiguousarray(img), dtype=img.dtype)
    return pack(header, _core.image.imencode(picture, img_fmt.lower(), quality))


def unpack_img(s, iscolor=-1):
    """The inverse of pack_img: a header and a NumPy array, blue first; (height, width) where it is
    grey. `iscolor`: 1 makes three channels, 0 one, -1 leaves it as it is."""
    header, content = unpack(s)
    img = _core.image.imdecode(content, iscolor, False).asnumpy()
    return header, img[:, :, 0] if img.shape[2] == 1 else img
