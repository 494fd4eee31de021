"""Writes torch/*.json: networks that both of PyTorch's exporters write, and what ONNX Runtime computes with them.

    pip install torch==2.15.0 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0 numpy && python make_torch.py

Weights and inputs are drawn with fixed seeds. Sizes that are dynamic in the file are other ones in the case than in the export.
"""

import io
import logging
import warnings
import zlib

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

from cases import case, write

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)


class Steps(nn.Module):
    """A recurrent layer and a head on every step."""

    def __init__(self, layer, width, head=3):
        super().__init__()
        self.layer = layer
        self.head = nn.Linear(width, head)

    def forward(self, x):
        output, state = self.layer(x)
        hidden = state[0] if isinstance(state, tuple) else state
        return self.head(torch.relu(output)), hidden


class Carried(nn.Module):
    """A recurrent layer whose state goes in and comes out."""

    def __init__(self, layer, is_lstm):
        super().__init__()
        self.layer = layer
        self.is_lstm = is_lstm

    def forward(self, x, h, c):
        if self.is_lstm:
            output, (h, c) = self.layer(x, (h, c))
        else:
            output, h = self.layer(x, h)
            c = c + 1
        return output, h, c


class Classifier(nn.Module):
    """Ids to the probabilities of classes, from the last step."""

    def __init__(self, layer, width, vocabulary=11, size=4):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, size)
        self.layer = layer
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 3)

    def forward(self, ids):
        output, _ = self.layer(self.embedding(ids))
        return torch.softmax(self.head(self.norm(output[:, -1])), dim=-1)


class Convolved(nn.Module):
    """Convolutions over time before a recurrent layer, as in audio networks."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv1d(2, 4, 3, stride=2, padding=1)
        self.second = nn.Conv1d(4, 6, 3, padding=2, dilation=2, groups=2)
        self.layer = nn.GRU(6, 5, batch_first=True)
        self.head = nn.Linear(5, 1)

    def forward(self, x):
        y = torch.tanh(self.second(torch.relu(self.first(x))))
        y, _ = self.layer(y.transpose(1, 2))
        return torch.sigmoid(self.head(y)).squeeze(-1)


class Cells(nn.Module):
    """One step of cells."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRUCell(3, 4)
        self.lstm = nn.LSTMCell(4, 5)

    def forward(self, x, h, c, g):
        g = self.gru(x, g)
        h, c = self.lstm(g, (h, c))
        return h, c, g


class Packed(nn.Module):
    """Sequences of different lengths."""

    def __init__(self):
        super().__init__()
        self.layer = nn.LSTM(3, 4, bidirectional=True, batch_first=True)

    def forward(self, x, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)
        output, (h, _) = self.layer(packed)
        padded, _ = nn.utils.rnn.pad_packed_sequence(output, batch_first=True)
        return padded, h


def cases():
    """Name, network, inputs of the export, inputs of the case, dynamic axes of the inputs."""
    x, longer = [3, 6, 3], [2, 9, 3]
    layers = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
    for kind, layer in layers.items():
        yield f"{kind}-batch-first", Steps(layer(3, 4, batch_first=True), 4), [x], [longer], [{0: "batch", 1: "time"}]
        yield f"{kind}-time-first", Steps(layer(3, 4), 4), [x], [longer], [{0: "time", 1: "batch"}]
        deep = layer(3, 4, num_layers=2, bidirectional=True, batch_first=True)
        yield f"{kind}-two-layers-bidirectional", Steps(deep, 8), [x], [longer], [{0: "batch", 1: "time"}]
        yield f"{kind}-fixed-sizes", Steps(layer(3, 4, batch_first=True), 4), [x], [x], None
        yield f"{kind}-no-bias", Steps(layer(3, 4, bias=False, batch_first=True), 4), [x], [x], None
        state = [[2, 3, 4], [2, 3, 4]]
        carried = Carried(layer(3, 4, num_layers=2, batch_first=True), kind == "lstm")
        sizes = [{0: "batch", 1: "time"}, {1: "batch"}, {1: "batch"}]
        yield f"{kind}-carried", carried, [x, *state], [longer, [2, 2, 4], [2, 2, 4]], sizes
        ids = [{0: "batch", 1: "time"}]
        yield f"{kind}-classifier", Classifier(layer(4, 5, batch_first=True), 5), ["ids", [2, 7]], ["ids", [3, 4]], ids
    yield "rnn-relu", Steps(nn.RNN(3, 4, nonlinearity="relu", batch_first=True), 4), [x], [[3, 9, 3]], [{1: "time"}]
    yield "convolved", Convolved(), [[2, 2, 16]], [[1, 2, 23]], [{0: "batch", 2: "time"}]
    yield "cells", Cells(), [[2, 3], [2, 5], [2, 5], [2, 4]], [[3, 3], [3, 5], [3, 5], [3, 4]], [{0: "batch"}] * 4
    yield "packed", Packed(), [[3, 6, 3], "lengths"], [[3, 6, 3], "lengths"], None


