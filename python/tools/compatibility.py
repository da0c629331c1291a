"""Compares the package with MXNet's interface, name by name, and writes docs/compatibility.md.

    python python/tools/compatibility.py python/tests/compatibility/mxnet-1.9.1.txt docs/compatibility.md

The list holds what `import mxnet` shows in MXNet 1.9.1: modules, classes with their methods, and
functions with their parameters.
"""
import ast
import importlib
import inspect
import re
import sys
import textwrap

THERE, PARTLY, NOT_YET = "there", "partly", "not yet"


def entries(path):
    """Yields (module, kind, name, parameters or None, methods) of the list."""
    module, current = None, None
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.rstrip("\n")
            if line.startswith("== "):
                if current:
                    yield current
                module, current = line[3:], None
            elif line.startswith("    .") and current:
                current[4].append(re.match(r"\.(\w+)", line.strip()).group(1))
            elif line.startswith(("class ", "def ")):
                if current:
                    yield current
                current = entry(module, line)
    if current:
        yield current


def entry(module, line):
    """One line of the list, taken apart."""
    kind, rest = line.split(" ", 1)
    name = re.match(r"\w+", rest).group(0)
    other = re.match(r"\w+ = (\S+)", rest)
    if other:
        return module, kind, name, None, []
    given = rest[rest.index("init(") + 4:] if "init(" in rest else rest[len(name):]
    return module, kind, name, parameters(given), []


def parameters(text):
    """The names in "(self, a, b=1, *c, **d)"."""
    names, depth, word = [], 0, ""
    for character in text[1:]:
        if depth == 0 and character in ",)":
            names.append(word.split("=")[0].strip())
            word = ""
            if character == ")":
                break
            continue
        depth += character in "([{<"
        depth -= character in ")]}>"
        word += character
    return [name for name in names if name and name not in ("self", "/") and not name.startswith("*")]


def only_refuses(function):
    """Whether a function does nothing but say that it is not there."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        body = [s for s in tree.body[0].body
                if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    except (OSError, TypeError, SyntaxError, AttributeError, IndexError):
        return False
    if not body:
        return False
    first = body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Call):
        return getattr(first.value.func, "id", "") == "missing"
    return isinstance(first, ast.Raise) and "NotImplementedError" in ast.dump(first)


def lacking(found, kind, wanted):
    """The parameters that MXNet's function has and ours does not take."""
    if wanted is None:
        return []
    try:
        ours = inspect.signature(found).parameters
    except (TypeError, ValueError):
        return []
    kinds = {p.kind for p in ours.values()}
    if inspect.Parameter.VAR_KEYWORD in kinds:
        return []
    return [name for name in wanted if name not in ours]


def _has(cls, method):
    """Whether a class has a method, not counting what only `object` of newer Pythons gives it."""
    return hasattr(cls, method) and not (
        method == "__getstate__" and cls.__getstate__ is getattr(object, "__getstate__", None))


def status(module, kind, name, wanted, methods):
    """(status, what is lacking) of one name."""
    try:
        place = importlib.import_module("gluino" + module[len("mxnet"):])
        found = getattr(place, name)
    except (ImportError, AttributeError, NotImplementedError):
        return NOT_YET, ""
    if kind == "def" and only_refuses(found):
        return NOT_YET, ""
    lacks = []
    if inspect.isclass(found):
        init = vars(found).get("__init__")
        if init is not None and only_refuses(init):
            return NOT_YET, ""
        missing_methods = [method for method in methods if not _has(found, method)]
        refused = [method for method in methods
                   if inspect.isfunction(getattr(found, method, None))
                   and getattr(found, method).__qualname__.startswith("_missing_method")]
        if missing_methods + refused:
            lacks.append("methods " + ", ".join(missing_methods + refused))
    absent = lacking(found, kind, wanted)
    if absent:
        lacks.append("parameters " + ", ".join(absent))
    return (PARTLY, "; ".join(lacks)) if lacks else (THERE, "")


def survey(path):
    """{module: [(name, status, what is lacking)]} of the whole list."""
    result = {}
    for module, kind, name, wanted, methods in entries(path):
        result.setdefault(module, []).append((name, *status(module, kind, name, wanted, methods)))
    return result


def page(result):
    """The survey as Markdown."""
    total = {key: sum(s == key for rows in result.values() for _, s, _ in rows)
             for key in (THERE, PARTLY, NOT_YET)}
    lines = [
        "# What of MXNet's Python interface is there",
        "",
        "Made by `python/tools/compatibility.py` from a list of what `import mxnet` shows in MXNet",
        "1.9.1; a test holds this page to the package. *Partly* is said with what is lacking. What is",
        "not there raises `NotImplementedError` that names it.",
        "",
        f"Of {sum(total.values())} names {total[THERE]} are there, {total[PARTLY]} partly, "
        f"{total[NOT_YET]} not yet.",
        "",
        "| module | there | partly | not yet |",
        "|---|---|---|---|",
    ]
    for module, rows in result.items():
        count = [sum(s == key for _, s, _ in rows) for key in (THERE, PARTLY, NOT_YET)]
        lines.append(f"| {module} | {count[0]} | {count[1]} | {count[2]} |")
    for module, rows in result.items():
        lines += ["", f"## {module}", ""]
        groups = {key: sorted({name for name, s, _ in rows if s == key}) for key in (THERE, NOT_YET)}
        if groups[THERE]:
            lines += textwrap.wrap("There: " + ", ".join(f"`{n}`" for n in groups[THERE]) + ".", 118,
                                   break_long_words=False, break_on_hyphens=False)
        partly = [(name, lacks) for name, s, lacks in rows if s == PARTLY]
        if partly:
            lines += ["", "Partly:", ""]
            lines += [f"- `{name}`: without {lacks}" for name, lacks in sorted(set(partly))]
        if groups[NOT_YET]:
            lines += [""] if groups[THERE] or partly else []
            lines += textwrap.wrap("Not yet: " + ", ".join(f"`{n}`" for n in groups[NOT_YET]) + ".", 118,
                                   break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    text = page(survey(sys.argv[1]))
    with open(sys.argv[2], "w", encoding="utf-8") as output:
        output.write(text)
