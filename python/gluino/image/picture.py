"""Functions of single pictures: arrays of shape (height, width, channels), red first."""

import math
from numbers import Number

import numpy as np

from .. import _core, ndarray as nd
from ..base import MXNetError
from ..ndarray import NDArray, array


def _given(result, out):
    if out is None:
        return result
    out[:] = result
    return out


def imdecode(buf, flag=1, to_rgb=True, out=None):
    """The picture in the bytes of a JPEG, PNG or BMP file, an array of uint8.

    `buf` is bytes, a bytearray or an array of bytes. `flag`: 1 makes three channels, 0 one, grey,
    -1 leaves what the picture has. Without `to_rgb` blue comes first. Raises ValueError for another
    kind of buffer, MXNetError for what is no such picture.
    """
    if isinstance(buf, NDArray):
        buf = buf.asnumpy()
    if isinstance(buf, np.ndarray):
        buf = buf.tobytes()
    if not isinstance(buf, (bytes, bytearray, memoryview)):
        raise ValueError("buf: expected bytes, a bytearray or a numpy.ndarray, "
                         f"got {type(buf).__name__}")
    return _given(_core.image.imdecode(bytes(buf), int(flag), bool(to_rgb)), out)


def imread(filename, flag=1, to_rgb=True, out=None):
    """The picture in a JPEG, PNG or BMP file; see imdecode."""
    return _given(_core.image.imread(str(filename), int(flag), bool(to_rgb)), out)


def _get_interp_method(interp, sizes=()):
    """The interpolation that 9 (by whether the picture grows) and 10 (a random one) stand for.

    `sizes` are the old height and width, and the new ones.
    """
    if interp == 9:
        if not sizes:
            return 2
        assert len(sizes) == 4, f"sizes: expected four numbers, got {sizes}"
        old_height, old_width, new_height, new_width = sizes
        if new_height > old_height and new_width > old_width:
            return 2
        return 3 if new_height < old_height and new_width < old_width else 1
    if interp == 10:
        return int(_core.image.draw() * 5)
    if interp not in (0, 1, 2, 3, 4):
        raise ValueError(f"interp: expected 0 to 4, 9 or 10, got {interp}")
    return interp


def imresize(src, w, h, interp=1, out=None):
    """The picture, uint8 or float32, with `w` times `h` pixels.

    `interp`: 0 nearest, 1 bilinear, 2 bicubic, 3 by areas, 4 Lanczos, 9 by whether it grows, 10 at
    random. Raises MXNetError for another, and unless the size is of whole numbers from 1 on.
    """
    if interp not in (0, 1, 2, 3, 4, 9, 10):
        raise MXNetError(f"interp: expected 0 to 4, 9 or 10, got {interp}")
    if int(w) != w or int(h) != h:
        raise MXNetError(f"imresize: expected a width and a height in whole pixels, got {w} and {h}")
    method = _get_interp_method(interp, (src.shape[0], src.shape[1], h, w))
    dtype = src.dtype
    if dtype not in (np.uint8, np.float32):
        src = src.astype(np.float32)
    result = _core.image.imresize(src, int(w), int(h), method)
    return _given(result if result.dtype == dtype else result.astype(dtype), out)


def _as_pixels(values, dtype):
    if dtype.kind not in "iu":
        return values
    if not all(map(math.isfinite, values)):
        raise MXNetError(f"copyMakeBorder: expected finite values for pixels of {dtype}, got {values}")
    ends = np.iinfo(dtype)
    # The largest double that is not beyond the end: of int64, not that next to it.
    top = float(ends.max) if ends.max < 2**53 else math.nextafter(float(ends.max), 0)
    return [float(min(max(round(value), ends.min), top)) for value in values]


def _per_channel(values, channels):
    """What MXNet reads of the numbers given: those for channels that there are, and 0 for others."""
    given = [values] if isinstance(values, Number) else list(values)
    return ([float(v) for v in given] + [0.0] * channels)[:channels]


def copyMakeBorder(src, top, bot, left, right, type=0, value=0, values=(), out=None):
    """The picture with rows and columns around it. `type`: 0 of `value`, or of `values` per channel,
    0 where these are too few; 1 like the edge; 2 and 4 mirrored, with and without the edge itself;
    3 from the other side.

    Values are rounded, halves to even, and those beyond the range of the pixels are its ends. Raises
    MXNetError for one that is not finite beside whole numbers, and for sizes and a type that do not
    fit.
    """
    # pylint: disable=redefined-builtin
    is_one = not isinstance(values, Number) and len(values) == 0
    filled = [float(value)] if is_one else _per_channel(values, src.shape[-1])
    filled = _as_pixels(filled, np.dtype(src.dtype))
    # The library tells of sizes out of range; beyond those of an int64 it cannot be asked.
    sizes = [min(max(int(size), -1), 2**62) for size in (top, bot, left, right)]
    return _given(_core.image.add_border(src, sizes, int(type), filled), out)


def scale_down(src_size, size):
    """The largest size with the proportions of `size` that fits into `src_size`, both (width,
    height)."""
    width, height = float(size[0]), float(size[1])
    if src_size[1] < height:
        width, height = width * src_size[1] / height, float(src_size[1])
    if src_size[0] < width:
        width, height = float(src_size[0]), height * src_size[0] / width
    return int(width), int(height)


def resize_short(src, size, interp=2):
    """The picture with its shorter edge made `size` pixels long."""
    height, width = src.shape[:2]
    if height > width:
        new_height, new_width = size * height // width, size
    else:
        new_height, new_width = size, size * width // height
    return imresize(src, new_width, new_height, interp=interp)


