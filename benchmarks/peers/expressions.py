"""What is measured beside NumPy: lines of Python that both libraries understand, by kind.

`np` is NumPy or `mx.np`; the letters are arrays of 10^6 elements unless said otherwise (operands()).
"""

import numpy as np


def operands():
    """The arrays by letter, NumPy's."""
    random = np.random.RandomState(7)
    side = (1000, 1000)
    x = random.uniform(-0.99, 0.99, side)
    found = {
        "x": x, "y": random.uniform(-0.99, 0.99, side),  # numbers within one
        "p": random.uniform(1.01, 3, side), "q": random.uniform(0.5, 2, side),  # above 0
        "v": random.uniform(-0.99, 0.99, 10**6),  # in one row
        "r": random.uniform(0.5, 2, 1000), "c": random.uniform(0.5, 2, (1000, 1)),
        "near": random.uniform(0.998, 1.002, side),  # whose products stay in range
        "cube": random.uniform(-0.99, 0.99, (100, 100, 100)),
        "half": np.where(random.uniform(size=side) < 0.5, 0, x),
        "V": random.uniform(-0.99, 0.99, 10**6),
        "ladder": random.permutation(10**6).reshape(side),  # all different
        "sorted": np.sort(random.uniform(-0.99, 0.99, 1000)),
        "gaps": np.where(random.uniform(size=side) < 0.01, np.nan, x),
    }  # fmt: skip
    found = {name: value if name == "V" else value.astype(np.float32)
             for name, value in found.items()}  # fmt: skip
    found |= {
        "X": found["x"].astype(np.float64), "Y": found["y"].astype(np.float64),
        "P": found["p"].astype(np.float64), "N": found["near"].astype(np.float64),
        "i": random.randint(-1000, 1000, side).astype(np.int32),
        "j": random.randint(1, 1000, side).astype(np.int32),
        "I": random.randint(-1000, 1000, side).astype(np.int64),
        "J": random.randint(1, 1000, side).astype(np.int64),
        "n": random.randint(0, 1000, 10**6).astype(np.int64),
        "u": random.randint(0, 256, side).astype(np.uint8),
        "w": random.randint(0, 256, side).astype(np.uint8),
        "s": random.randint(0, 8, side).astype(np.int32),
        "a": random.uniform(size=side) < 0.5, "b": random.uniform(size=side) < 0.5,
        "few": random.uniform(size=side) < 0.02,
        "places": random.randint(0, 10**6, 10**6).astype(np.int64),
        "rows": random.randint(0, 1000, 1000).astype(np.int64),
        "each": random.randint(0, 1000, side).astype(np.int64),
    }  # fmt: skip
    # 62,500 matrices of 4 rows.
    small = random.uniform(-1, 1, (62500, 4, 4)).astype(np.float32)
    found["small"] = small + 2 * np.eye(4, dtype=np.float32)
    found["definite"] = small @ small.swapaxes(1, 2) + np.eye(4, dtype=np.float32)
    return found


_UNARY = """absolute arccos arcsin arcsinh arctan arctanh cbrt ceil cos cosh degrees exp expm1 fix
floor isfinite isinf isnan isneginf isposinf logical_not negative radians reciprocal rint sign sin
sinh square tan tanh trunc nan_to_num signbit""".split()
_ABOVE = "arccosh log log10 log1p log2 sqrt".split()
_BINARY = """add subtract multiply divide mod power maximum minimum fmax fmin hypot arctan2 copysign
equal not_equal less less_equal greater greater_equal logical_and logical_or logical_xor fmod
floor_divide ldexp""".split()
_BITS = "bitwise_and bitwise_or bitwise_xor".split()
_REDUCTIONS = "sum mean max min std var prod any all argmax argmin".split()

