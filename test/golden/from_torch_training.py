"""Training trajectories computed by torch in float64: loss, norm of the gradient and parameters of each step.

`batches` are used in turn. `trainer` has the library's names of torch's options; what a loss is with `weights` or
`lengths` (a weighted mean over rows, those past a sequence's end not among them) is written out in `loss_of`.
"""

import numpy as np
import torch
from torch.nn import functional

from cases import Draw, array
from from_torch import SOURCE, double
from stacks import build_stack, run_stack, stack_specs

OPTIMIZERS = {
    "sgd": torch.optim.SGD,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
}
NAMES = {"weightDecay": "weight_decay"}


def optimizer_of(options, parameters):
    rest = {NAMES.get(key, key): value for key, value in options.items() if key != "kind"}
    return OPTIMIZERS[options["kind"]](parameters, **rest)


def loss_of(loss, y, target, reduction):
    """torch's own; with reduction 'none' one number for each row."""
    kind = loss["kind"]
    if kind == "crossEntropy":
        if target.dtype == torch.int64:
            arguments = {"ignore_index": loss.get("ignoreIndex", -100), "reduction": reduction}
            return functional.cross_entropy(y.flatten(0, -2), target.flatten(), **arguments)
        return functional.cross_entropy(y.flatten(0, -2), target.flatten(0, -2), reduction=reduction)
    functions = {
        "mse": functional.mse_loss,
        "mae": functional.l1_loss,
        "huber": lambda *values, **rest: functional.huber_loss(*values, delta=loss.get("delta", 1.0), **rest),
        "binaryCrossEntropy": functional.binary_cross_entropy_with_logits,
    }
    value = functions[kind](y, target, reduction=reduction)
    return value if reduction == "mean" else value.mean(dim=-1).flatten()


def weights_of(batch, loss, target, rows):
    """Weight of each row, or None where torch's mean is meant."""
    if "weights" not in batch and not ("lengths" in batch and len(rows) == 2):
        return None
    weights = double(batch["weights"]) if "weights" in batch else torch.ones(rows, dtype=torch.float64)
    if "lengths" in batch and len(rows) == 2:
        weights = weights * (torch.arange(rows[1])[None, :] < torch.tensor(batch["lengths"])[:, None])
    if loss["kind"] == "crossEntropy" and target.dtype == torch.int64:
        weights = weights * (target != loss.get("ignoreIndex", -100))
    return weights.flatten()


def tensor(values):
    return torch.from_numpy(values).long() if values.dtype.kind == "i" else double(values)


def detached(states):
    return {
        name: tuple(part.detach() for part in state) if isinstance(state, tuple) else state.detach()
        for name, state in states.items()
    }


def trajectory(
    name, specs, batches, draw, loss, optimizer, steps=10, clip_norm=None, clip_value=None, carry=False, rates=None
):
    """`rates`: the learning rate of each step, where it changes."""
    stack = build_stack(specs)
    weights = draw.weights({key: tuple(value.shape) for key, value in stack.named_parameters()})
    stack.load_state_dict({key: double(value) for key, value in weights.items()})
    rule = optimizer_of(optimizer, stack.parameters())
    losses, norms, values, states = [], [], [], None
    for step in range(steps):
        batch = batches[step % len(batches)]
        if rates:
            rule.param_groups[0]["lr"] = rates[step]
        rule.zero_grad()
        y, final = run_stack(stack, specs, tensor(batch["x"]), batch.get("lengths"), states)
        states = detached(final) if carry else None
        target = tensor(batch["y"])
        row_weights = weights_of(batch, loss, target, tuple(y.shape[:-1]))
        if row_weights is None:
            value = loss_of(loss, y, target, "mean")
        else:
            rows = loss_of(loss, y, target, "none")
            value = (rows * row_weights).sum() / row_weights.sum()
        value.backward()
        # The norm before clipping, as clip_grad_norm_ gives it.
        bound = float("inf") if clip_norm is None else clip_norm
        norms.append(torch.nn.utils.clip_grad_norm_(stack.parameters(), bound).item())
        if clip_value is not None:
            torch.nn.utils.clip_grad_value_(stack.parameters(), clip_value)
        rule.step()
        losses.append(value.item())
        values.append(np.concatenate([value.detach().numpy().ravel() for value in stack.parameters()]))
    assert all(np.isfinite(losses)) and abs(losses[0] - losses[-1]) > 1e-3, (name, losses)
    if clip_norm is not None:
        assert max(norms) > clip_norm, (name, norms)

    record = {"name": name, "source": SOURCE, "kind": "Sequential", "options": {"modules": specs}}
    record["parameters"] = {key: array(value) for key, value in weights.items()}
    record["trainer"] = {"loss": loss, "optimizer": optimizer}
    if clip_norm is not None:
        record["trainer"]["clipNorm"] = clip_norm
    if clip_value is not None:
        record["trainer"]["clipValue"] = clip_value
    if carry:
        record["carry"] = True
    if rates:
        record["rates"] = rates
    record["batches"] = [
        {key: value if key == "lengths" else array(value) for key, value in batch.items()} for batch in batches
    ]
    record["expected"] = {"loss": array(losses), "norm": array(norms), "parameters": array(np.stack(values))}
    return record


