"""The backends that MXNet's programs name where a graph is rewritten."""

#: They join layers on a processor and leave the numbers, which the compiler does for every graph.
_JOINING = ("MKLDNN", "MKLDNN_QUANTIZE")


def check_backend(what, backend):
    """NotImplementedError for all others."""
    if backend not in _JOINING:
        raise NotImplementedError(f"{what}: backend {backend!r}; expected "
                                  + " or ".join(map(repr, _JOINING)))
