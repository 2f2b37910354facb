"""A network of Inception's kind: branches of several kernel sizes and of pooling, side by side."""

import torch
from torch import Tensor, nn


class Unit(nn.Sequential):
    """A convolution with its batch norm and ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int | tuple[int, int], stride: int = 1, pad: bool = True) -> None:
        sides = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = tuple(side // 2 for side in sides) if pad else 0
        super().__init__(
            nn.Conv2d(inputs, outputs, sides, stride, padding, bias=False), nn.BatchNorm2d(outputs, eps=1e-3), nn.ReLU()
        )


class Mixed(nn.Module):
    """Four branches: 1x1; 5x5; a 7x7 in two factors; average pooling that does not count its padding."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.branches = nn.ModuleList(
            [
                Unit(inputs, outputs, 1),
                nn.Sequential(Unit(inputs, outputs, 1), Unit(outputs, outputs, 5)),
                nn.Sequential(Unit(inputs, outputs, 1), Unit(outputs, outputs, (1, 7)), Unit(outputs, outputs, (7, 1))),
                nn.Sequential(nn.AvgPool2d(3, 1, 1, count_include_pad=False), Unit(inputs, outputs, 1)),
            ]
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class Down(nn.Module):
    """Halves the map by a convolution and by max pooling, neither padded."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.convolution = Unit(inputs, outputs, 3, 2, pad=False)
        self.pool = nn.MaxPool2d(3, 2)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([self.convolution(x), self.pool(x)], dim=1)


class Inception(nn.Sequential):
    """Logits of images `[B, 3, H, W]`."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__(
            Unit(3, width, 3, 2, pad=False), nn.MaxPool2d(3, 2, ceil_mode=True), Mixed(width, width),
            Down(4 * width, 2 * width), Mixed(6 * width, width), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
            nn.Linear(4 * width, classes),
        )  # fmt: skip
