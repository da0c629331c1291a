"""How the arrays and requests that bind is given belong to a symbol's arguments."""


def grad_reqs(grad_req, names):
    """Requests by argument: from one word, a list, or a dictionary (others are null)."""
    words = ([grad_req] if isinstance(grad_req, str) else
             grad_req.values() if isinstance(grad_req, dict) else grad_req)
    if isinstance(grad_req, (str, dict, list, tuple)) and not set(words) <= {"null", "write", "add"}:
        raise ValueError(f"expected grad_req to be \"null\", \"write\" or \"add\", got {grad_req!r}")
    if isinstance(grad_req, str):
        return dict.fromkeys(names, grad_req)
    if isinstance(grad_req, (list, tuple)):
        if len(grad_req) != len(names):
            raise ValueError(f"expected {len(names)} grad_reqs, one per argument, got "
                             f"{len(grad_req)}")
        return dict(zip(names, grad_req))
    if isinstance(grad_req, dict):
        return {name: grad_req.get(name, "null") for name in names}
    raise TypeError("grad_req: expected a string, a list or a dictionary")


def by_name(what, arrays, names, allow_missing):
    """Arrays by name, from a list in the order of the names, or from a dictionary."""
    if arrays is None:
        return {}
    if isinstance(arrays, (list, tuple)):
        if len(arrays) != len(names):
            raise ValueError(f"{what}: expected {len(names)} arrays, one for each name, got "
                             f"{len(arrays)}")
        return {name: array for name, array in zip(names, arrays) if array is not None}
    if not isinstance(arrays, dict):
        raise TypeError(f"{what}: expected a list of arrays, or a dictionary of them by name, got "
                        f"{type(arrays)}")
    for name in names:
        if name not in arrays and not allow_missing:
            raise ValueError(f"key `{name}` is missing in `{what}`")
    return {name: arrays[name] for name in names if arrays.get(name) is not None}


def copies_at(ctx, arrays):
    """The arrays; of those that are sparse, or elsewhere than at `ctx` if one is given, dense copies
    there."""
    apart = {name: array.tostype("default") for name, array in stored_apart(ctx, arrays).items()}
    if ctx is not None:
        apart = {name: array.as_in_context(ctx) for name, array in apart.items()}
    return {**arrays, **apart}


def stored_apart(ctx, arrays):
    """Those of the arrays that are sparse, or elsewhere than at `ctx` if one is given."""
    return {name: array for name, array in arrays.items()
            if getattr(array, "stype", "default") != "default"
            or ctx is not None and array.context != ctx}


def stored_arrays(symbol, native, stypes, group2ctx):
    """Arrays for the arguments that are sparse, by `stypes` or by their variables, or live at
    their group's context, and for their gradients."""
    from ..ndarray.ndarray import _STORAGE_TYPE_ID_TO_STR
    from ..ndarray.sparse import zeros
    stored, gradients = {}, {}
    attributes = symbol.attr_dict()
    names = symbol.list_arguments()
    numbers = {name: attributes.get(name, {}).get("__storage_type__", "0") for name in names}
    stypes = {name: stypes.get(name, _STORAGE_TYPE_ID_TO_STR[int(numbers[name])]) for name in names}
    by_rows = symbol.row_gradients(stypes)
    for name, array, grad in zip(names, native.arg_arrays, native.grad_arrays):
        stype = stypes[name]
        place = group2ctx.get(attributes.get(name, {}).get("ctx_group"), array.context)
        if stype in ("row_sparse", "csr") or place != array.context:
            stored[name] = zeros(stype, array.shape, place, array.dtype)
        if grad is not None and (name in stored or name in by_rows):
            gradients[name] = zeros("row_sparse" if name in by_rows else stype, array.shape, place,
                                    array.dtype)
    return stored, gradients
