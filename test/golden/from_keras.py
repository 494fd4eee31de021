"""Cases computed by Keras layers in float64, on its torch backend.

Weights are drawn in the library's form and laid out in Keras' (transposed; LSTM i,f,c,o; GRU z,r,h). Keras' LSTM,
SimpleRNN and reset-before GRU have one bias: it gets the sum of the two.
"""

import keras
import numpy as np

from cases import Draw, case

keras.config.set_floatx("float64")
SOURCE = f"keras {keras.__version__} on {keras.backend.backend()}"
ROWS = {"LSTM": 4, "GRU": 3, "RNN": 1}
LAYERS = {"LSTM": keras.layers.LSTM, "GRU": keras.layers.GRU, "RNN": keras.layers.SimpleRNN}


def keras_order(kind, values):
    """Rows r,z,n to z,r,h for the GRU; the LSTM's orders are equal."""
    if kind != "GRU":
        return values
    r, z, n = np.split(values, 3)
    return np.concatenate([z, r, n])


def keras_weights(kind, weights, suffix, options):
    def part(name):
        return keras_order(kind, weights[f"{name}_l0{suffix}"].astype(np.float64))

    result = [part("weight_ih").T, part("weight_hh").T]
    if options.get("bias", True):
        sides = [part("bias_ih"), part("bias_hh")]
        result.append(np.stack(sides) if kind == "GRU" and options["resetAfter"] else sides[0] + sides[1])
    return result


def layer_case(name, kind, batch=2, time=5, lengths=None, layer=None, **options):
    """`layer`: further arguments of the Keras layer, which mean what `options` say."""
    draw = Draw(name)
    inputs, hidden, rows = options["inputSize"], options["hiddenSize"], ROWS[kind] * options["hiddenSize"]
    suffixes = ["", "_reverse"] if options.get("bidirectional") else [""]
    shapes = {}
    for suffix in suffixes:
        shapes.update({f"weight_ih_l0{suffix}": (rows, inputs), f"weight_hh_l0{suffix}": (rows, hidden)})
        if options.get("bias", True):
            shapes.update({f"bias_ih_l0{suffix}": (rows,), f"bias_hh_l0{suffix}": (rows,)})
    weights = draw.weights(shapes)
    arguments = {"return_sequences": True, "return_state": True, "use_bias": options.get("bias", True)}
    arguments.update(go_backwards=options.get("reverse", False), zero_output_for_mask=True, **(layer or {}))
    if kind == "GRU":
        arguments["reset_after"] = options["resetAfter"]
    if kind == "RNN":
        del arguments["zero_output_for_mask"]
    module = LAYERS[kind](hidden, **arguments)
    if options.get("bidirectional"):
        module = keras.layers.Bidirectional(module)
    x = draw.input(batch, time, inputs)
    module.build(x.shape)
    module.set_weights([value for suffix in suffixes for value in keras_weights(kind, weights, suffix, options)])
    forward, mask = {}, None
    if lengths:
        forward["lengths"] = lengths
        mask = np.arange(time)[None, :] < np.array(lengths)[:, None]
    results = [keras.ops.convert_to_numpy(value) for value in module(x.astype(np.float64), mask=mask)]
    y, states = results[0], results[1:]
    if options.get("reverse"):
        y = y[:, ::-1]
    step = len(states) // len(suffixes)
    final = {key: np.stack(states[index::step]) for index, key in enumerate(("h", "c")[:step])}
    return case(name, SOURCE, kind, options, weights, x, y, final, forward)


def cases():
    def make(prefix, kind, suffix, inputs=3, hidden=5, **rest):
        return layer_case(f"keras-{prefix}-{suffix}", kind, inputSize=inputs, hiddenSize=hidden, **rest)

    forms = [("lstm", "LSTM", {}), ("rnn", "RNN", {})]
    forms += [("gru-after", "GRU", {"resetAfter": True}), ("gru-before", "GRU", {"resetAfter": False})]
    for prefix, kind, extra in forms:
        yield make(prefix, kind, "plain", **extra)
        yield make(prefix, kind, "no-bias", bias=False, **extra)
        yield make(prefix, kind, "reverse", reverse=True, **extra)
        yield make(prefix, kind, "bidirectional", bidirectional=True, hidden=6, **extra)
        if kind != "RNN":
            yield make(prefix, kind, "lengths", batch=3, lengths=[5, 2, 4], **extra)
            yield make(
                prefix,
                kind,
                "hard-sigmoid",
                layer={"recurrent_activation": "hard_sigmoid", "activation": "relu"},
                activations={"gate": "hardSigmoid", "cell": "relu", **({"output": "relu"} if kind == "LSTM" else {})},
                **extra,
            )
    yield make("lstm", "LSTM", "bidirectional-lengths", batch=3, lengths=[3, 5, 1], bidirectional=True)
    yield make("lstm", "LSTM", "hidden-17", inputs=1, hidden=17, batch=1, time=3)
