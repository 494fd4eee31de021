"""Writes every golden case of this folder anew, one JSON file each.

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
from cases import text  # noqa: E402


def main():
    folder = Path(__file__).parent
    written = set()
    for source in (from_torch, composed, from_onnxruntime, from_keras):
        for record in source.cases():
            path = folder / f"{record['name']}.json"
            assert path not in written, path
            path.write_text(text(record))
            written.add(path)
    for path in set(folder.glob("*.json")) - written:
        path.unlink()
    print(f"{len(written)} cases, {sum(path.stat().st_size for path in written) // 1024} kB")


if __name__ == "__main__":
    main()
