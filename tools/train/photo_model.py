"""A lightweight CoAtNet for photographs of 128 x 128 pixels, layout C-C-T-T (Dai et al., NeurIPS 2021).

The convolution stages have the shapes of EfficientNet-Lite0's first blocks (MBConv with ReLU6, no
squeeze-excite), so that they can start from its weights; the two transformer stages, at strides 16
and 32, are those of model.py.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from model import Config, DownsamplingTransformerBlock, TransformerBlock, initialize
from model import multiply_accumulates, parameters

SIDE = 128


@dataclass(frozen=True)
class PhotoConfig:
    """Widths and depths. An MBConv is (width, kernel, stride, expansion)."""

    classes: int = 10
    stem: int = 32
    mbconv: tuple[tuple[int, int, int, int], ...] = (
        (16, 3, 1, 1),
        (24, 3, 2, 6),
        (24, 3, 1, 6),
        (40, 5, 2, 6),
        (40, 5, 1, 6),
    )
    transformers: tuple[Config, ...] = (
        Config(width=128, depth=4, grid=SIDE // 16, head_dim=32, mlp_ratio=4),
        Config(width=224, depth=2, grid=SIDE // 32, head_dim=32, mlp_ratio=4),
    )


class ConvNorm(nn.Module):
    """Convolution and batch norm, with TensorFlow's SAME padding of an even map, then ReLU6 if asked."""

    def __init__(self, width_in: int, width: int, kernel: int, stride: int, groups: int, relu: bool):
        super().__init__()
        total = kernel - stride
        self.pad = (total // 2, total - total // 2) * 2 if total % 2 else None
        padding = 0 if self.pad else total // 2
        self.convolution = nn.Conv2d(
            width_in, width, kernel, stride, padding, groups=groups, bias=False
        )
        self.norm = nn.BatchNorm2d(width, eps=1e-3)
        self.relu = relu

    def forward(self, x: Tensor) -> Tensor:
        if self.pad:
            x = functional.pad(x, self.pad)
        x = self.norm(self.convolution(x))
        return functional.relu6(x) if self.relu else x


class MBConv(nn.Module):
    """project(depthwise(expand(x))), with the input added where the shapes agree."""

    def __init__(self, width_in: int, width: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        hidden = width_in * expansion
        expand = [ConvNorm(width_in, hidden, 1, 1, 1, True)] if expansion > 1 else []
        self.body = nn.Sequential(
            *expand,
            ConvNorm(hidden, hidden, kernel, stride, hidden, True),
            ConvNorm(hidden, width, 1, 1, 1, False),
        )
        self.residual = stride == 1 and width_in == width

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x) if self.residual else self.body(x)


class TransformerStage(nn.Module):
    """A downsampling block and the blocks that follow it; map to map, both channel-first."""

    def __init__(self, width_in: int, config: Config):
        super().__init__()
        self.grid, self.width = config.grid, config.width
        self.blocks = nn.Sequential(
            DownsamplingTransformerBlock(width_in, config),
            *(TransformerBlock(config) for _ in range(config.depth - 1)),
        )

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.blocks(x)
        return tokens.transpose(1, 2).reshape(-1, self.width, self.grid, self.grid)


class PhotoCoAtNet(nn.Module):
    """Normalised images [batch, 3, 128, 128] to class logits [batch, classes]."""

    def __init__(self, config: PhotoConfig = PhotoConfig()):
        super().__init__()
        layers, width_in = [ConvNorm(3, config.stem, 3, 2, 1, True)], config.stem
        for width, kernel, stride, expansion in config.mbconv:
            layers.append(MBConv(width_in, width, kernel, stride, expansion))
            width_in = width
        self.convolutions = nn.Sequential(*layers)
        self.stages = nn.ModuleList()
        for stage in config.transformers:
            self.stages.append(TransformerStage(width_in, stage))
            width_in = stage.width
        self.norm = nn.LayerNorm(width_in)
        self.head = nn.Linear(width_in, config.classes)
        self.apply(initialize)

    def features(self, x: Tensor) -> list[Tensor]:
        """The maps behind the convolutions and behind each transformer stage."""
        maps = [self.convolutions(x)]
        for stage in self.stages:
            maps.append(stage(maps[-1]))
        return maps

    def classify(self, x: Tensor) -> Tensor:
        """Class logits of the last stage's map."""
        return self.head(self.norm(x.mean((2, 3))))

    def forward(self, image: Tensor) -> Tensor:
        return self.classify(self.features(image)[-1])


def inherit(model: PhotoCoAtNet, teacher: nn.Module) -> None:
    """Copies EfficientNet-Lite0's first layers into the convolution stages."""

    def copy(to: ConvNorm, convolution: nn.Conv2d, norm: nn.BatchNorm2d) -> None:
        to.convolution.weight.data.copy_(convolution.weight)
        to.norm.load_state_dict(norm.state_dict())

    stem, *blocks = model.convolutions
    copy(stem, teacher._conv_stem, teacher._bn0)
    for mine, theirs in zip(blocks, teacher._blocks):
        layers = list(mine.body)
        if len(layers) == 3:
            copy(layers.pop(0), theirs._expand_conv, theirs._bn0)
        copy(layers[0], theirs._depthwise_conv, theirs._bn1)
        copy(layers[1], theirs._project_conv, theirs._bn2)


if __name__ == "__main__":
    network, zeros = PhotoCoAtNet(), torch.zeros(1, 3, SIDE, SIDE)
    macs = multiply_accumulates(network, zeros)
    print(f"{parameters(network)} parameters, {macs / 1e6:.2f} MMAC")
