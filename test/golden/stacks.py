"""Stacks of torch modules in float64, as the library's Sequential runs them."""

import torch

from from_torch import MODULES


def stack_specs(kind, every=False, vocabulary=7, inputs=2, hidden=3, outputs=2, **options):
    """Embedding (none if `vocabulary` is 0), one recurrent layer and Linear, in the form of the golden files."""
    specs = [{"kind": "Embedding", "options": {"vocabularySize": vocabulary, "size": inputs}}] if vocabulary else []
    own = {"inputSize": inputs, "hiddenSize": hidden, "returnSequences": every, **options}
    width = hidden * (2 if options.get("bidirectional") else 1)
    linear = {"kind": "Linear", "options": {"inputSize": width, "outputSize": outputs}}
    return [*specs, {"kind": kind, "options": own}, linear]


def build_module(kind, options):
    if kind == "Embedding":
        return torch.nn.Embedding(options["vocabularySize"], options["size"], padding_idx=options.get("padding"))
    if kind == "Linear":
        return torch.nn.Linear(options["inputSize"], options["outputSize"])
    layers, both = options.get("layers", 1), options.get("bidirectional", False)
    sizes = options["inputSize"], options["hiddenSize"]
    return MODULES[kind](*sizes, num_layers=layers, bidirectional=both, batch_first=True)


def build_stack(specs):
    return torch.nn.ModuleDict({str(index): build_module(**spec) for index, spec in enumerate(specs)}).double()


def run_stack(stack, specs, x, lengths=None, states=None):
    """Output and final states by module; without `returnSequences` each sequence's last step goes on."""
    finals = {}
    for (name, module), spec in zip(stack.items(), specs):
        if spec["kind"] not in MODULES:
            x = module(x)
            continue
        batch, time = x.shape[:2]
        packed, start = x, states and states[name]
        if lengths:
            packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        x, finals[name] = module(packed, start)
        if lengths:
            x, _ = torch.nn.utils.rnn.pad_packed_sequence(x, batch_first=True, total_length=time)
        if not spec["options"]["returnSequences"]:
            h = finals[name][0] if spec["kind"] == "LSTM" else finals[name]
            directions = 2 if spec["options"].get("bidirectional") else 1
            x = h[-directions:].swapaxes(0, 1).reshape(batch, -1)
    return x, finals
