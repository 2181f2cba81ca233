#!/usr/bin/python3
"""Writes Tests/TestData/torch-optimizers.json: steps of torch.optim's optimisers and rates of its schedules, in float64.

usage: tools/torch_optimizers.py (Debian: python3-torch)
"""
import itertools
import json
import os

import torch
from torch import optim

STEPS, COUNT, RATE = 10, 37, 0.01
torch.set_default_dtype(torch.float64)


def rounded(tensor):
    return [float(value) for value in tensor]


def optimizer(kind, decay, momentum, nesterov, clip):
    numbers = torch.Generator().manual_seed(7)
    parameters = torch.nn.Parameter(torch.rand(COUNT, generator=numbers) * 2 - 1)
    made = {
        "adam": lambda p: optim.Adam(p, lr=RATE, weight_decay=decay),
        "adamw": lambda p: optim.AdamW(p, lr=RATE, weight_decay=decay),
        "sgd": lambda p: optim.SGD(p, lr=RATE, weight_decay=decay, momentum=momentum, nesterov=nesterov),
        "rmsprop": lambda p: optim.RMSprop(p, lr=RATE, weight_decay=decay, momentum=momentum),
    }[kind]([parameters])
    case = {"kind": kind, "decay": decay, "momentum": momentum, "nesterov": nesterov, "clip": clip, "rate": RATE,
            "start": rounded(parameters.detach()), "gradients": [], "after": []}
    for _ in range(STEPS):
        gradient = torch.rand(COUNT, generator=numbers) * 2 - 1
        case["gradients"].append(rounded(gradient))
        parameters.grad = gradient.clone()
        if clip:
            torch.nn.utils.clip_grad_value_([parameters], clip)
        made.step()
        case["after"].append(rounded(parameters.detach()))
    return case


def rates(name, epochs, per_epoch, make, each_step=False, losses=None):
    parameter = torch.nn.Parameter(torch.zeros(1))
    made = optim.SGD([parameter], lr=RATE, momentum=0.9)
    schedule = make(made)
    case = {"schedule": name, "epochs": epochs, "per_epoch": per_epoch, "rate": RATE, "rates": [], "losses": losses}
    for epoch in range(epochs):
        for _ in range(per_epoch):
            case["rates"].append(made.param_groups[0]["lr"])
            made.step()
            if each_step:
                schedule.step()
        if losses:
            schedule.step(losses[epoch])
        elif not each_step:
            schedule.step()
    return case


def main():
    optimizers = [optimizer(*settings) for settings in itertools.chain(
        itertools.product(["adam", "adamw"], [0.0, 0.1], [0.0], [False], [0.0, 0.3]),
        itertools.product(["rmsprop"], [0.0, 0.1], [0.0, 0.9], [False], [0.0]),
        itertools.product(["sgd"], [0.0, 0.1], [0.0, 0.9], [False], [0.0, 0.3]),
        itertools.product(["sgd"], [0.0, 0.1], [0.9], [True], [0.0]))]
    losses = [1.0, 0.9, 0.9, 0.95, 0.89995, 0.5, 0.6, 0.6, 0.6, 0.6, 0.4, 0.4]
    schedules = [
        rates("step", 7, 3, lambda o: optim.lr_scheduler.StepLR(o, step_size=2, gamma=0.1)),
        rates("exponential", 7, 3, lambda o: optim.lr_scheduler.ExponentialLR(o, gamma=0.95)),
        rates("onecycle", 7, 3, lambda o: optim.lr_scheduler.OneCycleLR(o, max_lr=RATE, total_steps=21), each_step=True),
        rates("onecycle", 20, 5, lambda o: optim.lr_scheduler.OneCycleLR(o, max_lr=RATE, total_steps=100), each_step=True),
        rates("plateau", 12, 2, lambda o: optim.lr_scheduler.ReduceLROnPlateau(o, factor=0.1, patience=2), losses=losses),
    ]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Tests/TestData/torch-optimizers.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"torch": torch.__version__, "optimizers": optimizers, "schedules": schedules}, file)


main()
