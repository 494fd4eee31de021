"""Makes the files beside it with Keras, and `keras2.json` or `keras3.json`: inputs and Keras' outputs.

Of Keras 3 with any backend, and once more of Keras 2, which has other defaults, another hard sigmoid and other files:

    pip install keras torch          KERAS_BACKEND=torch python test/formats/keras/make.py
    pip install tensorflow-cpu==2.15.1                   python test/formats/keras/make.py
"""

import json
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

HERE = pathlib.Path(__file__).parent
VERSION = f"keras{keras.__version__[0]}"
BATCH, TIME, INPUTS, UNITS = 2, 5, 3, 4
L = keras.layers
CELLS = {"rnn": L.SimpleRNN, "lstm": L.LSTM, "gru": L.GRU}

# What of Keras 2 is not as it is in Keras 3: defaults, names, the hard sigmoid, where masks come from.
OF_KERAS2 = {"rnn": ["h5"], "lstm": ["keras"], "gru": ["keras", "h5"], "gru-before": ["h5"], "lstm-bidirectional-concat": ["keras"],
             "lstm-bidirectional-ave": ["h5"], "lstm-activations": ["keras", "h5"], "gru-activations": ["h5"],
             "dense-hard_sigmoid": ["keras"], "everything": ["h5"], "embedding-mask": ["h5"], "functional-mask": ["keras"],
             "functional": ["h5"], "masking": ["h5"]}

cases = []


def randomise(model, seed):
    """Weights of a size at which gates neither idle nor saturate; biases are zero otherwise."""
    draw = np.random.default_rng(seed)
    model.set_weights([draw.uniform(-0.8, 0.8, weight.shape) for weight in model.get_weights()])


def values(seed):
    return np.random.default_rng(seed).uniform(-1, 1, (BATCH, TIME, INPUTS)).astype(np.float32)


def save(name, model, endings):
    files = []
    for ending in endings:
        file = f"{VERSION}-{name}.{ending}"
        model.save(HERE / file)
        files.append(file)
    return files


def case(name, model, x=None, endings=("keras",)):
    if VERSION == "keras2":
        endings = OF_KERAS2.get(name, [])
    seed = len(cases) + 1
    randomise(model, seed)
    x = values(seed) if x is None else x
    y = np.asarray(model.predict(x, verbose=0))
    dtype = "int32" if x.dtype == np.int32 else "float32"
    for file in save(name, model, endings):
        cases.append({
            "file": file,
            "x": {"dtype": dtype, "shape": list(x.shape), "data": x.flatten().tolist()},
            "output": {"shape": list(y.shape), "data": y.flatten().tolist()},
        })


def sequential(*layers, time=TIME):
    return keras.Sequential([keras.Input((time, INPUTS)), *layers])


def recurrent():
    for name, cell in CELLS.items():
        case(name, sequential(cell(UNITS)), endings=["keras", "h5"])
        case(f"{name}-no-bias", sequential(cell(UNITS, use_bias=False)))
        case(f"{name}-steps", sequential(cell(UNITS, return_sequences=True)))
        case(f"{name}-backwards", sequential(cell(UNITS, go_backwards=True)))
        for merge in ["concat", "sum", "mul", "ave"]:
            both = L.Bidirectional(cell(UNITS, return_sequences=name != "gru"), merge_mode=merge)
            case(f"{name}-bidirectional-{merge}", sequential(both), endings=["h5" if merge == "ave" else "keras"])
    case("gru-before", sequential(L.GRU(UNITS, reset_after=False)), endings=["keras", "h5"])
    case("gru-before-no-bias", sequential(L.GRU(UNITS, reset_after=False, use_bias=False)))
    case("rnn-relu", sequential(L.SimpleRNN(UNITS, activation="relu")))
    odd = {"activation": "softsign", "recurrent_activation": "hard_sigmoid"}
    case("lstm-activations", sequential(L.LSTM(UNITS, **odd)))
    case("gru-activations", sequential(L.GRU(UNITS, **odd)))
    # Steps come in reversed order from the first layer, and in order again from the second.
    there_and_back = [L.LSTM(UNITS, return_sequences=True, go_backwards=True) for _ in range(2)]
    case("lstm-there-and-back", sequential(*there_and_back))
    backwards = L.GRU(UNITS, return_sequences=True, go_backwards=True)
    case("gru-backwards-stacked", sequential(backwards, L.LSTM(UNITS)))


