"""The files of networks: parameters under structural or older names, and the structure."""

import json

from .. import _core, ndarray
from .parameter_dict import _without_kind
from .utils import _brief_print_list


def save_parameters(block, filename, deduplicate):
    """See Block.save_parameters."""
    params = block._collect_params_with_prefix()
    if deduplicate:
        # Of the names of a shared parameter, the last one, as MXNet has it.
        names = {parameter: name for name, parameter in params.items()}
        params = {name: parameter for parameter, name in names.items()}
    ndarray.save(filename, {name: parameter._reduce() for name, parameter in params.items()})


def load_parameters(block, filename, ctx, allow_missing, ignore_extra, cast_dtype, dtype_source):
    """See Block.load_parameters."""
    loaded = ndarray.load(filename)
    if not isinstance(loaded, dict):
        if not loaded:
            loaded = {}
        else:
            raise ValueError(f'{filename}: holds arrays without names')
    load_dict(block, loaded, f"file '{filename}'", ctx, allow_missing, ignore_extra, cast_dtype,
              dtype_source)


def load_dict(block, arrays, where, ctx, allow_missing, ignore_extra, cast_dtype, dtype_source):
    """Takes the values from a dictionary of arrays, by the names that most of them have."""
    loaded = {_without_kind(name): array for name, array in arrays.items()}
    _take_rows_apart(block, '', loaded, where)
    params = _named_as(loaded, block)
    if not allow_missing:
        names = {}
        for name, parameter in params.items():
            names.setdefault(parameter, []).append(name)
        for name, parameter in params.items():
            # A shared parameter may be in the file once.
            assert any(other in loaded for other in names[parameter]), (
                f"Parameter '{name}' is missing in {where}, which holds "
                f'{_brief_print_list(loaded) or "none"}. Pass allow_missing=True to keep its value')
    for name in loaded:
        if not ignore_extra and name not in params:
            raise ValueError(f"Parameter '{name}' of {where} is not needed by the "
                             f'{type(block).__name__}, which has '
                             f'{_brief_print_list(params) or "none"}. Pass ignore_extra=True to '
                             'leave it out')
    for name, parameter in params.items():
        if name in loaded:
            parameter._load_init(loaded[name], ctx, cast_dtype=cast_dtype,
                                 dtype_source=dtype_source)


def _take_rows_apart(block, path, loaded, where):
    """Puts the single parameters of recurrent layers in the place of the rows that MXNet 2 has."""
    before = f'{path}.' if path else ''
    if hasattr(block, '_parts_of_row') and f'{before}rnn_param' in loaded:
        loaded.update(block._parts_of_row(loaded.pop(f'{before}rnn_param'), path, where))
    for name, child in block._children.items():
        _take_rows_apart(child, before + name, loaded, where)


def _named_as(loaded, block):
    """The parameters by those of their names that most arrays of the file have: the structural
    ones, or in older files their own, whole or without the block's prefix. Where none fits, it is
    the structural ones."""
    structural = block._collect_params_with_prefix()
    own = {parameter._var_name: parameter for parameter in structural.values()}
    prefix = block.prefix
    short = {name[len(prefix):] if name.startswith(prefix) else name: parameter
             for name, parameter in own.items()}
    return max((structural, own, short), key=lambda names: sum(name in loaded for name in names))


def save_model(block, prefix):
    """See Block.save."""
    structure = {'name': block.name, 'prefix': block.prefix, 'blocks': _structure_of(block)}
    _core.write_file(f'{prefix}-model.json', json.dumps(structure, indent=2).encode())
    save_parameters(block, f'{prefix}-model.params', False)


def load_model(block, prefix):
    """See Block.load."""
    with open(f'{prefix}-model.json', encoding='utf-8') as f:
        structure = json.load(f)
    places = {'': ''}
    # MXNet writes another structure, whose names are those of the parameters.
    if 'blocks' in structure:
        _match_structure(block, structure['blocks'], type(block).__name__, ('', ''), places)
    loaded = ndarray.load(f'{prefix}-model.params') or {}
    loaded = {_placed(name, places): array for name, array in loaded.items()}
    load_dict(block, loaded, f"file '{prefix}-model.params'", None, False, False, False, 'current')


def _placed(name, places):
    """The name of a saved parameter in the network that it is read into. Recurrent layers write
    names of cells that are no blocks of theirs."""
    place = name
    while place not in places:
        place = place[:place.rstrip('.').rfind('.') + 1]
    return places[place] + name[len(place):]


def _structure_of(block):
    return {'type': type(block).__name__,
            'params': {name: parameter.name for name, parameter in block._reg_params.items()},
            'children': {name: _structure_of(child) for name, child in block._children.items()}}


def _match_structure(block, saved, place, paths, places):
    """Notes in `places` where each block of a file is, by their paths. Children correspond in their
    order: they may be named after counters, as blocks are."""
    before, here = paths
    places[before] = here
    children = zip(saved['children'].items(), block._children.items())
    if saved['type'] != type(block).__name__ or len(saved['children']) != len(block._children):
        raise ValueError(f'{place}: expected a network of the same structure, a {saved["type"]} '
                         f'of {list(saved["children"])}, found a {type(block).__name__} of '
                         f'{list(block._children)}')
    for (old, structure), (name, child) in children:
        _match_structure(child, structure, f'{place}.{name}',
                         (f'{before}{old}.', f'{here}{name}.'), places)
