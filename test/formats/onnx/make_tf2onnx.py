"""Writes tf2onnx/*.json: Keras' layers in TensorFlow, as tf2onnx exports them, and what ONNX Runtime computes with them.

    pip install tensorflow-cpu==2.21.0 tf_keras==2.21.0 tf2onnx==1.17.0 onnx==1.23.2 onnxruntime==1.32.0
    python make_tf2onnx.py && TF_USE_LEGACY_KERAS=1 python make_tf2onnx.py

Both Keras run cells in `while` loops. tf2onnx knows those of Keras 2 again as nodes, but of Keras 3 only that of an LSTM: the
others are unrolled there, and left out where they are not.
"""

import os
import zlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import onnxruntime
import tensorflow as tf
import tf2onnx

from cases import case, write

VERSION = 2 if os.environ.get("TF_USE_LEGACY_KERAS") else 3
layers = tf.keras.layers

TIME, FEATURES = 5, 3


def networks():
    """Name, layers, opset."""
    lstm, gru, rnn = layers.LSTM, layers.GRU, layers.SimpleRNN
    yield "lstm", [lstm(4), layers.Dense(2)], 17
    yield "lstm-sequences", [lstm(4, return_sequences=True), layers.Dense(2, activation="softmax")], 17
    yield "lstm-no-bias", [lstm(4, use_bias=False)], 17
    yield "lstm-stacked", [lstm(4, return_sequences=True), lstm(3)], 17
    yield "lstm-backwards", [lstm(4, go_backwards=True, return_sequences=True)], 17
    yield "lstm-bidirectional", [layers.Bidirectional(lstm(4, return_sequences=True)), layers.Dense(1)], 17
    yield "lstm-opset-9", [lstm(4), layers.Dense(2, activation="sigmoid")], 9
    yield "lstm-opset-12", [lstm(4), layers.Dense(2, activation="tanh")], 12
    yield "gru", [gru(4), layers.Dense(2)], 17
    yield "gru-reset-before", [gru(4, reset_after=False, return_sequences=True)], 17
    yield "gru-bidirectional", [layers.Bidirectional(gru(4))], 17
    yield "rnn", [rnn(4), layers.Dense(2)], 17
    yield "rnn-relu", [rnn(4, activation="relu", return_sequences=True)], 17
    yield "gru-unrolled", [gru(4, unroll=True), layers.Dense(2)], 17
    yield "gru-reset-before-unrolled", [gru(4, unroll=True, reset_after=False)], 17
    yield "rnn-unrolled", [rnn(4, unroll=True, return_sequences=True), layers.Dense(2)], 17
    yield "normalised", [layers.LayerNormalization(), lstm(4), layers.LayerNormalization(), layers.Dense(2)], 17


def main():
    written = []
    for name, stack, opset in networks():
        tf.keras.backend.clear_session()
        generator = np.random.default_rng(zlib.crc32(name.encode()))
        model = tf.keras.Sequential([layers.Input((TIME, FEATURES)), *stack])
        model.set_weights([generator.uniform(-0.7, 0.7, value.shape).astype(np.float32) for value in model.get_weights()])
        signature = [tf.TensorSpec((None, TIME, FEATURES), tf.float32, name="x")]
        proto, _ = tf2onnx.convert.from_function(
            tf.function(lambda x: model(x, training=False), input_signature=signature),
            input_signature=signature,
            opset=opset,
        )
        kinds = sorted({node.op_type for node in proto.graph.node})
        if {"Loop", "Scan"} & set(kinds):
            print(f"{name}: {kinds}")
            continue
        inputs = {"x": np.round(generator.uniform(-1.5, 1.5, (2, TIME, FEATURES)), 2).astype(np.float32)}
        session = onnxruntime.InferenceSession(proto.SerializeToString(), providers=["CPUExecutionProvider"])
        outputs = dict(zip([info.name for info in session.get_outputs()], session.run(None, inputs)))
        written.append(case(name, proto, inputs, outputs))
    write(
        f"tf2onnx/keras-{VERSION}.json",
        f"tf2onnx {tf2onnx.__version__}, tensorflow {tf.__version__}, onnxruntime {onnxruntime.__version__}",
        written,
    )


if __name__ == "__main__":
    main()
