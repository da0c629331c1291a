"""What functions write to `out`."""
import ast
import pathlib

import gluino
import gluino as mx
import numpy as np
import pytest

FOLDERS = ("ndarray", "numpy", "numpy_extension")


def functions_with_out():
    root = pathlib.Path(gluino.__file__).parent
    for file in sorted(file for folder in FOLDERS for file in (root / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef):
                arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
                if any(argument.arg == "out" for argument in arguments):
                    yield f"{file.relative_to(root)}: {node.name}", node


def is_used(name, function):
    return any(isinstance(node, ast.Name) and node.id == name
               for statement in function.body for node in ast.walk(statement))


def test_no_function_takes_out_and_forgets_it():
    found = list(functions_with_out())
    assert len(found) > 50
    assert [name for name, function in found if not is_used("out", function)] == []


@pytest.mark.parametrize("call, expected", [
    (lambda x, out: mx.npx.pick(x, mx.np.array([1, 0]), out=out), [2, 3]),
    (lambda x, out: mx.npx.slice(x, (0, 0), (1, 2), out=out), [[1, 2]]),
    (lambda x, out: mx.npx.norm(x, axis=1, out=out), np.sqrt([5, 25])),
])
def test_results_stand_in_out(call, expected):
    x = mx.np.array([[1., 2.], [3., 4.]])
    out = mx.np.zeros(np.shape(expected))
    assert call(x, out) is out
    assert np.allclose(out.asnumpy(), expected)


def test_norm_of_another_type():
    assert mx.npx.norm(mx.np.ones((2, 3)), out_dtype="float64").dtype == np.float64
