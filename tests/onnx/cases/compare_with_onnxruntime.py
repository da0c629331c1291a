"""Has ONNX' checker and onnxruntime read what onnx_cases wrote into a folder, and compute the same.

Usage: compare_with_onnxruntime.py FOLDER [TOLERANCE]
"""

import pathlib
import sys

import numpy as np
import onnx
import onnxruntime


def difference(got, expected):
    """The largest, relative to the largest magnitude, at least 1; inf where they do not compare."""
    if got.shape != expected.shape or got.dtype != expected.dtype:
        return np.inf, f"{got.dtype}{got.shape} instead of {expected.dtype}{expected.shape}"
    if got.size == 0:
        return 0.0, ""
    got, expected = got.astype(np.float64), expected.astype(np.float64)
    same = np.isnan(got) & np.isnan(expected) | (got == expected)
    scale = max(1.0, np.abs(expected[np.isfinite(expected)]).max(initial=0))
    with np.errstate(invalid="ignore"):
        away = np.where(same, 0, np.abs(got - expected)) / scale
    return float(np.nan_to_num(away, nan=np.inf).max()), ""


def check(path, tolerance):
    onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    arrays = np.load(path.with_suffix(".npz"))
    given = {value.name: arrays["in:" + value.name] for value in session.get_inputs()}
    for place, got in enumerate(session.run(None, given)):
        away, words = difference(got, arrays[f"out:{place}"])
        if away > tolerance:
            return f"output {place}: {words or f'{away:.3g} away'}"
    return ""


def main():
    folder = pathlib.Path(sys.argv[1])
    tolerance = float(sys.argv[2]) if len(sys.argv) > 2 else 1e-5
    paths = sorted(folder.glob("*.onnx"))
    failures = 0
    for path in paths:
        try:
            words = check(path, tolerance)
        except Exception as error:  # whatever the runtime says of a file belongs into the report
            words = " ".join(str(error).split())[:300]
        if words:
            failures += 1
            print(f"{path.name}: {words}")
    print(f"{len(paths) - failures} of {len(paths)} agree to {tolerance}")
    return 1 if failures or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
