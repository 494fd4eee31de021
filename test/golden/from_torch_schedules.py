"""Learning rates of torch.optim.lr_scheduler: `rates` of each update, in epochs of `updatesPerEpoch`.

Schedulers that count epochs are stepped after each of them, the others after each update; `losses` are what
ReduceLROnPlateau sees after each epoch.
"""

import warnings

import torch
from torch.optim import lr_scheduler

from from_torch import SOURCE

LR = 0.1
UPDATES_PER_EPOCH = 4
LOSSES = [1.0, 0.9, 0.9, 0.89995, 0.9, 0.95, 0.5, 0.5, 0.6, 0.7, 0.8, 0.49999, 0.7, 0.7, 0.7, 0.2, 0.3, 0.3, 0.3, 0.3]
EPOCHS = len(LOSSES)
UPDATES = EPOCHS * UPDATES_PER_EPOCH


def rates(make, by_epoch):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    scheduler = make(optimizer)
    result = []
    for epoch in range(EPOCHS):
        for _ in range(UPDATES_PER_EPOCH):
            result.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if not by_epoch:
                scheduler.step()
        if by_epoch:
            scheduler.step(*([LOSSES[epoch]] if isinstance(scheduler, lr_scheduler.ReduceLROnPlateau) else []))
    return result


def case(suffix, schedule, make, by_epoch=False):
    return {
        "name": f"schedule-torch-{suffix}",
        "source": SOURCE,
        "schedule": schedule,
        "lr": LR,
        "updatesPerEpoch": UPDATES_PER_EPOCH,
        "losses": LOSSES,
        "rates": rates(make, by_epoch),
    }


def one_cycle(suffix, options, **rest):
    # The library does not cycle the momentum. A step after the last one, for which there is no rate, is not asked for.
    def make(optimizer):
        return lr_scheduler.OneCycleLR(optimizer, total_steps=UPDATES + 1, cycle_momentum=False, **rest)

    return case(f"one-cycle{suffix}", {"kind": "oneCycle", "steps": UPDATES + 1, **options}, make)


def plateau(suffix, options, **rest):
    def make(optimizer):
        return lr_scheduler.ReduceLROnPlateau(optimizer, **rest)

    return case(f"plateau{suffix}", {"kind": "plateau", **options}, make, by_epoch=True)


def warm_cosine(optimizer):
    first = lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=10)
    rest = lr_scheduler.CosineAnnealingLR(optimizer, UPDATES - 10)
    return lr_scheduler.SequentialLR(optimizer, [first, rest], milestones=[10])


def cases():
    warnings.filterwarnings("ignore", category=UserWarning)
    yield case("step", {"kind": "step", "every": 3}, lambda it: lr_scheduler.StepLR(it, 3), by_epoch=True)
    halves = {"kind": "step", "every": 2, "gamma": 0.5}
    yield case("step-gamma", halves, lambda it: lr_scheduler.StepLR(it, 2, gamma=0.5), by_epoch=True)
    yield case("cosine", "cosine", lambda it: lr_scheduler.CosineAnnealingLR(it, UPDATES))
    low = {"kind": "cosine", "epochs": EPOCHS, "min": 0.01}
    yield case("cosine-min", low, lambda it: lr_scheduler.CosineAnnealingLR(it, UPDATES, eta_min=0.01))
    yield case("warmup", {"kind": "warmup", "steps": 7}, lambda it: lr_scheduler.LinearLR(it, total_iters=7))
    yield case("warmup-cosine", {"kind": "warmup", "steps": 10, "start": 0.1, "next": "cosine"}, warm_cosine)
    yield one_cycle("", {}, max_lr=LR)
    yield one_cycle(
        "-linear",
        {"max": 0.5, "pctStart": 0.2, "divFactor": 10, "finalDivFactor": 100, "annealStrategy": "linear"},
        max_lr=0.5,
        pct_start=0.2,
        div_factor=10,
        final_div_factor=100,
        anneal_strategy="linear",
    )
    yield one_cycle("-three-phases", {"max": 0.3, "threePhase": True}, max_lr=0.3, three_phase=True)
    yield plateau("", {"patience": 2}, patience=2)
    absolute = {"factor": 0.5, "patience": 1, "threshold": 0.1, "thresholdMode": "abs", "cooldown": 2, "minLr": 0.01}
    yield plateau(
        "-absolute", absolute, factor=0.5, patience=1, threshold=0.1, threshold_mode="abs", cooldown=2, min_lr=0.01
    )