KINDS = {
    "unary": [f"np.{name}(x)" for name in _UNARY] + [f"np.{name}(p)" for name in _ABOVE]
    + ["np.around(x, 2)", "np.clip(x, -0.5, 0.5)"]
    + [f"np.{name}(X)" for name in "absolute exp sin tanh sinh arcsinh cbrt floor sqrt".split()]
    + ["np.log(P)", "np.absolute(I)", "np.negative(I)", "np.sign(I)", "np.square(I)",
       "np.bitwise_not(I)", "np.bitwise_not(u)", "np.logical_not(a)", "np.sqrt(J)",
       "np.clip(I, -5, 5)"],
    "binary": [f"np.{name}(p, {'s' if name == 'ldexp' else 'q'})" for name in _BINARY]
    + [f"np.{name}({pair})" for name in ("add", "multiply", "maximum", "less", "equal")
       for pair in ("x, r", "x, c", "x, 0.5", "X, Y", "I, J", "i, j", "u, w")]
    + [f"np.{name}({pair})" for name in _BITS for pair in ("I, J", "i, j", "u, w", "a, b", "I, 7")]
    + ["np.mod(I, J)", "np.floor_divide(I, J)", "np.divide(I, J)", "np.subtract(I, J)",
       "np.power(x, 2)", "np.power(p, 0.5)", "np.power(P, 1.7)", "np.mod(p, 0.7)",
       "np.lcm(i, s)", "np.logical_and(a, b)", "np.add(x, i)", "np.isclose(x, y)",
       "np.array_equal(x, x)", "np.where(a, x, y)", "np.where(a, x, 0)", "np.where(a, I, J)",
       "-x", "x + y * 2", "x * y - p", "(x > 0) & (y > 0)", "x ** 2", "p ** 0.5", "p ** -1",
       "i ** 2", "i // 3", "I // 3", "I % 7", "u // 2", "a + b", "a * b", "np.maximum(a, b)", "~a"],
    "reduction": [f"np.{name}({what}{axis})" for name in _REDUCTIONS
                  for what, axis in (("half", ""), ("half", ", axis=0"), ("half", ", axis=1"))]
    + [f"np.{name}({what}{axis})" for name in _REDUCTIONS if name not in ("std", "var", "mean")
       for what in ("X", "I") for axis in ("", ", axis=0", ", axis=1") if what + name != "Xprod"]
    + [f"np.{name}({what}{axis})" for name in ("prod",) for what in ("near", "N")
       for axis in ("", ", axis=0", ", axis=1")]
    + [f"np.{name}(cube, axis={axis})" for name in ("sum", "max", "mean") for axis in ("1", "(0, 2)")]
    + ["np.max(u)", "np.sum(a)", "np.any(a)", "np.all(a)", "np.count_nonzero(half)",
       "np.count_nonzero(a)", "np.sum(a, axis=0)", "np.max(i)", "np.argmax(i)", "np.argmax(v)",
       "np.cumsum(V)", "np.cumsum(x, axis=0)", "np.cumsum(x, axis=1)", "np.cumsum(n)",
       "np.average(x, axis=0)", "np.linalg.norm(x)", "np.linalg.norm(x, axis=1)",
       "np.linalg.norm(x, ord=1)", "np.nansum(gaps)", "np.nanmax(gaps)",
       "np.nanprod(near)", "np.median(x)", "np.percentile(x, 30)", "np.quantile(x, 0.3, axis=0)",
       "np.ptp(x, axis=1)", "np.diff(x)", "np.diff(x, axis=0)", "np.ediff1d(v)"],
    "movement": ["x.copy()", "x.astype('float64')", "x.astype('int32')", "I.astype('float32')",
       "x.astype('bool')", "x.astype('uint8')", "I.astype('uint8')", "x.astype('float16')",
       "u.astype('float32')", "a.astype('float32')", "I.astype('int32')",
       "x.T.copy()", "np.transpose(cube, (2, 0, 1)).copy()", "np.transpose(cube, (1, 0, 2)).copy()",
       "np.swapaxes(cube, 1, 2).copy()", "np.concatenate([x, y])", "np.concatenate([x, y], axis=1)",
       "np.stack([x, y])", "np.stack([x, y], axis=-1)", "np.vstack([x, y])", "np.hstack([x, y])",
       "np.tile(r, (1000, 1))", "np.tile(x, (2, 2))", "np.repeat(r, 1000)", "np.repeat(x, 2, axis=0)",
       "np.repeat(x, 2, axis=1)", "np.flip(x, 0).copy()", "np.flip(x, 1).copy()", "np.flip(v).copy()",
       "np.roll(x, 3)", "np.roll(x, 3, axis=0)", "np.roll(x, 3, axis=1)", "np.rot90(x).copy()",
       "np.pad(x, 2)", "np.pad(x, 2, mode='edge')", "np.pad(x, 2, mode='reflect')",
       "np.broadcast_to(r, (1000, 1000)).copy()", "np.tril(x)", "np.triu(x)", "np.diag(r)",
       "np.diagflat(r)", "np.kron(r, r)", "np.outer(r, r)", "np.meshgrid(r, r)", "np.eye(1000)",
       "np.zeros((1000, 1000))", "np.ones((1000, 1000))", "np.full((1000, 1000), 2.5)",
       "np.arange(1000000)", "np.arange(1000000, dtype='int32')", "np.linspace(0, 1, 1000000)",
       "np.indices((1000, 1000))",
       "np.tri(1000)", "np.zeros_like(x)", "np.vander(r, 100)", "np.cross(v[:999999].reshape(-1, 3), "
       "v[1:].reshape(-1, 3))", "np.resize(x, (500, 500))", "np.squeeze(x[None]).copy()",
       "np.append(x, y)", "np.delete(x, 3, axis=0)", "np.insert(x, 3, 1, axis=0)"],
    "indexing": ["np.take(v, places)", "np.take(x, places)", "np.take(x, rows, axis=0)",
       "np.take(x, rows, axis=1)", "np.take_along_axis(x, each, 1)", "np.take_along_axis(x, each, 0)",
       "v[places]", "x[rows]", "x[:, rows]", "x[a]", "x[few]", "v[10:-10:3].copy()",
       "x[::2, ::2].copy()", "x[:, ::-1].copy()", "x[100:900, 100:900].copy()", "np.nonzero(half)",
       "np.nonzero(a)", "np.nonzero(few)", "np.argwhere(few)", "np.flatnonzero(half)",
       "np.bincount(n)", "np.bincount(n, v)", "np.histogram(v, bins=10, range=(-1, 1))", "np.histogram(v, bins=1000, range=(-1, 1))",
       "np.histogram(v, bins=sorted)", "np.searchsorted(sorted, v)", "np.digitize(v, sorted)",
       "np.unravel_index(places, (1000, 1000))", "np.choose(a.astype('int32'), [x, y])",
       "np.extract(a, x)", "np.compress(b[0], x, axis=1)",
       "np.isin(n, rows)", "np.interp(v, sorted, r)"],
    "ordering": ["np.sort(x)", "np.sort(v)", "np.sort(x, axis=0)", "v[np.argsort(v)]", "np.argsort(ladder)", "np.argsort(ladder, axis=0)",
       "np.sort(I)", "n[np.argsort(n)]", "np.sort(X)", "np.partition(x, 10)", "np.argpartition(x, 10)",
       "np.unique(n)", "np.unique(v)", "np.lexsort((n, v))"],
    "product": ["np.dot(x, y)", "np.dot(x, r)", "np.dot(v, v)", "np.matmul(x, y)", "np.dot(X, Y)",
       "np.matmul(cube, cube)", "np.inner(x, y)", "np.tensordot(cube, cube, 1)", "np.vdot(x, y)",
       "np.einsum('ij,jk', x, y)", "np.einsum('ij->ji', x).copy()", "np.einsum('ij,ij->i', x, y)",
       "np.einsum('ij,j', x, r)", "np.einsum('bij,bjk->bik', cube, cube)", "np.einsum('ij->', x)",
       "np.polyval(r[:5], v)", "np.correlate(v, r[:9])"],
    "linalg": ["np.linalg.det(small)", "np.linalg.inv(small)", "np.linalg.cholesky(definite)",
       "np.linalg.solve(small, small)", "np.linalg.eigh(definite)[0]", "np.linalg.slogdet(small)",
       "np.linalg.eigvalsh(definite)", "np.linalg.svd(small)[1]", "np.linalg.qr(small)",
       "np.linalg.pinv(small)"],
}  # fmt: skip
