"""Trains the network of the CO2 example and writes weights.safetensors beside this file.

    pip install torch safetensors
    python examples/co2/train.py                                     # after npm ci, from the repository
    python examples/co2/train.py --held-out-from 2004-01 --no-save    # how the recipe was chosen

Nothing from the held-out months is used: not for the statistics, not as input, not as target.
One thread and a fixed seed, so the same PyTorch on the same machine writes the same bytes.
The features are those of features.mjs; main.mjs must see the numbers that were trained on.
"""

import argparse
import csv
import math
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

HERE = Path(__file__).parent
SERIES = HERE.parents[1] / "node_modules/vega-datasets/data/co2-concentration.csv"

HIDDEN_SIZE = 16
EPOCHS = 300
LEARNING_RATE = 0.02
WEIGHT_DECAY = 0.01
# Noise on the two measured inputs (standard deviation): keeps 1400 weights from learning 600 months by heart.
INPUT_NOISE = 0.3
MEASURED = 2
SEED = 0


def month_number(label):
    """'2012-01' or '2012-01-15' -> months since year 0."""
    year, month = label.split("-")[:2]
    return int(year) * 12 + int(month) - 1


def read_series(path):
    """(first month, ppm per month, observed per month); see data.mjs for the rule about gaps."""
    with open(path, newline="") as file:
        measured = {month_number(row["Date"]): float(row["CO2"]) for row in csv.DictReader(file)}
    first, last = min(measured), max(measured)
    for month in range(first, first + 12):
        if month not in measured:
            first = month + 1
    ppm = []
    for month in range(first, last + 1):
        ppm.append(measured.get(month) or ppm[-12] + ppm[-1] - ppm[-13])
    return first, ppm, [month in measured for month in range(first, last + 1)]


def trend(ppm, i):
    """Mean growth in ppm a year over the ten years (or what there is) up to month i."""
    years = min(10, i // 12)
    return (ppm[i] - ppm[i - 12 * years]) / years


def changes(ppm, i):
    """Change over the last month and over the last year, both without the trend."""
    growth = trend(ppm, i)
    return ppm[i] - ppm[i - 1] - growth / 12, ppm[i] - ppm[i - 12] - growth


def mean_and_std(values):
    mean = sum(values) / len(values)
    return mean, math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))


def dataset(first, ppm, observed, held_out):
    """Inputs [T, 4], targets [T], weights [T] (0 where a target was never measured), scale of the target."""
    fit = [i for i in range(12, held_out) if observed[i] and observed[i - 1] and observed[i - 12]]
    month_mean, month_std = mean_and_std([changes(ppm, i)[0] for i in fit])
    year_mean, year_std = mean_and_std([changes(ppm, i)[1] for i in fit])

    inputs, targets, weights = [], [], []
    for i in range(12, len(ppm) - 1):
        month, year = changes(ppm, i)
        angle = 2 * math.pi * ((first + i + 1) % 12) / 12
        measured = [(month - month_mean) / month_std, (year - year_mean) / year_std]
        inputs.append([*measured, math.sin(angle), math.cos(angle)])
        targets.append((ppm[i + 1] - ppm[i] - trend(ppm, i) / 12 - month_mean) / month_std)
        weights.append(float(observed[i + 1]))
    return torch.tensor(inputs), torch.tensor(targets), torch.tensor(weights), month_std


def train(inputs, targets, weights):
    torch.manual_seed(SEED)
    model = nn.Sequential(nn.LSTM(inputs.shape[1], HIDDEN_SIZE, batch_first=True), nn.Linear(HIDDEN_SIZE, 1))
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=EPOCHS)
    for epoch in range(1, EPOCHS + 1):
        noisy = inputs.clone()
        noisy[:, :MEASURED] += INPUT_NOISE * torch.randn(len(inputs), MEASURED)
        loss = (weights * (predict(model, noisy) - targets) ** 2).sum() / weights.sum()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        schedule.step()
        if epoch % 50 == 0:
            print(f"epoch {epoch:3}  loss {loss.item():.4f}")
    return model


def predict(model, inputs):
    lstm, head = model
    return head(lstm(inputs[None])[0])[0, :, 0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--held-out-from", default="2012-01", help="first month that is not trained on")
    parser.add_argument("--series", type=Path, default=SERIES, help="the CSV file, if it is elsewhere")
    parser.add_argument("--no-save", action="store_true", help="only print the error")
    options = parser.parse_args()

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    first, ppm, observed = read_series(options.series)
    held_out = month_number(options.held_out_from) - first
    inputs, targets, weights, month_std = dataset(first, ppm, observed, held_out)
    trained = held_out - 13  # row i - 12 has month i + 1 as its target

    model = train(inputs[:trained], targets[:trained], weights[:trained])
    with torch.no_grad():
        error = (predict(model, inputs) - targets)[trained : trained + 96] * month_std
    mae = error.abs().mean()
    print(f"one month ahead, {len(error)} months from {options.held_out_from}: MAE {mae:.3f} ppm")
    if not options.no_save:
        metadata = {"heldOutFrom": options.held_out_from}
        save_file(model.state_dict(), HERE / "weights.safetensors", metadata)


if __name__ == "__main__":
    main()
