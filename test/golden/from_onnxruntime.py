"""Cases computed by ONNX Runtime from one-node models.

Weights are drawn in the library's gate order (LSTM i,f,g,o; GRU r,z,n) and laid out in ONNX's (i,o,f,c and z,r,h).
ONNX's `input_forget` keeps the weights of the input gate i and takes f = 1 - i; the library's coupled cell keeps
those of f. As 1 - sigmoid(a) = sigmoid(-a), the node gets the negated forget weights as those of its input gate.
"""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

from cases import Draw, case

SOURCE = f"onnxruntime {onnxruntime.__version__}"
ORDER = {"LSTM": ("i", "o", "f", "g"), "GRU": ("z", "r", "n"), "RNN": ("n",)}
GATES = {"LSTM": ("i", "f", "g", "o"), "GRU": ("r", "z", "n"), "RNN": ("n",)}
PEEPHOLE_ORDER = ("i", "o", "f")
DIRECTIONS = {"forward": [""], "reverse": [""], "bidirectional": ["", "_reverse"]}


def run(kind, feeds, attributes, outputs):
    """Feeds: { ONNX input name: array }, in the operator's order of inputs; absent ones are left out."""
    names = {"LSTM": ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P"]}
    order = names.get(kind, ["X", "W", "R", "B", "sequence_lens", "initial_h"])
    inputs = [key if key in feeds else "" for key in order]
    while not inputs[-1]:
        inputs.pop()
    node = helper.make_node(kind, inputs, outputs, **attributes)
    kinds = {"float32": TensorProto.FLOAT, "int32": TensorProto.INT32}
    graph = helper.make_graph(
        [node],
        "cell",
        [helper.make_tensor_value_info(key, kinds[str(value.dtype)], value.shape) for key, value in feeds.items()],
        [helper.make_tensor_value_info(key, TensorProto.FLOAT, [None] * (4 if key == "Y" else 3)) for key in outputs],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, feeds)


def layer_case(
    name, kind, batch=2, time=5, scale=0.7, direction="forward", lengths=None, initial=False, attributes=None, **options
):
    """`attributes` are the node's, `options` the library's; the caller says which mean the same."""
    draw = Draw(name)
    inputs, hidden, bias = options["inputSize"], options["hiddenSize"], options.get("bias", True)
    coupled = options.get("coupled", False)
    gates = [gate for gate in GATES[kind] if not (coupled and gate == "i")]
    seen = [gate for gate in gates if gate != "g"] if options.get("peephole") else []
    rows, suffixes = len(gates) * hidden, DIRECTIONS[direction]
    weights = {}
    for suffix in suffixes:
        shapes = {f"weight_ih_l0{suffix}": (rows, inputs), f"weight_hh_l0{suffix}": (rows, hidden)}
        if bias:
            shapes.update({f"bias_ih_l0{suffix}": (rows,), f"bias_hh_l0{suffix}": (rows,)})
        if seen:
            shapes[f"peephole_l0{suffix}"] = (len(seen), hidden)
        weights.update(draw.weights(shapes, scale))

    def stacked(part, own, wanted):
        """Blocks of `part` of every direction, from the gates `own` in the library's order to ONNX's `wanted`."""
        directions = []
        for suffix in suffixes:
            block = dict(zip(own, np.split(weights[f"{part}_l0{suffix}"], len(own))))
            if coupled:
                block["i"] = -block["f"]
            directions.append(np.concatenate([block[gate] for gate in wanted]))
        return np.stack(directions)

    x = draw.input(time, batch, inputs)
    feeds = {"X": x, "W": stacked("weight_ih", gates, ORDER[kind]), "R": stacked("weight_hh", gates, ORDER[kind])}
    if bias:
        sides = [stacked(part, gates, ORDER[kind]) for part in ("bias_ih", "bias_hh")]
        feeds["B"] = np.concatenate(sides, axis=1)
    forward = {}
    if lengths:
        forward["lengths"] = lengths
        feeds["sequence_lens"] = np.array(lengths, dtype=np.int32)
    if initial:
        keys = ["h", "c"] if kind == "LSTM" else ["h"]
        forward["state"] = {key: draw.uniform((len(suffixes), batch, hidden), 1) for key in keys}
        feeds.update({f"initial_{key}": value for key, value in forward["state"].items()})
    if seen:
        feeds["P"] = stacked("peephole", seen, PEEPHOLE_ORDER).reshape(len(suffixes), -1)
    if direction == "reverse":
        options["reverse"] = True
    if direction == "bidirectional":
        options["bidirectional"] = True

    outputs = ["Y", "Y_h", "Y_c"] if kind == "LSTM" else ["Y", "Y_h"]
    results = run(kind, feeds, {"hidden_size": hidden, "direction": direction, **(attributes or {})}, outputs)
    y = results[0].transpose(2, 0, 1, 3).reshape(batch, time, len(suffixes) * hidden)
    final = dict(zip(("h", "c"), results[1:]))
    return case(name, SOURCE, kind, options, weights, x.swapaxes(0, 1), y, final, forward)


def lstm_cases():
    def lstm(suffix, inputs=3, hidden=5, **rest):
        return layer_case(f"onnx-lstm-{suffix}", "LSTM", inputSize=inputs, hiddenSize=hidden, **rest)

    def activations(gate, cell, output, alpha=None, beta=None):
        chosen = {"activations": [gate, cell, output]}
        if alpha:
            chosen.update(activation_alpha=alpha, activation_beta=beta)
        return chosen

    yield lstm("plain", initial=True)
    yield lstm("no-bias", bias=False)
    yield lstm("peephole", peephole=True, initial=True)
    yield lstm("peephole-bidirectional-lengths", peephole=True, direction="bidirectional", batch=3, lengths=[5, 2, 3])
    yield lstm("coupled", coupled=True, attributes={"input_forget": 1}, initial=True)
    yield lstm("coupled-peephole", coupled=True, peephole=True, attributes={"input_forget": 1}, initial=True)
    yield lstm("clip", clip=0.4, attributes={"clip": 0.4}, initial=True)
    yield lstm("clip-peephole", clip=0.4, peephole=True, attributes={"clip": 0.4}, initial=True)
    yield lstm("reverse", direction="reverse", initial=True)
    yield lstm("reverse-lengths", direction="reverse", batch=3, lengths=[3, 5, 1], initial=True)
    yield lstm("bidirectional", direction="bidirectional", inputs=4, initial=True)
    yield lstm("lengths", batch=3, lengths=[5, 1, 4])
    yield lstm("hidden-17", inputs=1, hidden=17, batch=1, time=4, peephole=True)
    yield lstm(
        "hard-sigmoid-default",
        scale=1.5,
        attributes=activations("HardSigmoid", "Tanh", "Tanh"),
        activations={"gate": {"kind": "hardSigmoid", "alpha": 0.2, "beta": 0.5}},
    )
    yield lstm(
        "hard-sigmoid-slope",
        scale=1.5,
        attributes=activations("HardSigmoid", "Tanh", "Tanh", [0.3], [0.4]),
        activations={"gate": {"kind": "hardSigmoid", "alpha": 0.3, "beta": 0.4}},
    )
    yield lstm(
        "softsign",
        attributes=activations("Sigmoid", "Softsign", "Softsign"),
        activations={"cell": "softsign", "output": "softsign"},
    )
    yield lstm(
        "relu",
        scale=0.4,
        attributes=activations("Sigmoid", "Relu", "Relu"),
        activations={"cell": "relu", "output": "relu"},
    )
    yield lstm(
        "identity",
        scale=0.4,
        attributes=activations("Sigmoid", "Affine", "Affine", [1.0, 1.0], [0.0, 0.0]),
        activations={"cell": "identity", "output": "identity"},
    )


def gru_and_rnn_cases():
    for after, word in ((True, "after"), (False, "before")):

        def gru(suffix, inputs=3, hidden=5, **rest):
            attributes = {"linear_before_reset": int(after), **rest.pop("attributes", {})}
            options = {"resetAfter": after, "inputSize": inputs, "hiddenSize": hidden}
            return layer_case(f"onnx-gru-{word}-{suffix}", "GRU", attributes=attributes, **options, **rest)

        yield gru("plain", initial=True)
        yield gru("no-bias", bias=False)
        yield gru("reverse-lengths", direction="reverse", batch=3, lengths=[3, 5, 1], initial=True)
        yield gru("bidirectional-lengths", direction="bidirectional", batch=3, lengths=[5, 2, 4])
        yield gru("batch-1", inputs=2, hidden=17, batch=1, time=3)
        yield gru("clip", clip=0.4, attributes={"clip": 0.4}, initial=True)
        yield gru(
            "hard-sigmoid",
            scale=1.5,
            attributes={"activations": ["HardSigmoid", "Softsign"]},
            activations={"gate": {"kind": "hardSigmoid", "alpha": 0.2, "beta": 0.5}, "cell": "softsign"},
        )

    def rnn(suffix, inputs=3, hidden=5, **rest):
        return layer_case(f"onnx-rnn-{suffix}", "RNN", inputSize=inputs, hiddenSize=hidden, **rest)

    yield rnn("tanh", initial=True)
    yield rnn("clip", clip=0.4, attributes={"clip": 0.4}, initial=True)
    yield rnn("reverse-lengths", direction="reverse", batch=3, lengths=[3, 5, 1], initial=True)
    yield rnn("relu", scale=0.4, attributes={"activations": ["Relu"]}, nonlinearity="relu")
    yield rnn("sigmoid", attributes={"activations": ["Sigmoid"]}, nonlinearity="sigmoid")
    yield rnn("softsign", attributes={"activations": ["Softsign"]}, nonlinearity="softsign")


def cases():
    yield from lstm_cases()
    yield from gru_and_rnn_cases()