def fixed_crop(src, x0, y0, w, h, size=None, interp=2):
    """The part of a picture with its upper left corner at (x0, y0), `w` times `h` pixels, brought
    to `size`, (width, height), unless None. What of it is beyond the edges is left out; raises
    MXNetError where nothing remains."""
    part = src[y0:y0 + h, x0:x0 + w]
    if 0 in part.shape:
        raise MXNetError(f"fixed_crop: no pixel of a picture of shape {src.shape} is in {w} x {h} at "
                         f"({x0}, {y0})")
    if size is not None and (w, h) != tuple(size):
        part = imresize(part, size[0], size[1], interp=interp)
    return part


def _whole_number(low, high):
    # From `low` to `high`, both included.
    return low + int(_core.image.draw() * (high - low + 1))


def _between(low, high):
    return low + (high - low) * _core.image.draw()


def _crop_at(src, size, interp, place):
    height, width = src.shape[:2]
    new_width, new_height = scale_down((width, height), size)
    x0, y0 = place(width - new_width), place(height - new_height)
    part = fixed_crop(src, x0, y0, new_width, new_height, size, interp)
    return part, (x0, y0, new_width, new_height)


def random_crop(src, size, interp=2):
    """A part of the picture at a random place, of `size` (width, height); enlarged where it has
    fewer pixels. Returns it and (x0, y0, width, height)."""
    return _crop_at(src, size, interp, lambda room: _whole_number(0, room))


def center_crop(src, size, interp=2):
    """The same from the middle."""
    return _crop_at(src, size, interp, lambda room: room // 2)


def random_size_crop(src, size, area, ratio, interp=2, **kwargs):
    """A part of random area and proportions at a random place, brought to `size` (width, height).

    `area` is the least share of the picture, or the least and the largest; `ratio` the least and
    the largest ratio of width to height. Where ten tries do not fit, the middle is taken. Returns
    it and (x0, y0, width, height).
    """
    if "min_area" in kwargs:  # what `area` was called once
        area = kwargs.pop("min_area")
    assert not kwargs, f"random_size_crop: there is no option {sorted(kwargs)[0]}"
    if isinstance(area, Number):
        area = (area, 1.0)
    height, width = src.shape[:2]
    for _ in range(10):
        pixels = _between(*area) * height * width
        proportion = math.exp(_between(math.log(ratio[0]), math.log(ratio[1])))
        new_width = int(round(math.sqrt(pixels * proportion)))
        new_height = int(round(math.sqrt(pixels / proportion)))
        if 0 < new_width <= width and 0 < new_height <= height:
            x0 = _whole_number(0, width - new_width)
            y0 = _whole_number(0, height - new_height)
            part = fixed_crop(src, x0, y0, new_width, new_height, size, interp)
            return part, (x0, y0, new_width, new_height)
    return center_crop(src, size, interp)


def _colours(value):
    return array(value) if isinstance(value, (np.ndarray, list, tuple)) else value


def color_normalize(src, mean, std=None):
    """(src - mean) / std, of numbers or arrays with one per channel; None leaves a step out."""
    if mean is not None:
        src = src - _colours(mean)
    if std is not None:
        src = src / _colours(std)
    return src


def imrotate(src, rotation_degrees, zoom_in=False, zoom_out=False):
    """Pictures of shape (channels, height, width), or a batch of them, float32, turned
    counter-clockwise around their middle; 0 beyond their edges.

    `rotation_degrees` is a number, or an array with one for each picture of a batch. `zoom_in`
    enlarges until no edge is seen, `zoom_out` shrinks until nothing is cut off. Raises TypeError
    for another type of pixels and for an array of degrees beside one picture, ValueError for both
    zooms or shapes that do not fit.
    """
    if zoom_in and zoom_out:
        raise ValueError("zoom_in and zoom_out: expected at most one of them")
    if src.dtype != np.float32:
        raise TypeError(f"expected pixels of type float32, got {np.dtype(src.dtype).name}")
    if src.ndim not in (3, 4):
        raise ValueError("expected a picture (channels, height, width), or a batch of them, got "
                         f"shape {src.shape}")
    if isinstance(rotation_degrees, Number):
        return _core.image.rotate(src, float(rotation_degrees), zoom_in, zoom_out)
    degrees = np.asarray(rotation_degrees.asnumpy() if isinstance(rotation_degrees, NDArray)
                         else rotation_degrees).reshape(-1)
    if src.ndim == 3:
        raise TypeError("rotation_degrees: expected a number for one picture, got an array")
    if src.ndim != 4 or len(degrees) != src.shape[0]:
        raise ValueError(f"rotation_degrees: expected one for each of {src.shape[0]} pictures, "
                         f"got {len(degrees)} for shape {src.shape}")
    return nd.stack(*[_core.image.rotate(src[i], float(angle), zoom_in, zoom_out)
                      for i, angle in enumerate(degrees)], axis=0)


def random_rotate(src, angle_limits, zoom_in=False, zoom_out=False):
    """imrotate by random degrees from ``angle_limits[0]`` to ``angle_limits[1]``, others for each
    picture of a batch."""
    if src.ndim == 3:
        return imrotate(src, _between(*angle_limits), zoom_in, zoom_out)
    return imrotate(src, [_between(*angle_limits) for _ in range(src.shape[0])], zoom_in, zoom_out)
