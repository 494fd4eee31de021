"""Cases computed by torch.nn modules in float64."""

import torch

from cases import Draw, case

SOURCE = f"torch {torch.__version__.split('+')[0]}"
MODULES = {"LSTM": torch.nn.LSTM, "GRU": torch.nn.GRU, "RNN": torch.nn.RNN}


def double(values):
    return torch.from_numpy(values).double()


class Layer:
    """One nn.LSTM, nn.GRU or nn.RNN with drawn weights, input and initial state; `options` are the library's.

    A reverse layer is torch's on flipped time. Everything here has the batch first until `in_user_order`.
    """

    def __init__(
        self, name, kind, batch=2, time=5, scale=0.7, lengths=None, initial=False, time_major=False, **options
    ):
        self.draw, self.kind, self.options = Draw(name), kind, options
        self.lengths, self.time, self.time_major = lengths, time, time_major
        layers = options.get("layers", 1)
        arguments = {"num_layers": layers, "bidirectional": options.get("bidirectional", False)}
        arguments.update(bias=options.get("bias", True), batch_first=True, dtype=torch.float64)
        if "projectionSize" in options:
            arguments["proj_size"] = options["projectionSize"]
        if kind == "RNN":
            arguments["nonlinearity"] = options.get("nonlinearity", "tanh")
        self.module = MODULES[kind](options["inputSize"], options["hiddenSize"], **arguments)
        shapes = {key: tuple(value.shape) for key, value in self.module.named_parameters()}
        self.weights = self.draw.weights(shapes, scale)
        self.module.load_state_dict({key: double(value) for key, value in self.weights.items()})

        self.x = self.draw.input(batch, time, options["inputSize"])
        rows = layers * (2 if arguments["bidirectional"] else 1)
        self.state_shapes = {"h": (rows, batch, options.get("projectionSize", options["hiddenSize"]))}
        if kind == "LSTM":
            self.state_shapes["c"] = (rows, batch, options["hiddenSize"])
        self.start = None
        if initial:
            self.start = {key: self.draw.uniform(shape, 1) for key, shape in self.state_shapes.items()}

    def run(self, x, start):
        """x [batch, time, inputSize], start { 'h', 'c' } or None -> output, final state in the same form."""
        reverse, packed = self.options.get("reverse", False), torch.nn.utils.rnn
        sequence = x.flip(1) if reverse else x
        if self.lengths:
            sequence = packed.pack_padded_sequence(sequence, self.lengths, batch_first=True, enforce_sorted=False)
        if start is not None:
            start = tuple(start.values()) if self.kind == "LSTM" else start["h"]
        output, state = self.module(sequence, start)
        if self.lengths:
            output, _ = packed.pad_packed_sequence(output, batch_first=True, total_length=self.time)
        if reverse:
            output = output.flip(1)
        return output, dict(zip(("h", "c"), state if self.kind == "LSTM" else (state,)))

    def in_user_order(self, values):
        values = values.detach().numpy() if isinstance(values, torch.Tensor) else values
        return values.swapaxes(0, 1) if self.time_major else values

    def forward(self):
        """Options of the call."""
        forward = {}
        if self.start:
            forward["state"] = self.start
        if self.lengths:
            forward["lengths"] = self.lengths
        if self.time_major:
            forward["timeMajor"] = True
        return forward


def layer_case(name, kind, **rest):
    layer = Layer(name, kind, **rest)
    start = layer.start and {key: double(value) for key, value in layer.start.items()}
    with torch.no_grad():
        output, state = layer.run(double(layer.x), start)
    final = {key: value.numpy() for key, value in state.items()}
    x, y = layer.in_user_order(layer.x), layer.in_user_order(output)
    return case(name, SOURCE, kind, layer.options, layer.weights, x, y, final, layer.forward())


