"""mx.npx.image: what mx.image has, under the name that MXNet's np interface has for it."""
from ..util import is_np_array  # noqa: F401

_OPERATORS = ("adjust_lighting", "crop", "flip_left_right", "flip_top_bottom", "normalize",
              "random_brightness", "random_color_jitter", "random_contrast",
              "random_flip_left_right", "random_flip_top_bottom", "random_hue", "random_lighting",
              "random_saturation", "resize", "to_tensor")


def __getattr__(name):
    from .. import image  # pylint: disable=import-outside-toplevel
    if not name.startswith("_") and hasattr(image, name):
        return getattr(image, name)
    if name in _OPERATORS:
        from ..numpy._call import not_there  # pylint: disable=import-outside-toplevel
        return not_there(f"image.{name}", f"the operator _image_{name}", "mx.npx")
    raise AttributeError(f"mx.npx.image has no attribute {name!r}")
