"""Makes the files beside it with Neural Amp Modeler's own exporter, and `cases.json`: signals and its outputs.

    pip install torch neural-amp-modeler
    python test/formats/nam/make.py
"""

import json
import pathlib
import tempfile

import numpy as np

import torch
from nam.models.recurrent import LSTM

HERE = pathlib.Path(__file__).parent
cases = []


def case(name, hidden, layers, sample_rate=None):
    torch.manual_seed(len(cases))
    model = LSTM(hidden, num_layers=layers, sample_rate=sample_rate)
    for parameter in model.parameters():
        torch.nn.init.uniform_(parameter, -0.6, 0.6)
    model.eval()
    with tempfile.TemporaryDirectory() as folder:
        model.export(folder)
        text = pathlib.Path(folder, "model.nam").read_text()
    exported = json.loads(text)
    del exported["metadata"]["date"]
    (HERE / f"{name}.nam").write_text(json.dumps(exported) + "\n")
    # Read back, so that it begins with the state in the file.
    model.import_weights(exported["weights"])
    x = np.random.default_rng(len(cases)).uniform(-1, 1, 40).astype(np.float32)
    with torch.no_grad():
        y = model.double()(torch.from_numpy(x).double()[None], pad_start=False)[0]
    cases.append({
        "file": f"{name}.nam",
        "sampleRate": sample_rate,
        "x": {"shape": [40], "data": x.tolist()},
        "output": {"shape": [40], "data": y.tolist()},
    })


case("one-layer", 3, 1, 48000)
case("two-layers", 5, 2)
(HERE / "cases.json").write_text(json.dumps({"cases": cases}) + "\n")
