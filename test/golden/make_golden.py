"""Writes every golden case of this folder and of `gradients`, `schedules` and `training` anew, one JSON file each.

    pip install torch==2.15.0 onnx==1.23.2 onnxruntime==1.32.0 keras==3.15.1 numpy==2.4.6
    python test/golden/make_golden.py

Each case draws its weights and inputs from a generator seeded by its own name. Files of cases that no longer
exist are removed.
"""

import os
import sys
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"
sys.dont_write_bytecode = True

import composed  # noqa: E402
import from_keras  # noqa: E402
import from_onnxruntime  # noqa: E402
import from_torch  # noqa: E402
import from_torch_convolutions  # noqa: E402
import from_torch_gradients  # noqa: E402
import from_torch_schedules  # noqa: E402
import from_torch_training  # noqa: E402
from cases import text  # noqa: E402


SOURCES = {
    ".": (from_torch.cases, from_torch_convolutions.cases, composed.cases, from_onnxruntime.cases, from_keras.cases),
    "gradients": (from_torch_gradients.cases, from_torch_convolutions.gradients),
    "schedules": (from_torch_schedules.cases,),
    "training": (from_torch_training.cases,),
}


def write(folder, sources):
    folder.mkdir(exist_ok=True)
    written = set()
    for source in sources:
        for record in source():
            path = folder / f"{record['name']}.json"
            assert path not in written, path
            path.write_text(text(record))
            written.add(path)
    for path in set(folder.glob("*.json")) - written:
        path.unlink()
    print(f"{folder.name}: {len(written)} cases, {sum(path.stat().st_size for path in written) // 1024} kB")


def main():
    for name, sources in SOURCES.items():
        write(Path(__file__).resolve().parent / name, sources)


if __name__ == "__main__":
    main()
