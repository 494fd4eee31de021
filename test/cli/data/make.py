"""Arrays of NumPy and recordings of sox for the tests of the command: python make.py, beside sox in the path."""

import subprocess
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
VALUES = np.array([[0, 1, -2], [3, 100, -128]])


def arrays():
    for name in ["<f4", ">f4", "<f8", "<i2", ">i2", "<i4", "<i8", "i1", "<u2", "<u4"]:
        values = np.abs(VALUES) if "u" in name else VALUES
        np.save(HERE / f"{name.replace('<', 'little-').replace('>', 'big-')}.npy", values.astype(name))
    np.save(HERE / "bool.npy", VALUES > 0)
    np.save(HERE / "one-axis.npy", np.arange(5, dtype="<f4"))
    np.save(HERE / "fortran.npy", np.asfortranarray(VALUES.astype("<f4")))
    np.save(HERE / "complex.npy", VALUES.astype("<c8"))
    with open(HERE / "version-2.npy", "wb") as file:
        np.lib.format.write_array(file, VALUES.astype("<f4"), version=(2, 0))


def recordings():
    """A sine of 500 Hz for a hundredth of a second, at half of the full scale; without dither, so that it is the same each time."""
    kinds = {
        "pcm-8": ["-b", "8", "-e", "unsigned-integer"],
        "pcm-16": ["-b", "16"],
        "pcm-24": ["-b", "24"],
        "pcm-32": ["-b", "32", "-e", "signed-integer"],
        "float-32": ["-b", "32", "-e", "floating-point"],
        "float-64": ["-b", "64", "-e", "floating-point"],
        "stereo": ["-b", "16", "-c", "2"],
        "a-law": ["-e", "a-law"],
    }
    for name, options in kinds.items():
        synth = ["synth", "0.01", "sine", "500", "vol", "0.5"]
        subprocess.run(["sox", "-D", "-r", "8000", "-n", *options, HERE / f"{name}.wav", *synth], check=True)


arrays()
recordings()
