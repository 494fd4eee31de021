"""Trajectories of torch.optim in float64, for the tests in crates/cellgate/src/train/optimizer.rs.

Writes torch_optimizers.txt beside them: a line of options, then for some steps a line with the number of updates
and all parameters. Parameters, gradients and rates are computed from their indices, as the tests do. Run alone:
python3 test/golden/from_torch_optimizers.py
"""

from pathlib import Path

import torch

OUT = Path(__file__).parents[2] / "crates/cellgate/src/train/torch_optimizers.txt"
COUNT, SHOWN = 5, (1, 2, 3, 30)
KINDS = {"sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop, "adam": torch.optim.Adam, "adamw": torch.optim.AdamW}
NAMES = {"weightDecay": "weight_decay"}

CASES = [
    ("sgd", {}),
    ("sgd", {"weightDecay": 0.1}),
    ("sgd", {"momentum": 0.9}),
    ("sgd", {"momentum": 0.9, "dampening": 0.25, "weightDecay": 0.1}),
    ("sgd", {"momentum": 0.9, "nesterov": True, "weightDecay": 0.1}),
    ("rmsprop", {}),
    ("rmsprop", {"alpha": 0.9, "eps": 0.01, "weightDecay": 0.1}),
    ("rmsprop", {"momentum": 0.5}),
    ("rmsprop", {"alpha": 0.9, "eps": 0.01, "centered": True}),
    ("rmsprop", {"alpha": 0.9, "eps": 0.01, "momentum": 0.5, "centered": True, "weightDecay": 0.1}),
    ("adam", {}),
    ("adam", {"beta1": 0.3, "beta2": 0.8, "eps": 0.001}),
    ("adam", {"weightDecay": 0.1}),
    ("adam", {"beta2": 0.5, "amsgrad": True}),
    ("adamw", {"weightDecay": 0.01}),
    ("adamw", {"beta2": 0.5, "weightDecay": 0.3, "amsgrad": True}),
]


def gradient(step):
    return [((step * 7 + at * 13) % 17 - 8) / (16 + 4 * step) for at in range(COUNT)]


def rate(step):
    return (1 + step % 3) / 64


def trajectory(kind, options):
    values = torch.tensor([(at * 5 % 11 - 5) / 8 for at in range(COUNT)], dtype=torch.float64, requires_grad=True)
    given = {NAMES.get(name, name): value for name, value in options.items() if not name.startswith("beta")}
    if kind.startswith("adam"):
        given["betas"] = (options.get("beta1", 0.9), options.get("beta2", 0.999))
    optimizer = KINDS[kind]([values], lr=1.0, **given)
    for step in range(max(SHOWN)):
        optimizer.param_groups[0]["lr"] = rate(step)
        values.grad = torch.tensor(gradient(step), dtype=torch.float64)
        optimizer.step()
        if step + 1 in SHOWN:
            yield step + 1, values.tolist()


def main():
    lines = [f"# torch {torch.__version__.split('+')[0]}, by test/golden/from_torch_optimizers.py"]
    for kind, options in CASES:
        lines.append(" ".join([kind, *(f"{name}={float(value)}" for name, value in options.items())]))
        for step, values in trajectory(kind, options):
            lines.append(" ".join([str(step), *(f"{value:.12g}" for value in values)]))
    OUT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
