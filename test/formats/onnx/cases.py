"""The JSON form of cases: a model, tensors that go in and those that come out, all as bytes in base64."""

import base64
import json
import pathlib

import numpy as np
import onnx

FOLDER = pathlib.Path(__file__).parent
DTYPES = {"float32": "<f4", "int32": "<i4", "int64": "<i8"}


def array(values):
    """A tensor as it crosses the library's API: truth values are int32 there."""
    values = np.asarray(values)
    if values.dtype == bool:
        values = values.astype(np.int32)
    if values.dtype in (np.float16, np.float64):
        values = values.astype(np.float32)
    name = str(values.dtype)
    data = np.ascontiguousarray(values).astype(DTYPES[name]).tobytes()
    return {"dtype": name, "shape": list(values.shape), "data": base64.b64encode(data).decode()}


def case(name, model, inputs, outputs):
    onnx.checker.check_model(model)
    return {
        "name": name,
        "model": base64.b64encode(model.SerializeToString()).decode(),
        "inputs": {key: array(value) for key, value in inputs.items()},
        "outputs": {key: array(value) for key, value in outputs.items()},
    }


def write(path, source, cases):
    """A file with one line per case."""
    lines = ",\n".join("    " + json.dumps(record, separators=(",", ":")) for record in cases)
    file = FOLDER / path
    file.parent.mkdir(exist_ok=True)
    file.write_text(f'{{\n  "source": {json.dumps(source)},\n  "cases": [\n{lines}\n  ]\n}}\n')
    print(f"{path}: {len(cases)} cases, {file.stat().st_size} bytes")
