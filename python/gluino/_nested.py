"""Nested lists of arrays as flat ones, and back."""


def flatten(values, leaf, what):
    """(flat list, form). `values` is a `leaf` or a list, nested as one likes, of them."""
    if isinstance(values, leaf):
        return [values], 0
    if not isinstance(values, (list, tuple)):
        raise AssertionError(f"{what}: expected {leaf.__name__}, or a nested list of them, got "
                             f"{type(values)}")
    flat, form = [], []
    for value in values:
        part, part_form = flatten(value, leaf, what)
        flat += part
        form.append((len(part), part_form))
    return flat, form


def regroup(flat, form):
    """What flatten was given, with other leaves."""
    if form == 0:
        return flat[0]
    result, begin = [], 0
    for count, part in form:
        result.append(regroup(flat[begin:begin + count], part))
        begin += count
    return result
