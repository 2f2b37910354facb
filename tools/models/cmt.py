"""CMT: convolutional neural networks meet vision transformers (CVPR 2022)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from parts import to_map, to_tokens


class Stem(nn.Sequential):
    """Three 3x3 convolutions, each with a GELU before its batch norm."""

    def __init__(self, channels: int) -> None:
        layers: list[nn.Module] = []
        for inputs, stride in ((3, 2), (channels, 1), (channels, 1)):
            layers += [nn.Conv2d(inputs, channels, 3, stride, 1), nn.GELU(), nn.BatchNorm2d(channels)]
        super().__init__(*layers)


class ReducedAttention(nn.Module):
    """Attention with keys and values from a depthwise convolution of stride `reduction`, and a learned bias."""

    def __init__(self, dim: int, heads: int, reduction: int) -> None:
        super().__init__()
        self.heads, self.reduction = heads, reduction
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.project = nn.Linear(dim, dim)
        if reduction > 1:
            self.reduce = nn.Sequential(
                nn.Conv2d(dim, dim, reduction, reduction, groups=dim), nn.BatchNorm2d(dim)
            )

    def forward(self, x: Tensor, side: int, bias: Tensor) -> Tensor:
        batch, tokens, dim = x.shape
        depth = dim // self.heads
        reduced = to_tokens(self.reduce(to_map(x, side))) if self.reduction > 1 else x
        query, key, value = (
            layer(source).reshape(batch, -1, self.heads, depth).permute(0, 2, 1, 3)
            for layer, source in ((self.query, x), (self.key, reduced), (self.value, reduced))
        )
        weights = (query @ key.transpose(-2, -1) * depth**-0.5 + bias).softmax(dim=-1)
        return self.project((weights @ value).transpose(1, 2).reshape(batch, tokens, dim))


class InvertedResidual(nn.Module):
    """The feed-forward part: 1x1, depthwise 3x3 with a shortcut of its own, 1x1."""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.expand = nn.Sequential(nn.Conv2d(dim, hidden, 1), nn.GELU(), nn.BatchNorm2d(hidden))
        self.depthwise = nn.Conv2d(hidden, hidden, 3, 1, 1, groups=hidden)
        self.activate = nn.Sequential(nn.GELU(), nn.BatchNorm2d(hidden))
        self.squeeze = nn.Sequential(nn.Conv2d(hidden, dim, 1), nn.BatchNorm2d(dim))

    def forward(self, x: Tensor) -> Tensor:
        x = self.expand(x)
        return self.squeeze(self.activate(self.depthwise(x) + x))


class Block(nn.Module):
    """Local perception, reduced attention, inverted residual."""

    def __init__(self, dim: int, heads: int, reduction: int, hidden: int) -> None:
        super().__init__()
        self.local = nn.Conv2d(dim, dim, 3, 1, 1, groups=dim)
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attention = ReducedAttention(dim, heads, reduction)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.feed = InvertedResidual(dim, hidden)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        side = x.shape[-1]
        x = self.local(x) + x
        tokens = to_tokens(x)
        tokens = tokens + self.attention(self.norm1(tokens), side, bias)
        return to_map(tokens, side) + self.feed(to_map(self.norm2(tokens), side))


class CMT(nn.Module):
    """Logits of images `[B, 3, side, side]`; `side` is a multiple of 2^(stages + 1) and of what keys are reduced by."""

    def __init__(
        self, side: int, stem: int, dims: Sequence[int], depths: Sequence[int], heads: Sequence[int],
        reductions: Sequence[int], ratio: float, features: int, classes: int,
    ) -> None:  # fmt: skip
        super().__init__()
        self.stem = Stem(stem)
        self.patches, self.norms, self.stages = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        self.biases = nn.ParameterList()
        inputs, side = stem, side // 2
        for dim, depth, count, reduction in zip(dims, depths, heads, reductions, strict=True):
            side //= 2
            self.patches.append(nn.Conv2d(inputs, dim, 2, 2))
            self.norms.append(nn.LayerNorm(dim))
            blocks = [Block(dim, count, reduction, int(ratio * dim)) for _ in range(depth)]
            self.stages.append(nn.ModuleList(blocks))
            self.biases.append(nn.Parameter(torch.randn(count, side * side, (side // reduction) ** 2)))
            inputs = dim
        self.head = nn.Sequential(
            nn.Conv2d(inputs, features, 1), nn.BatchNorm2d(features), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
            nn.Linear(features, classes),
        )  # fmt: skip

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for patch, norm, blocks, bias in zip(self.patches, self.norms, self.stages, self.biases, strict=True):
            x = patch(x)
            x = to_map(norm(to_tokens(x)), x.shape[-1])
            for block in blocks:
                x = block(x, bias)
        return self.head(x)
