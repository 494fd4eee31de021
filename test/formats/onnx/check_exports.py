"""Checks what `saveOnnx` writes: onnx.checker accepts every file, and ONNX Runtime computes what the library does.

    pip install onnx==1.23.2 onnxruntime==1.32.0 numpy && python check_exports.py     (after `npm run build`)
"""

import json
import pathlib
import subprocess
import tempfile

import numpy as np
import onnx
import onnxruntime

HERE = pathlib.Path(__file__).parent
TOLERANCE = 1e-5


def array(record):
    return np.array(record["data"], dtype=record["dtype"]).reshape(record["shape"])


def main():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["node", HERE / "write-exports.mjs", folder], check=True)
        worst = 0
        files = sorted(pathlib.Path(folder).glob("*.onnx"))
        for file in files:
            record = json.loads(file.with_suffix(".json").read_text())
            onnx.checker.check_model(onnx.load(file), full_check=True)
            session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
            outputs = session.run(list(record["outputs"]), {key: array(value) for key, value in record["inputs"].items()})
            for (name, expected), actual in zip(record["outputs"].items(), outputs):
                distance = float(np.abs(actual - array(expected)).max())
                assert actual.shape == tuple(expected["shape"]) and distance < TOLERANCE, (record["name"], name, distance)
                worst = max(worst, distance)
        print(f"{len(files)} files, largest distance {worst:.1e}")


if __name__ == "__main__":
    main()
