"""Names and shapes of a module's inputs: checks of them, and batches of other shapes."""

import warnings

from .. import ndarray as nd
from ..io import DataDesc

_PARAMETER_ENDINGS = ("_weight", "_bias", "_gamma", "_beta")


def names_of(given):
    return [] if given is None else list(given)


def unknown_name(symbol, kind, names):
    """A sentence on the first name that is no argument of the symbol; None if all are."""
    arguments = symbol.list_arguments()
    for name in names:
        if name not in arguments:
            candidates = [known for known in arguments if not known.endswith(_PARAMETER_ENDINGS)]
            return (
                f"Module: {kind}: the symbol has no argument '{name}'; "
                f"there are: {', '.join(candidates) or 'none'}"
            )
    return None


def _check_input_names(symbol, names, typename, throw):
    """What modules that programs write themselves check their names by: an unknown one is a
    ValueError, or a warning unless ``throw``; ``typename`` is "data", "label" or the like.
    """
    message = unknown_name(symbol, f"{typename}_names", names)
    if message and throw:
        raise ValueError(message)
    if message:
        warnings.warn(message, stacklevel=2)


def check_provided(kind, expected, descs):
    """Raises ValueError if the data given do not have the names that the module has for them; warns
    if the labels do not, since what measures may use them nevertheless.
    """
    given = [desc.name for desc in descs]
    if sorted(given) == sorted(expected):
        return
    message = (
        f"bind: expected shapes of the {kind} {expected}, got those of {given}; the iterator's "
        f"{kind}_name or the module's {kind}_names make them agree"
    )
    if kind == "data":
        raise ValueError(message)
    warnings.warn(message, stacklevel=4)


def label_of(batch):
    """The labels of a batch; None if it is of a kind that has none."""
    return getattr(batch, "label", None)


def joined(batches, data_descs, label_descs):
    """The arrays of a batch, or of a list of batches, joined along the batch."""
    if not isinstance(batches, list):
        return batches.data, label_of(batches)

    def join(parts, descs):
        if not all(parts):
            return None
        axes = [DataDesc.get_batch_axis(desc.layout) for desc in descs]
        return [nd.concat(*arrays, dim=axis) for arrays, axis in zip(zip(*parts), axes)]

    return (
        join([batch.data for batch in batches], data_descs),
        join([label_of(batch) for batch in batches], label_descs or []),
    )


class Batch:
    """The arrays that a forward reads."""

    def __init__(self, data, label):
        self.data = data
        self.label = label


def shapes_for(data, label, group):
    """The shapes for which a group of executors must be reshaped to take a batch: those of data and
    of labels, or None if they are as they were. Labels that are not given get the batch's size.
    """
    data_shapes, label_shapes = group.data_shapes, group.label_shapes
    if len(data) != len(data_shapes):
        raise ValueError(
            f"forward: expected a batch with {len(data_shapes)} arrays of data, got {len(data)}"
        )
    labelled = bool(label and label_shapes)
    if labelled and len(label) != len(label_shapes):
        raise ValueError(
            f"forward: expected a batch with {len(label_shapes)} labels, got {len(label)}"
        )
    if _all_fit(data, data_shapes) and (
        not label_shapes or (labelled and _all_fit(label, label_shapes))
    ):
        return None
    new_data = [_with_shape(desc, array.shape) for desc, array in zip(data_shapes, data)]
    if labelled:
        new_label = [_with_shape(desc, array.shape) for desc, array in zip(label_shapes, label)]
    else:
        new_label = labels_like(new_data, group)
    return new_data, new_label


def labels_like(data_shapes, group):
    """The shapes of a group's labels for data of these shapes; None if it is bound without."""
    axes = zip(data_shapes, group.data_layouts)
    size = next((desc.shape[axis] for desc, axis in axes if axis >= 0), None)
    if size is None or not group.label_shapes:
        return group.label_shapes
    return [
        _with_size(desc, axis, size)
        for desc, axis in zip(group.label_shapes, group.label_layouts)
    ]


def _all_fit(arrays, descs):
    return all(array.shape == desc.shape for array, desc in zip(arrays, descs))


def _with_size(desc, axis, size):
    shape = list(desc.shape)
    if axis >= 0:
        shape[axis] = size
    return _with_shape(desc, tuple(shape))


def _with_shape(desc, shape):
    return DataDesc(desc.name, shape, desc.dtype, desc.layout)
