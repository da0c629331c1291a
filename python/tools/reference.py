"""Writes the reference of layers, losses, optimizers, initializers, metrics, schedulers, iterators
and transforms, a page of Markdown each:

    python python/tools/reference.py docs/reference

Names, arguments with defaults and the words are those of the package that is imported; lines of
Python are in reference_lines.py, and those of C++ in tests/documents/class_lines.cc, below a comment
with the class's name. A class without a docstring or a line is an error. The operators' pages are
made by `make docs`.
"""
import inspect
import pathlib
import re
import sys

import gluino as mx
import reference_lines as lines
from gluino import gluon
from gluino.gluon.data.vision import transforms

ROOT = pathlib.Path(__file__).resolve().parents[2]
CPP = tuple(f"tests/documents/{part}_lines.cc" for part in ("class", "layer", "recurrent"))

# What others derive from; it is no use by itself.
BASES = {"Block", "HybridBlock", "Loss", "Optimizer", "EvalMetric", "Initializer", "LRScheduler", "DataIter",
         "MXDataIter", "RecurrentCell", "HybridRecurrentCell", "ModifierCell", "ImageTransform", "InitDesc"}
NOT_THERE = "Raises NotImplementedError."


def _input(given):
    return given if isinstance(given, str) else f"mx.nd.ones({given})"


def _part(name):
    return f"layer.add({lines.PARTS[name]}); " if name in lines.PARTS else ""


def layer_line(name, called):
    """A layer made, and given something."""
    if name in lines.OTHER_LAYERS:
        return lines.OTHER_LAYERS[name].format(called)
    arguments, given = lines.LAYERS[name]
    return f"layer = {called}({arguments}); {_part(name)}layer.initialize(); layer({_input(given)})"


def cell_line(name, called):
    """A cell unrolled over five steps."""
    if name in lines.LAYERS:
        return layer_line(name, called)
    arguments, given = lines.CELLS[name]
    return (f"layer = {called}({arguments}); {_part(name)}layer.initialize(); "
            f"layer.unroll({given[1]}, {_input(given)}, merge_outputs=True)")


def optimizer_line(name, called):
    """A step."""
    return (f"step = {called}({lines.OPTIMIZERS[name]}); w = mx.nd.ones((2, 3)); "
            "step.update(0, w, w * 0.1, step.create_state(0, w))")


def initializer_line(name, called):
    """An array filled."""
    arguments, desc, shape = lines.INITIALIZERS[name]
    return f"w = mx.nd.zeros({shape}); {called}({arguments})(mx.init.InitDesc('{desc}'), w)"


def metric_line(name, called):
    """A batch added."""
    arguments, label, pred = lines.METRICS[name]
    return (f"metric = {called}({arguments}); metric.update([mx.nd.array({label})], "
            f"[mx.nd.array({pred})]); metric.get()")


def _call(table, given=None):
    def line(name, called):
        entry = table[name]
        arguments, of = entry if isinstance(entry, tuple) else (entry, given)
        return f"{called}({arguments})({of})"
    return line


def iterator_line(name, called):
    """All batches of an epoch."""
    return f"for batch in {called}({lines.ITERATORS[name]}): batch.data[0].asnumpy()"


# Page: title, modules, what its classes derive from (None: functions by name), what makes the line.
PAGES = {
    "layers": ("Layers", [gluon.nn, gluon.contrib.nn], gluon.Block, layer_line),
    "recurrent": ("Recurrent layers and cells", [gluon.rnn, gluon.contrib.rnn], gluon.Block, cell_line),
    "losses": ("Losses", [gluon.loss], gluon.loss.Loss, _call(lines.LOSSES)),
    "optimizers": ("Optimizers", [mx.optimizer, mx.optimizer.contrib], mx.optimizer.Optimizer,
                   optimizer_line),
    "schedulers": ("Schedules of the learning rate", [mx.lr_scheduler], mx.lr_scheduler.LRScheduler,
                   _call(lines.SCHEDULERS, "25")),
    "initializers": ("Initializers", [mx.init], None, initializer_line),
    "metrics": ("Metrics", [mx.metric], mx.metric.EvalMetric, metric_line),
    "iterators": ("Iterators", [mx.io, mx.image], None, iterator_line),
    "transforms": ("Transforms of pictures", [transforms], None, _call(lines.TRANSFORMS)),
}