def drawn_batches(draw, specs, loss, every, batch=4, time=5, count=2, lengths=None, weighted=False, target=None):
    """`target`: 'classes', 'ignored' (classes of which some are ignored), 'soft' or 'binary'; numbers without."""
    outputs = specs[-1]["options"]["outputSize"]
    rows = (batch, time) if every else (batch,)
    result = []
    for index in range(count):
        if specs[0]["kind"] == "Embedding":
            vocabulary = specs[0]["options"]["vocabularySize"]
            x = draw.generator.integers(0, vocabulary, (batch, time)).astype("int32")
        else:
            x = draw.input(batch, time, specs[0]["options"]["inputSize"])
        if target in ("classes", "ignored"):
            y = draw.generator.integers(0, outputs, rows).astype("int32")
            if target == "ignored":
                y.ravel()[index :: 3] = loss.get("ignoreIndex", -100)
        elif target == "soft":
            y = draw.generator.dirichlet(np.ones(outputs), rows).astype("float32")
        elif target == "onehot":
            y = np.eye(outputs, dtype="float32")[draw.generator.integers(0, outputs, rows)]
        elif target == "binary":
            y = draw.generator.integers(0, 2, (*rows, outputs)).astype("float32")
        else:
            y = draw.uniform((*rows, outputs), 1)
        one = {"x": x, "y": y}
        if lengths:
            one["lengths"] = lengths[index]
        if weighted:
            one["weights"] = np.abs(draw.uniform(rows, 1.5))
        result.append(one)
    return result


def training_case(suffix, kind="GRU", loss=None, optimizer=None, every=False, data=None, stack=None, **rest):
    name = f"training-torch-{suffix}"
    draw, loss = Draw(name), loss or {"kind": "mse"}
    specs = stack_specs(kind, every=every, **{"vocabulary": 0, **(stack or {})})
    batches = drawn_batches(draw, specs, loss, every, **(data or {}))
    optimizer = optimizer or {"kind": "sgd", "lr": 0.1}
    return trajectory(name, specs, batches, draw, loss, optimizer, **rest)


def optimizers():
    sgd, rmsprop = {"kind": "sgd", "lr": 0.1}, {"kind": "rmsprop", "lr": 0.02}
    adam, adamw = {"kind": "adam", "lr": 0.02}, {"kind": "adamw", "lr": 0.02}
    yield "sgd", sgd
    yield "sgd-weight-decay", {**sgd, "weightDecay": 0.05}
    yield "sgd-momentum", {**sgd, "momentum": 0.9}
    yield "sgd-momentum-dampening", {**sgd, "momentum": 0.8, "dampening": 0.3}
    yield "sgd-nesterov-weight-decay", {**sgd, "momentum": 0.9, "nesterov": True, "weightDecay": 0.01}
    yield "rmsprop", rmsprop
    yield "rmsprop-momentum", {**rmsprop, "alpha": 0.9, "momentum": 0.5}
    yield "rmsprop-centered-weight-decay", {**rmsprop, "centered": True, "weightDecay": 0.02, "eps": 1e-6}
    yield "rmsprop-centered-momentum", {**rmsprop, "lr": 0.005, "centered": True, "momentum": 0.7}
    yield "adam", adam
    yield "adam-betas-eps", {**adam, "betas": [0.8, 0.95], "eps": 1e-3}
    yield "adam-weight-decay", {**adam, "weightDecay": 0.1}
    yield "adam-amsgrad", {**adam, "betas": [0.9, 0.6], "amsgrad": True}
    yield "adamw", adamw
    yield "adamw-amsgrad-weight-decay", {**adamw, "betas": [0.9, 0.6], "amsgrad": True, "weightDecay": 0.2}