def around():
    """Layers around the recurrent ones."""
    for activation in ["softmax", "sigmoid", "relu", "tanh", "softsign", "hard_sigmoid", "linear"]:
        head = L.Dense(3, activation=activation)
        case(f"dense-{activation}", sequential(L.GRU(UNITS), head), endings=["h5" if activation == "tanh" else "keras"])
    case("dense-no-bias", sequential(L.LSTM(UNITS), L.Dense(3, use_bias=False)))
    case("everything", sequential(
        L.Dropout(0.1),
        L.TimeDistributed(L.Dense(6, activation="tanh")),
        L.LayerNormalization(),
        L.Bidirectional(L.LSTM(UNITS, return_sequences=True, dropout=0.2, recurrent_dropout=0.1)),
        L.SpatialDropout1D(0.1),
        L.LayerNormalization(epsilon=0.1, center=False),
        L.GRU(UNITS, return_sequences=True),
        L.LayerNormalization(scale=False),
        L.SimpleRNN(UNITS),
        L.Activation("tanh"),
        L.Dense(5),
        L.ReLU(),
        L.Dense(3),
        L.Softmax(),
    ), endings=["keras", "h5"])
    mlp = keras.Sequential([keras.Input((INPUTS,)), L.Dense(5, activation="relu"), L.Dense(2, activation="sigmoid")])
    case("dense-only", mlp, values(0)[:, 0])


def ids():
    x = np.array([[0, 0, 3, 7, 1], [4, 2, 9, 0, 0], [5, 0, 6, 0, 8]], np.int32)
    embedding = lambda mask: L.Embedding(10, INPUTS, mask_zero=mask)
    make = lambda mask: keras.Sequential([keras.Input((None,), dtype="int32"), embedding(mask), L.LSTM(UNITS), L.Dense(2)])
    case("embedding", make(False), x)
    case("embedding-mask", make(True), x, endings=["keras", "h5"])
    inputs = keras.Input((None,), dtype="int32", name="words")
    both = L.Bidirectional(L.GRU(UNITS, return_sequences=True))(embedding(True)(inputs))
    outputs = L.Dense(3, activation="softmax")(L.Dropout(0.3)(L.LSTM(UNITS)(both)))
    case("functional-mask", keras.Model(inputs, outputs), x)


def functional():
    inputs = keras.Input((None, INPUTS))
    steps = L.GRU(UNITS, return_sequences=True)(inputs)
    outputs = L.TimeDistributed(L.Dense(2, activation="sigmoid"))(steps)
    case("functional", keras.Model(inputs, outputs), endings=["keras", "h5"])
    x = values(7)
    x[0, :2], x[1, 3:], x[1, 1] = 0.5, 0.5, 0.5
    case("masking", sequential(L.Masking(0.5), L.SimpleRNN(UNITS, return_sequences=True), L.LSTM(UNITS)), x)


def refused():
    """Models that are not read."""
    save("refused-layers", keras.Sequential([
        keras.Input((TIME, INPUTS)), L.Conv1D(4, 2, name="first"), L.LSTM(UNITS, activation="gelu", name="second"),
        L.Flatten(name="third"), L.Dense(2, activation="selu", name="fourth"),
    ]), ["keras"])
    inputs = [keras.Input((INPUTS,), name=name) for name in "ab"]
    save("refused-inputs", keras.Model(inputs, L.Add()(inputs)), ["keras"])
    save("refused-order", sequential(L.GRU(UNITS, return_sequences=True, go_backwards=True, name="only")), ["h5"])
    outputs = [L.Dense(1)(inputs[0]), L.Dense(1)(inputs[0])]
    save("refused-outputs", keras.Model(inputs[0], outputs), ["h5"])
    model = sequential(L.LSTM(UNITS))
    model.save_weights(HERE / f"{VERSION}-refused-weights.weights.h5")


recurrent()
around()
ids()
functional()
if VERSION == "keras3":
    refused()
document = {"keras": keras.__version__, "cases": cases}
(HERE / f"{VERSION}.json").write_text(json.dumps(document) + "\n")