def variety(kind, prefix, extra):
    """The same list of shapes and call options for each kind of cell."""

    def make(suffix, inputs=3, hidden=5, **rest):
        return layer_case(f"{prefix}-{suffix}", kind, inputSize=inputs, hiddenSize=hidden, **{**extra, **rest})

    yield make("plain")
    yield make("no-bias", bias=False)
    yield make("two-layers", layers=2)
    yield make("bidirectional", inputs=4, bidirectional=True)
    yield make("bidirectional-two-layers", hidden=6, layers=2, bidirectional=True, time=4)
    yield make("reverse", reverse=True)
    yield make("reverse-two-layers", inputs=2, layers=2, reverse=True)
    yield make("lengths", batch=3, time=6, lengths=[4, 6, 1])
    yield make("lengths-bidirectional-two-layers", batch=3, lengths=[5, 1, 3], layers=2, bidirectional=True)
    yield make("initial-state", initial=True)
    yield make("initial-state-bidirectional-lengths", batch=3, lengths=[2, 5, 4], bidirectional=True, initial=True)
    yield make("time-major", batch=3, time=4, time_major=True, initial=True)
    yield make("hidden-1", inputs=1, hidden=1, batch=1, time=7)
    yield make("hidden-17", inputs=5, hidden=17, batch=1, time=4)
    yield make("hidden-33", inputs=2, hidden=33, batch=2, time=2, scale=0.3)
    yield make("batch-20", inputs=3, hidden=5, batch=20, time=4)


def projections():
    def make(suffix, **rest):
        return layer_case(f"torch-lstm-{suffix}", "LSTM", inputSize=3, hiddenSize=6, **rest)

    yield make("projection", projectionSize=2)
    yield make("projection-no-bias", projectionSize=5, bias=False)
    yield make("projection-bidirectional-two-layers", projectionSize=2, layers=2, bidirectional=True, initial=True)
    yield make("projection-lengths", projectionSize=3, batch=3, lengths=[1, 5, 2], initial=True)


def modules():
    """nn.Linear, nn.Embedding and a torch.nn.Sequential-like stack of them, an LSTM and the last step."""
    name, draw = "torch-linear", Draw("torch-linear")
    weights = draw.weights({"weight": (3, 5), "bias": (3,)})
    x = draw.input(2, 4, 5)
    y = torch.nn.functional.linear(double(x), double(weights["weight"]), double(weights["bias"]))
    yield case(name, SOURCE, "Linear", {"inputSize": 5, "outputSize": 3}, weights, x, y.numpy())

    name, draw = "torch-embedding", Draw("torch-embedding")
    weights = draw.weights({"weight": (7, 3)})
    ids = draw.generator.integers(0, 7, (2, 5)).astype("int32")
    y = torch.nn.functional.embedding(torch.from_numpy(ids), double(weights["weight"]))
    yield case(name, SOURCE, "Embedding", {"vocabularySize": 7, "size": 3}, weights, ids, y.numpy())

    for bidirectional in (False, True):
        name = "torch-sequential" + ("-bidirectional" if bidirectional else "")
        draw, width = Draw(name), 10 if bidirectional else 5
        embedding, linear = torch.nn.Embedding(7, 3), torch.nn.Linear(width, 4)
        lstm = torch.nn.LSTM(3, 5, batch_first=True, bidirectional=bidirectional)
        stack = torch.nn.ModuleDict({"0": embedding, "1": lstm, "3": linear}).double()
        weights = draw.weights({key: tuple(value.shape) for key, value in stack.named_parameters()})
        stack.load_state_dict({key: double(value) for key, value in weights.items()})
        ids = draw.generator.integers(0, 7, (3, 6)).astype("int32")
        lengths = [6, 2, 4]
        with torch.no_grad():
            packed = torch.nn.utils.rnn.pack_padded_sequence(
                embedding(torch.from_numpy(ids)), lengths, batch_first=True, enforce_sorted=False
            )
            last = torch.cat(list(lstm(packed)[1][0]), dim=1)
            y = linear(last)
        options = {
            "modules": [
                {"kind": "Embedding", "options": {"vocabularySize": 7, "size": 3}},
                {"kind": "LSTM", "options": {"inputSize": 3, "hiddenSize": 5, "bidirectional": bidirectional}},
                {"kind": "Dropout", "options": {"p": 0.3}},
                {"kind": "Linear", "options": {"inputSize": width, "outputSize": 4}},
            ]
        }
        yield case(name, SOURCE, "Sequential", options, weights, ids, y.numpy(), forward={"lengths": lengths})


def cases():
    yield from variety("LSTM", "torch-lstm", {})
    yield from variety("GRU", "torch-gru", {})
    yield from variety("RNN", "torch-rnn-tanh", {})
    yield from variety("RNN", "torch-rnn-relu", {"nonlinearity": "relu", "scale": 0.4})
    yield from projections()
    yield from modules()
