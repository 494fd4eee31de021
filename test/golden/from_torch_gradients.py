"""Gradients computed by torch.autograd in float64.

The loss is sum(gradient.output * output) + sum(gradient.state * state), so that `gradient` is what goes into the way
back and `expected` holds what comes out of it: by `x`, by the initial `state` and by each of the `parameters`.
"""

import torch

from cases import Draw, array, case
from from_torch import SOURCE, Layer, double
from stacks import build_stack, run_stack, stack_specs


def arrays(values):
    return {key: array(value) for key, value in values.items()}


def with_gradients(record, gradient, x, parameters, start=None):
    """Adds the two ends of the way back; `x` is None for ids."""
    record["gradient"] = {"output": array(gradient["output"])}
    if "state" in gradient:
        record["gradient"]["state"] = arrays(gradient["state"])
    if x is not None:
        record["expected"]["x"] = array(x)
    if start is not None:
        record["expected"]["initial"] = arrays(start)
    record["expected"]["parameters"] = arrays(parameters)
    return record


def leaf(values):
    return double(values).requires_grad_()


def layer_case(name, kind, final=True, **rest):
    """`final`: whether the final state has a gradient too."""
    layer = Layer(name, kind, **rest)
    x = leaf(layer.x)
    start = {
        key: leaf(layer.start[key]) if layer.start else torch.zeros(shape, dtype=torch.float64, requires_grad=True)
        for key, shape in layer.state_shapes.items()
    }
    output, state = layer.run(x, start)
    gradient = {"output": layer.draw.uniform(tuple(output.shape), 1)}
    loss = (double(gradient["output"]) * output).sum()
    if final:
        gradient["state"] = {key: layer.draw.uniform(shape, 1) for key, shape in layer.state_shapes.items()}
        loss = loss + sum((double(gradient["state"][key]) * state[key]).sum() for key in state)
    loss.backward()
    gradient["output"] = layer.in_user_order(gradient["output"])
    ends = {key: value.detach().numpy() for key, value in state.items()}
    inputs, y = layer.in_user_order(layer.x), layer.in_user_order(output)
    record = case(name, SOURCE, kind, layer.options, layer.weights, inputs, y, ends, layer.forward())
    parameters = {key: value.grad.numpy() for key, value in layer.module.named_parameters()}
    initial = {key: value.grad.numpy() for key, value in start.items()}
    return with_gradients(record, gradient, layer.in_user_order(x.grad), parameters, initial)


def variety(kind, prefix, extra):
    def make(suffix, inputs=3, hidden=4, **rest):
        return layer_case(f"{prefix}-{suffix}", kind, inputSize=inputs, hiddenSize=hidden, **{**extra, **rest})

    yield make("plain", final=False)
    yield make("no-bias", bias=False)
    yield make("initial-state", initial=True)
    yield make("two-layers", layers=2)
    yield make("bidirectional-two-layers", hidden=3, layers=2, bidirectional=True, initial=True, time=4)
    yield make("reverse-two-layers", inputs=2, layers=2, reverse=True)
    yield make("lengths", batch=3, time=6, lengths=[4, 6, 1], initial=True)
    yield make("lengths-bidirectional-two-layers", hidden=3, batch=3, lengths=[5, 1, 3], layers=2, bidirectional=True)
    yield make("time-major", batch=3, time=4, time_major=True, initial=True)
    yield make("hidden-1", inputs=1, hidden=1, batch=1, time=9)
    yield make("hidden-17", inputs=5, hidden=17, batch=1, time=4, scale=0.5)
    yield make("batch-17", batch=17, time=3)
    yield make("time-40", inputs=2, hidden=5, time=40)


def projections():
    def make(suffix, **rest):
        return layer_case(f"gradients-torch-lstm-{suffix}", "LSTM", inputSize=3, hiddenSize=5, **rest)

    yield make("projection", projectionSize=2, initial=True)
    yield make("projection-bidirectional-two-layers", projectionSize=2, layers=2, bidirectional=True, initial=True)
    yield make("projection-lengths", projectionSize=3, batch=3, lengths=[1, 5, 2], initial=True)


def modules():
    """nn.Linear, nn.Embedding and stacks of modules."""

    def parameters_of(values):
        return {key: value.grad.numpy() for key, value in values.items()}

    name, draw = "gradients-torch-linear", Draw("gradients-torch-linear")
    weights = draw.weights({"weight": (3, 5), "bias": (3,)})
    inputs = draw.input(2, 4, 5)
    p, x = {key: leaf(value) for key, value in weights.items()}, leaf(inputs)
    y = torch.nn.functional.linear(x, p["weight"], p["bias"])
    gradient = {"output": draw.uniform((2, 4, 3), 1)}
    y.backward(double(gradient["output"]))
    record = case(name, SOURCE, "Linear", {"inputSize": 5, "outputSize": 3}, weights, inputs, y.detach().numpy())
    yield with_gradients(record, gradient, x.grad.numpy(), parameters_of(p))

    for padding in (None, 2):
        name = "gradients-torch-embedding" + ("" if padding is None else "-padding")
        draw = Draw(name)
        weights = draw.weights({"weight": (7, 3)})
        ids = draw.generator.integers(0, 5, (2, 6)).astype("int32")
        ids[0, 1] = ids[1, 4] = 2
        weight = leaf(weights["weight"])
        y = torch.nn.functional.embedding(torch.from_numpy(ids), weight, padding_idx=padding)
        gradient = {"output": draw.uniform((2, 6, 3), 1)}
        y.backward(double(gradient["output"]))
        options = {"vocabularySize": 7, "size": 3, **({} if padding is None else {"padding": padding})}
        record = case(name, SOURCE, "Embedding", options, weights, ids, y.detach().numpy())
        yield with_gradients(record, gradient, None, {"weight": weight.grad.numpy()})

    for suffix, every, kind in (("last-step", False, "LSTM"), ("every-step", True, "LSTM"), ("gru", False, "GRU")):
        name = f"gradients-torch-sequential-{suffix}"
        draw, specs = Draw(name), stack_specs(kind, every=every, bidirectional=suffix == "every-step")
        stack = build_stack(specs)
        weights = draw.weights({key: tuple(value.shape) for key, value in stack.named_parameters()})
        stack.load_state_dict({key: double(value) for key, value in weights.items()})
        ids = draw.generator.integers(0, 7, (3, 5)).astype("int32")
        y, _ = run_stack(stack, specs, torch.from_numpy(ids))
        gradient = {"output": draw.uniform(tuple(y.shape), 1)}
        y.backward(double(gradient["output"]))
        record = case(name, SOURCE, "Sequential", {"modules": specs}, weights, ids, y.detach().numpy())
        parameters = {key: value.grad.numpy() for key, value in stack.named_parameters()}
        yield with_gradients(record, gradient, None, parameters)


def cases():
    yield from variety("LSTM", "gradients-torch-lstm", {})
    yield from variety("GRU", "gradients-torch-gru", {})
    yield from variety("RNN", "gradients-torch-rnn-tanh", {})
    yield from variety("RNN", "gradients-torch-rnn-relu", {"nonlinearity": "relu", "scale": 0.45})
    yield from projections()
    yield from modules()
