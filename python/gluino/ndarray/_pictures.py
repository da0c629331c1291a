"""MXNet's operators that read pictures, as functions: what they give, no graph can hold."""

# The package of pictures needs this one.
# pylint: disable=import-outside-toplevel,unused-argument,redefined-builtin


def _cvimdecode(buf=None, flag=1, to_rgb=True, out=None, name=None):
    """The picture in an array of the bytes of a file; see mx.image.imdecode."""
    from .. import image
    return image.imdecode(buf, flag, to_rgb, out)


def _cvimread(filename, flag=1, to_rgb=True, out=None, name=None):
    """The picture in a file; see mx.image.imread."""
    from .. import image
    return image.imread(filename, flag, to_rgb, out)


def _cvcopyMakeBorder(src=None, top=0, bot=0, left=0, right=0, type=0, value=0, values=(),
                      out=None, name=None):
    """The picture with rows and columns around it; see mx.image.copyMakeBorder."""
    from .. import image
    return image.copyMakeBorder(src, top, bot, left, right, type, value, values, out)
