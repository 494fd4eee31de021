"""Drawing of weights and inputs, and the JSON form of one golden case.

Weights and inputs have two or three decimals, so that the files stay small; results are rounded to float32
and written with the fewest digits that read back as the same float32.
"""

import json
import zlib

import numpy as np


class Draw:
    """Numbers of one case, seeded by its name: adding a case changes no other file."""

    def __init__(self, name):
        self.generator = np.random.default_rng(zlib.crc32(name.encode()))

    def uniform(self, shape, scale, decimals=2):
        return np.round(self.generator.uniform(-scale, scale, shape), decimals).astype(np.float32)

    def weights(self, shapes, scale=0.7):
        return {name: self.uniform(shape, scale) for name, shape in shapes.items()}

    def input(self, *shape):
        return self.uniform(shape, 1.5, 3)


def array(values):
    values = np.asarray(values)
    if values.dtype.kind in "iu":
        return {"dtype": "int32", "shape": list(values.shape), "data": values.ravel().tolist()}
    flat = np.asarray(values, dtype=np.float32).ravel()
    assert np.isfinite(flat).all()
    return {"shape": list(values.shape), "data": [float(str(value)) for value in flat]}


def case(name, source, kind, options, parameters, x, output, state=None, forward=None):
    """`state` and `forward['state']` are { 'h': [layers*dirs, B, .], 'c': ... }; names as in the public API."""
    record = {"name": name, "source": source, "kind": kind, "options": options}
    record["parameters"] = {key: array(value) for key, value in parameters.items()}
    record["input"] = array(x)
    if forward:
        record["forward"] = dict(forward)
        if "state" in forward:
            record["forward"]["state"] = {key: array(value) for key, value in forward["state"].items()}
    record["expected"] = {"output": array(output)}
    if state is not None:
        record["expected"]["state"] = {key: array(value) for key, value in state.items()}
    return record


def text(record):
    """JSON with one line per array."""

    def lines(value, depth):
        if isinstance(value, dict) and value and "data" not in value and depth < 4:
            pad = " " * (2 * depth)
            inner = ",\n".join(f"{pad}  {json.dumps(key)}: {lines(item, depth + 1)}" for key, item in value.items())
            return "{\n" + inner + "\n" + pad + "}"
        return json.dumps(value, separators=(",", ":"))

    return lines(record, 0) + "\n"