def cases():
    for kind in OPTIMIZERS:
        yield training_case(f"optimizer-{kind}-defaults", optimizer={"kind": kind})
    for suffix, optimizer in optimizers():
        yield training_case(f"optimizer-{suffix}", optimizer=optimizer)

    yield training_case("loss-mae", loss={"kind": "mae"})
    yield training_case("loss-huber", loss={"kind": "huber"})
    yield training_case("loss-huber-0.25", loss={"kind": "huber", "delta": 0.25})
    entropy, binary = {"kind": "crossEntropy"}, {"kind": "binaryCrossEntropy"}
    text = {"kind": "LSTM", "stack": {"vocabulary": 7, "outputs": 4}, "optimizer": {"kind": "adam", "lr": 0.03}}
    yield training_case("loss-classes", loss=entropy, data={"target": "classes"}, **text)
    yield training_case("loss-classes-every-step", loss=entropy, every=True, data={"target": "classes"}, **text)
    ignored = {**entropy, "ignoreIndex": -1}
    yield training_case("loss-classes-ignored", loss=entropy, every=True, data={"target": "ignored"}, **text)
    yield training_case("loss-classes-ignored-last-step", loss=ignored, data={"target": "ignored"}, **text)
    yield training_case("loss-one-hot", loss=entropy, data={"target": "onehot"}, **text)
    yield training_case("loss-soft-every-step", loss=entropy, every=True, data={"target": "soft"}, **text)
    yield training_case("loss-binary", loss=binary, data={"target": "binary"}, **text)
    yield training_case("loss-binary-every-step", loss=binary, every=True, data={"target": "binary"}, **text)

    lengths = [[5, 2, 4, 1], [3, 5, 1, 5]]
    yield training_case("lengths-last-step", kind="LSTM", data={"lengths": lengths})
    yield training_case("lengths-every-step", kind="LSTM", every=True, data={"lengths": lengths})
    data = {"lengths": lengths, "target": "ignored"}
    yield training_case("lengths-ignored", loss=ignored, every=True, data=data, **text)
    yield training_case("weights-last-step", data={"weighted": True})
    yield training_case("weights-every-step", every=True, data={"weighted": True})
    data = {"weighted": True, "target": "ignored", "lengths": lengths}
    yield training_case("weights-lengths-ignored", loss=entropy, every=True, data=data, **text)

    yield training_case("clip-norm", clip_norm=0.1)
    yield training_case("clip-norm-momentum", clip_norm=0.2, optimizer={"kind": "sgd", "lr": 0.2, "momentum": 0.9})
    yield training_case("clip-norm-adam", clip_norm=0.05, optimizer={"kind": "adam", "lr": 0.02, "eps": 1e-2})
    yield training_case("clip-value", clip_value=0.03)
    yield training_case("carry", kind="LSTM", every=True, carry=True)
    yield training_case("carry-gru-two-layers", carry=True, stack={"layers": 2})
    rates = [0.1, 0.1, 0.05, 0.2, 0.0, 0.01, 0.1, 0.3, 0.02, 0.1]
    yield training_case("rates", rates=rates, optimizer={"kind": "sgd", "lr": 0.1, "momentum": 0.9, "nesterov": True})
    yield training_case("rates-adam", rates=[rate / 5 for rate in rates], optimizer={"kind": "adam", "lr": 0.02})
    yield training_case("rnn-bidirectional", kind="RNN", every=True, stack={"bidirectional": True})
    deep = {"bidirectional": True, "layers": 2}
    yield training_case("lstm-bidirectional-two-layers", kind="LSTM", stack=deep, steps=3)
    wide = {"inputs": 5, "hidden": 17, "outputs": 3}
    yield training_case("hidden-17", kind="LSTM", stack=wide, data={"batch": 9, "time": 7}, steps=2)