def draw(generator, shapes):
    if shapes[0] == "ids":
        return [generator.integers(0, 11, shapes[1])]
    lengths = np.array([6, 4, 1])
    return [
        lengths if shape == "lengths" else np.round(generator.uniform(-1.5, 1.5, shape), 3).astype(np.float32)
        for shape in shapes
    ]


def traced_shapes(shapes):
    return [shapes[1]] if shapes[0] == "ids" else [shape for shape in shapes if shape != "lengths"]


def export(network, inputs, names, axes, is_dynamo):
    tensors = tuple(torch.from_numpy(value) for value in inputs)
    options = {"input_names": names, "dynamo": is_dynamo}
    if is_dynamo:
        dims = {}
        shapes = axes and [
            {axis: dims.setdefault(name, torch.export.Dim(name, max=1000)) for axis, name in own.items()} for own in axes
        ]
        program = torch.onnx.export(network, tensors, dynamic_shapes=shapes and tuple(shapes), verbose=False, **options)
        return program.model_proto
    file = io.BytesIO()
    dynamic = axes and dict(zip(names, axes))
    torch.onnx.export(network, tensors, file, dynamic_axes=dynamic, opset_version=17, **options)
    return onnx.load_from_string(file.getvalue())


def main():
    for exporter in ("script", "dynamo"):
        written = []
        for name, network, traced, given, axes in cases():
            seed = zlib.crc32(name.encode())
            torch.manual_seed(seed)
            for parameter in network.parameters():
                nn.init.uniform_(parameter, -0.7, 0.7)
            generator = np.random.default_rng(seed)
            names = [f"input_{at}" for at in range(len(draw(generator, traced)))]
            try:
                model = export(network.eval(), draw(generator, traced), names, axes, exporter == "dynamo")
            except Exception as error:
                print(f"{exporter} {name}: {type(error).__name__}: {str(error).splitlines()[0][:150]}")
                continue
            session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
            # An exporter may fix a size that was to be dynamic.
            fixed = [size for info in session.get_inputs() for size in info.shape if isinstance(size, int)]
            is_dynamic = axes and len(fixed) == sum(map(len, traced_shapes(traced))) - sum(map(len, axes))
            inputs = dict(zip(names, draw(generator, given if is_dynamic else traced)))
            outputs = dict(zip([info.name for info in session.get_outputs()], session.run(None, inputs)))
            # What an exporter notes of its own program is larger than the network.
            for node in model.graph.node:
                del node.metadata_props[:]
                node.ClearField("doc_string")
            del model.metadata_props[:]
            del model.graph.metadata_props[:]
            del model.graph.value_info[:]
            for info in [*model.graph.input, *model.graph.output, *model.graph.initializer]:
                del info.metadata_props[:]
            written.append(case(name, model, inputs, outputs))
        write(
            f"torch/{exporter}.json",
            f"torch {torch.__version__}, onnxruntime {onnxruntime.__version__}",
            written,
        )


if __name__ == "__main__":
    main()
