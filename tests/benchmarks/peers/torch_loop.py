"""Native PyTorch: channels first in memory, or last, as processors like it."""

from __future__ import annotations

import torch
from torch import nn

from . import BATCH, DECAY, RATE, TINY, Images, Labels, Train, weights


def network(layout: torch.memory_format) -> nn.Module:
    """Flatten sees rows, columns, channels, as in Keras."""
    model = nn.Sequential(
        *(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(64, 128, 3), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(1152, 10)),
    )
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), weights(), strict=True):
            if value.ndim == 4:  # to filters, channels, rows, columns
                value = value.transpose(3, 2, 0, 1)
            elif value.ndim == 2:  # its inputs come channel by channel here
                value = value.reshape(3, 3, 128, 10).transpose(3, 2, 0, 1)
                value = value.reshape(10, 1152)
            parameter.copy_(torch.from_numpy(value.copy()))
    return model.to(memory_format=layout)


def trainer(told: str) -> Train:
    layout = getattr(torch, told)
    model = network(layout)
    optimizer = torch.optim.RMSprop(
        model.parameters(), lr=RATE, alpha=DECAY, eps=TINY**0.5
    )

    def train(images: Images, labels: Labels) -> float:
        pixels = torch.from_numpy(images).permute(0, 3, 1, 2)
        pixels = pixels.to(memory_format=layout)
        targets = torch.from_numpy(labels)
        total = torch.zeros(())
        for begin in range(0, len(images), BATCH):
            end = begin + BATCH
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(
                model(pixels[begin:end]), targets[begin:end]
            )
            loss.backward()
            optimizer.step()
            total += loss.detach()
        return float(total) / (len(images) / BATCH)

    return train
