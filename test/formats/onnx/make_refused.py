"""Writes refused.json: models that are damaged, or need what does not run here, by name.

    pip install onnx==1.23.2 numpy && python make_refused.py
"""

import base64
import json

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from cases import FOLDER

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def info(name, shape=(None,), dtype=FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def model(nodes, inputs=("x",), outputs=("y",), constants=(), opset=17, dtype=FLOAT, imports=(), shape=(None,)):
    graph = helper.make_graph(
        nodes,
        "graph",
        [info(name, shape, dtype) for name in inputs],
        [info(name, (None,)) for name in outputs],
        list(constants),
    )
    domains = [helper.make_opsetid("", opset), *(helper.make_opsetid(name, 1) for name in imports)]
    return helper.make_model(graph, opset_imports=domains, ir_version=8)


def constant(name, values, dtype=np.float32):
    return numpy_helper.from_array(np.array(values, dtype=dtype), name)


def node(op, inputs, outputs=("y",), **attributes):
    return helper.make_node(op, list(inputs), list(outputs), **attributes)


def branch(name):
    return helper.make_graph([node("Relu", ["x"], [name])], name, [], [info(name)])


def lstm(weights=("W", "R"), **attributes):
    constants = {"W": np.zeros((1, 8, 3)), "R": np.zeros((1, 8, 2))}
    return model(
        [node("LSTM", ["x", "W", "R"], ["y"], **{"hidden_size": 2, **attributes})],
        inputs=["x", *(name for name in constants if name not in weights)],
        constants=[constant(name, constants[name]) for name in weights],
        shape=(None, None, None),
    )


def external():
    tensor = constant("w", [1, 2])
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    return model([node("Add", ["x", "w"])], constants=[tensor])


def misshaped():
    tensor = constant("w", [1, 2])
    tensor.dims[0] = 3
    return model([node("Add", ["x", "w"])], constants=[tensor])


def circle():
    return model([node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"]), node("Relu", ["b"])])


def models():
    yield "operators", model(
        [node("Relu", ["x"], ["a"], name="fine"), node("Einsum", ["a"], ["b"], name="first"), node("FFT", ["b"], name="second")]
    )
    yield "domain", model([node("Gelu", ["x"], domain="com.microsoft")], imports=["com.microsoft"])
    yield "attribute", model([node("Relu", ["x"], sparse=1)])
    yield "opset", model([node("Relu", ["x"])], opset=6)
    yield "type", model([node("Relu", ["x"])], dtype=TensorProto.UINT8)
    yield "external", external()
    yield "misshaped", misshaped()
    yield "circle", circle()
    yield "twice", model([node("Relu", ["x"], ["a"]), node("Tanh", ["x"], ["a"]), node("Relu", ["a"])])
    yield "missing", model([node("Add", ["x", "nowhere"])])
    yield "output", model([node("Relu", ["x"], ["z"])])
    yield "inputs", model([node("Add", ["x"])])
    yield "activation", lstm(activations=["Sigmoid", "Swish", "ScaledTanh"])
    yield "computed-weights", lstm(weights=("R",))
    yield "other-weights", lstm(hidden_size=3)
    yield "floats-steer", model(
        [
            node("Greater", ["x", "zero"], ["c"]),
            node("If", ["c"], then_branch=branch("yes"), else_branch=branch("no")),
        ],
        constants=[constant("zero", [0])],
    )
    yield "constant-shapes", model(
        [node("Reshape", ["w", "s"], ["a"]), node("Add", ["x", "a"])],
        constants=[constant("w", [1, 2, 3]), constant("s", [2, 2], np.int64)],
    )
    yield "huge-constant", model(
        [node("ConstantOfShape", ["s"], ["a"]), node("Neg", ["a"], ["b"]), node("Add", ["x", "b"])],
        constants=[constant("s", [2**31, 2**20], np.int64)],
    )
    yield "steered", model([node("Expand", ["w", "x"])], constants=[constant("w", [1])], dtype=INT64)
    yield "shapes", model([node("Add", ["x", "w"])], constants=[constant("w", [1, 2, 3])])
    yield "indices", model([node("Gather", ["w", "x"])], constants=[constant("w", [[1], [2]])], dtype=INT64)


def main():
    records = {name: base64.b64encode(proto.SerializeToString()).decode() for name, proto in models()}
    (FOLDER / "refused.json").write_text(json.dumps(records, indent=2) + "\n")
    print(f"refused.json: {len(records)} models")


if __name__ == "__main__":
    main()
