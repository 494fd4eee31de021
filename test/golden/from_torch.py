"""Cases computed by torch.nn modules in float64."""

import torch

from cases import Draw, case

SOURCE = f"torch {torch.__version__.split('+')[0]}"
MODULES = {"LSTM": torch.nn.LSTM, "GRU": torch.nn.GRU, "RNN": torch.nn.RNN}


def double(values):
    return torch.from_numpy(values).double()


def layer_case(name, kind, batch=2, time=5, scale=0.7, lengths=None, initial=False, time_major=False, **options):
    """One nn.LSTM, nn.GRU or nn.RNN; `options` are the library's. A reverse layer is torch's on flipped time."""
    draw = Draw(name)
    layers, reverse = options.get("layers", 1), options.get("reverse", False)
    arguments = {"num_layers": layers, "bidirectional": options.get("bidirectional", False)}
    arguments.update(bias=options.get("bias", True), batch_first=True, dtype=torch.float64)
    if "projectionSize" in options:
        arguments["proj_size"] = options["projectionSize"]
    if kind == "RNN":
        arguments["nonlinearity"] = options.get("nonlinearity", "tanh")
    module = MODULES[kind](options["inputSize"], options["hiddenSize"], **arguments)
    weights = draw.weights({key: tuple(value.shape) for key, value in module.named_parameters()}, scale)
    module.load_state_dict({key: double(value) for key, value in weights.items()})

    x = draw.input(batch, time, options["inputSize"])
    rows = layers * (2 if arguments["bidirectional"] else 1)
    forward, start = {}, None
    if initial:
        forward["state"] = {"h": draw.uniform((rows, batch, options.get("projectionSize", options["hiddenSize"])), 1)}
        start = double(forward["state"]["h"])
        if kind == "LSTM":
            forward["state"]["c"] = draw.uniform((rows, batch, options["hiddenSize"]), 1)
            start = (start, double(forward["state"]["c"]))
    sequence = double(x)
    if reverse:
        sequence = sequence.flip(1)
    if lengths:
        forward["lengths"] = lengths
        sequence = torch.nn.utils.rnn.pack_padded_sequence(sequence, lengths, batch_first=True, enforce_sorted=False)
    with torch.no_grad():
        output, state = module(sequence, start)
    if lengths:
        output, _ = torch.nn.utils.rnn.pad_packed_sequence(output, batch_first=True, total_length=time)
    if reverse:
        output = output.flip(1)
    h, c = state if kind == "LSTM" else (state, None)
    final = {"h": h.numpy()} if c is None else {"h": h.numpy(), "c": c.numpy()}
    output = output.numpy()
    if time_major:
        forward["timeMajor"] = True
        x, output = x.swapaxes(0, 1), output.swapaxes(0, 1)
    return case(name, SOURCE, kind, options, weights, x, output, final, forward)


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