def members(page):
    """Rows of (how it is called, what it is, its other names), sorted by name."""
    _, modules, base, _ = PAGES[page]
    found = {}
    for module in modules:
        space = module.__name__.replace("gluino", "mx", 1).replace("mx.initializer", "mx.init")
        for name, thing in sorted(vars(module).items()):
            if base is not None:
                is_one = inspect.isclass(thing) and issubclass(thing, base)
            elif page == "iterators":
                is_one = callable(thing) and name.endswith("Iter")
            else:
                is_one = inspect.isclass(thing) and thing.__module__.startswith(module.__name__)
            # A metric is called as the losses' base is; that one is no use by itself.
            is_base = name in BASES and thing is not mx.metric.Loss
            if is_one and not name.startswith("_") and not is_base and inspect.getdoc(thing) != NOT_THERE:
                found.setdefault(id(thing), (thing, []))[1].append(f"{space}.{name}")
    rows = []
    for thing, names in found.values():
        own = [name for name in names if name.rpartition(".")[2] == thing.__name__]
        called = (own or names)[0]
        rows.append((called, thing, [name for name in names if name != called]))
    return sorted(rows, key=lambda row: row[0].rpartition(".")[2].lower())


def python_line(page, called):
    """The line of a class; LookupError when reference_lines.py has none."""
    try:
        return PAGES[page][3](called.rpartition(".")[2], called)
    except KeyError:
        raise LookupError(f"{called} has no line in python/tools/reference_lines.py") from None


def cpp_lines():
    """Files and rows of lines by name: below the comment `// page: Name`, until an empty line."""
    found = {}
    for file in CPP:
        text = (ROOT / file).read_text(encoding="utf-8")
        for block in re.finditer(r"^ *// (\w+: \w+)\n((?: *\S.*\n)+)", text, re.MULTILINE):
            found[block[1]] = file, "\n".join(line.strip() for line in block[2].splitlines())
    return found


def words(called, thing):
    """The docstring in Markdown; LookupError without one. A heading with a line below begins a list of
    `name : what it is`, whose further lines are indented."""
    text = inspect.getdoc(thing)
    if not text or len(text.split()) < 2:
        raise LookupError(f"{called} has no docstring")
    made, listing, rows = [], False, text.splitlines()
    for row, after in zip(rows, [*rows[1:], ""]):
        if after and not after.strip("-"):
            made += ["", f"{row}:", ""]
            listing = True
        elif row and not row.strip("-"):
            continue
        elif listing and row.startswith(" "):
            made[-1] += " " + row.strip()
        elif listing and " : " in row:
            name, _, rest = row.partition(" : ")
            made.append(f"- `{name}`: {rest}{'' if rest.endswith(('.', ',', ';')) else '.'}")
        elif row or not listing:
            made += [""] * listing + [row]
            listing = False
    return plain(re.sub("\n{3,}", "\n\n", "\n".join(made)))


def plain(text):
    """Text in which Markdown and Doxygen see no marks of theirs, but for code between backticks."""
    parts = text.replace("``", "`").split("`")
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(r"([*|\\@#\[])", r"\\\1", parts[i].replace("<", "&lt;").replace(">", "&gt;"))
    for i in range(1, len(parts), 2):  # Doxygen ends code between single backticks at a quote
        tick = "``" if "'" in parts[i] else "`"
        parts[i] = f"{tick}{parts[i]}{tick}"
    return "".join(parts)


def section(page, called, thing, others, cpp):
    """One entry."""
    name = called.rpartition(".")[2]
    try:
        arguments = str(inspect.signature(thing))
    except (TypeError, ValueError):
        arguments = "(...)"
    arguments = re.sub(r"<.*?(\w+) object at \w+>", r"\1()", arguments).replace(" -> None", "")
    text = f"## {name}\n\n```py\n{called}{arguments}\n```\n\n{words(called, thing)}\n\n"
    if others:
        text += f"Also called {', '.join(f'`{other}`' for other in others)}.\n\n"
    text += f"```py\n{python_line(page, called)}\n```\n"
    shown = cpp.get(f"{page}: {name}")
    if shown:
        file, lines = shown
        text += f"\n<!-- from: {file} -->\n```cpp\n{lines}\n```\n"
    return text + "\n"


def page_text(page):
    """A page, whole."""
    title = PAGES[page][0]
    text = (f"# {title}\n\nMade by `python/tools/reference.py` from the Python package; the tests run every "
            "line. Where no line of C++ stands, C++ has the operators it is made of.\n\n")
    cpp = cpp_lines()
    return text + "".join(section(page, *member, cpp) for member in members(page))


def main():
    """Writes all pages into the folder that is given."""
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for page in PAGES:
        (folder / f"{page}.md").write_text(page_text(page), encoding="utf-8")


if __name__ == "__main__":
    main()
