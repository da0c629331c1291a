"""Casts written into the text of a symbol."""
import functools
import json

from ... import _core

__all__ = ["converted"]

# By operator, without its prefix: what is computed in float32 as what the definitions call losses is.
_LOSSES = {"softmaxcrossentropy", "ctcloss"}
# What these give out is cast before them, so that outputs keep their names.
_LAST = {"softmax", "logsoftmax", "softmaxactivation"}
# What leaves whole numbers whole.
_EXACT = {"reshape", "flatten", "transpose", "expanddims", "squeeze", "swapaxis", "swapaxes", "slice",
          "sliceaxis", "slicelike", "slicechannel", "split", "concat", "stack", "copy", "blockgrad",
          "cast", "broadcastto", "broadcastaxis", "broadcastlike", "tile", "repeat", "reverse", "clip",
          "plusscalar", "minusscalar", "rminusscalar", "mulscalar", "addscalar", "subtractscalar",
          "multiplyscalar", "elemwiseadd", "elemwisesub", "broadcastadd", "broadcastsub", "add",
          "subtract", "identity", "floor", "round", "rint", "trunc", "fix", "divscalar", "modscalar",
          "truedividescalar"}
_COMPARISONS = {"equal", "notequal", "greater", "greaterequal", "lesser", "lesserequal"}


@functools.cache
def _described(op):
    return {"places": (), "is_loss": False} if op == "null" else _core.describe_operator(op)


def _places(node):
    """The inputs of which a narrow type would make other places, classes or lengths."""
    return _described(node["op"])["places"]


def _is_loss(node):
    return _described(node["op"])["is_loss"] or _kind(node) in _LOSSES


def _kind(node):
    name = node["op"].lower()
    for prefix in ("_contrib_", "_npx_", "_npi_", "_np_"):
        name = name.removeprefix(prefix)
    return name.replace("_", "")


def _is_comparison(node):
    return _kind(node).removeprefix("broadcast").removesuffix("scalar") in _COMPARISONS


def _is_constant(node):
    return node["op"] != "null" and not node["inputs"] and \
        node.get("attrs", {}).get("dtype", "float32") == "float32"


def _chain(nodes, i, k):
    """The (node, input) by which an input comes from variables or constants; whether from these only."""
    found, waiting, only = set(), [(i, k)], True
    while waiting:
        i, k = waiting.pop()
        if (i, k) in found:
            continue
        found.add((i, k))
        source = nodes[i]["inputs"][k][0]
        if _kind(nodes[source]) in _EXACT:
            waiting += [(source, each) for each in range(len(nodes[source]["inputs"]))]
        elif nodes[source]["op"] != "null" and not _is_constant(nodes[source]):
            only = False
    return found, only


def _exact_inputs(nodes):
    """The (node, input) that must be given what variables hold."""
    exact = set()
    for i, node in enumerate(nodes):
        for k in _places(node):
            if k < len(node["inputs"]):
                exact |= _chain(nodes, i, k)[0]
        if _is_comparison(node):
            chains = [_chain(nodes, i, k) for k in range(len(node["inputs"]))]
            if all(only for _, only in chains):
                exact = exact.union(*(found for found, _ in chains))
    return exact


def _wide_nodes(nodes, exact):
    """The numbers of the nodes that give out float32, as variables are: what else reads them is given
    a cast of it."""
    wide = set()
    for i, node in enumerate(nodes):
        all_exact = node["inputs"] and all((i, k) in exact for k in range(len(node["inputs"])))
        if _is_constant(node) or (all_exact and (
                _kind(node) in _EXACT or
                (_is_comparison(node) and not node["op"].startswith("_np")))):
            wide.add(i)
    return wide


class _Writer:
    """Nodes as they are written one after another."""

    def __init__(self):
        self.nodes = []

    def add(self, node):
        """The number of the node."""
        self.nodes.append(node)
        return len(self.nodes) - 1

    def cast(self, source, dtype, name):
        """The entry of a cast of an entry."""
        return [self.add({"op": "Cast", "name": name, "attrs": {"dtype": dtype},
                          "inputs": [source]}), 0, 0]


def _check_bodies(nodes):
    for node in nodes:
        for body in node.get("subgraphs", ()):
            _check_bodies(body["nodes"])
            for inner in body["nodes"]:
                if _places(inner):
                    raise NotImplementedError(
                        f"amp.convert_symbol: {node['name']}: {inner['op']} in the body of a loop or "
                        "a condition, whose inputs would be cast")


def converted(sym, cast, dtype):
    """The symbol with the variables of the names `cast` in `dtype` but where exact numbers are due,
    and outputs in float32."""
    from ... import symbol
    text = json.loads(sym.tojson())
    nodes = text["nodes"]
    _check_bodies(nodes)
    exact = _exact_inputs(nodes)
    read = {source[0] for node in nodes for source in node["inputs"]}
    last = {head[0] for head in text["heads"] if head[0] not in read and
            _kind(nodes[head[0]]) in _LAST}
    last |= {i for i, node in enumerate(nodes) if _is_loss(node)}
    wide = _wide_nodes(nodes, exact)
    writer, places, narrow = _Writer(), {}, {}
    variables = {}  # one each of those that share a name
    for i, node in enumerate(nodes):
        inputs = []
        beside_wide = any(nodes[source]["op"] == "null" and nodes[source]["name"] not in cast
                          for source, *_ in node["inputs"])
        for k, (source, *rest) in enumerate(node["inputs"]):
            entry = [places[source], *rest]
            name = nodes[source]["name"]
            if nodes[source]["op"] == "null" and name in cast and (i, k) not in exact:
                if name not in narrow:
                    narrow[name] = writer.cast(entry, dtype, f"{name}_amp_cast")
                entry = narrow[name]
            elif source in wide and (i, k) not in exact and not beside_wide:
                if (source, rest[0]) not in narrow:
                    narrow[source, rest[0]] = writer.cast(entry, dtype, f"{name}_{rest[0]}_amp_cast")
                entry = narrow[source, rest[0]]
            if i in last and k == 0:
                entry = writer.cast(entry, "float32", f"{node['name']}_data_amp_cast_float32")
            inputs.append(entry)
        if node["op"] == "null" and node["name"] in variables:
            places[i] = variables[node["name"]]
            continue
        places[i] = writer.add({**node, "inputs": inputs})
        if node["op"] == "null":
            variables[node["name"]] = places[i]
    heads = []
    for source, *rest in text["heads"]:
        head = [places[source], *rest]
        if source not in last:
            head = writer.cast(head, "float32",
                               f"{nodes[source]['name']}_{rest[0]}_amp_cast_float32")
        heads.append(head)
    arguments = [i for i, node in enumerate(writer.nodes) if node["op"] == "null"]
    return symbol.load_json(json.dumps({"nodes": writer.nodes, "arg_nodes": arguments, "heads": heads,
                                        "attrs": text.get("attrs", {})}))
