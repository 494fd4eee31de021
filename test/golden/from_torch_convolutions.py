"""torch.nn.Conv1d in float64, forward and back, by itself and in a stack with an LSTM behind it.

Torch has the channels before the time; `in_time` turns them round.
"""

import torch

from cases import Draw, case
from from_torch import SOURCE, double
from from_torch_gradients import leaf, with_gradients

FORMS = {
    "plain": {},
    "no-bias": {"bias": False},
    "kernel-1": {"kernelSize": 1, "inputSize": 5},
    "stride": {"stride": 2, "padding": 1},
    "causal": {"padding": [2, 0]},
    "behind": {"padding": [0, 3], "stride": 3},
    "dilation": {"dilation": 3, "padding": 2},
    "groups": {"inputSize": 4, "outputSize": 6, "groups": 2, "padding": 1},
    "depthwise": {"inputSize": 5, "outputSize": 10, "groups": 5},
    "everything": {"inputSize": 6, "outputSize": 9, "groups": 3, "stride": 2, "dilation": 2, "padding": [3, 1]},
    "spectrum": {"inputSize": 1, "outputSize": 10, "kernelSize": 8, "stride": 4, "bias": False, "time": 29},
    "wide": {"inputSize": 17, "outputSize": 33, "padding": 1, "time": 6},
    "one-step": {"inputSize": 9, "outputSize": 5, "padding": 1, "time": 1},
    "long": {"inputSize": 2, "outputSize": 3, "padding": 1, "time": 70, "batch": 3},
}


def in_time(values):
    return values.swapaxes(1, 2)


def parameters_of(options):
    shapes = {"weight": (options["outputSize"], options["inputSize"] // options.get("groups", 1), options["kernelSize"])}
    if options.get("bias", True):
        shapes["bias"] = (options["outputSize"],)
    return shapes


def convolve(x, weights, options):
    """x and output [batch, time, .]"""
    padding = options.get("padding", 0)
    before, behind = padding if isinstance(padding, list) else (padding, padding)
    padded = torch.nn.functional.pad(in_time(x), (before, behind))
    how = {name: options.get(name, 1) for name in ("stride", "dilation", "groups")}
    return in_time(torch.nn.functional.conv1d(padded, weights["weight"], weights.get("bias"), **how))


def layer_case(name, options, time=9, batch=2):
    options = {"inputSize": 3, "outputSize": 4, "kernelSize": 3, **options}
    draw = Draw(name)
    weights = draw.weights(parameters_of(options))
    inputs = draw.input(batch, time, options["inputSize"])
    x, own = leaf(inputs), {key: leaf(value) for key, value in weights.items()}
    y = convolve(x, own, options)
    gradient = {"output": draw.uniform(tuple(y.shape), 1)}
    y.backward(double(gradient["output"]))
    record = case(name, SOURCE, "Conv1d", options, weights, inputs, y.detach().numpy())
    return record, gradient, x, {key: value.grad.numpy() for key, value in own.items()}


def parts(form):
    form = dict(form)
    rest = {key: form.pop(key) for key in ("time", "batch") if key in form}
    return form, rest


def stack_case(name, lengths):
    """Two convolutions with a nonlinearity each, an LSTM and a Linear: every sequence by itself."""
    first = {"inputSize": 2, "outputSize": 4, "kernelSize": 3, "padding": 1}
    second = {"inputSize": 4, "outputSize": 3, "kernelSize": 3, "stride": 2, "padding": [1, 0]}
    modules = [
        {"kind": "Conv1d", "options": first},
        {"kind": "Nonlinearity", "options": {"activation": "relu"}},
        {"kind": "Conv1d", "options": second},
        {"kind": "Nonlinearity", "options": {"activation": "tanh"}},
        {"kind": "LSTM", "options": {"inputSize": 3, "hiddenSize": 4, "returnSequences": False}},
        {"kind": "Linear", "options": {"inputSize": 4, "outputSize": 2}},
    ]
    lstm, linear = torch.nn.LSTM(3, 4, batch_first=True).double(), torch.nn.Linear(4, 2).double()
    named = {
        **{f"0.{key}": shape for key, shape in parameters_of(first).items()},
        **{f"2.{key}": shape for key, shape in parameters_of(second).items()},
        **{f"4.{key}": tuple(value.shape) for key, value in lstm.named_parameters()},
        **{f"5.{key}": tuple(value.shape) for key, value in linear.named_parameters()},
    }
    draw = Draw(name)
    weights = draw.weights(named)
    own = {key: leaf(value) for key, value in weights.items()}

    def of(index):
        return {key.split(".", 1)[1]: value for key, value in own.items() if key.startswith(f"{index}.")}

    inputs = draw.input(len(lengths), 11, 2)
    x = leaf(inputs)
    rows = []
    for index, length in enumerate(lengths):
        hidden = torch.relu(convolve(x[index : index + 1, :length], of(0), first))
        hidden = torch.tanh(convolve(hidden, of(2), second))
        steps, _ = torch.func.functional_call(lstm, of(4), (hidden,))
        rows.append(torch.func.functional_call(linear, of(5), (steps[:, -1],)))
    y = torch.cat(rows)
    gradient = {"output": draw.uniform(tuple(y.shape), 1)}
    y.backward(double(gradient["output"]))
    forward = {"lengths": lengths}
    record = case(name, SOURCE, "Sequential", {"modules": modules}, weights, inputs, y.detach().numpy(), forward=forward)
    return record, gradient, x, {key: value.grad.numpy() for key, value in own.items()}


def cases():
    for suffix, form in FORMS.items():
        options, rest = parts(form)
        yield layer_case(f"torch-conv1d-{suffix}", options, **rest)[0]
    yield stack_case("torch-sequential-convolutions", [11, 4, 2])[0]


def gradients():
    for suffix, form in FORMS.items():
        options, rest = parts(form)
        record, gradient, x, parameters = layer_case(f"gradients-torch-conv1d-{suffix}", options, **rest)
        yield with_gradients(record, gradient, x.grad.numpy(), parameters)
    record, gradient, x, parameters = stack_case("gradients-torch-sequential-convolutions", [11, 4, 2])
    yield with_gradients(record, gradient, x.grad.numpy(), parameters)
