"""Pale Transformer: attention in pale-shaped regions (AAAI 2022)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from parts import ChannelNorm, to_map, to_tokens

WAYS = ("view", "index", "split")


def separable(dim: int) -> nn.Sequential:
    """A depthwise 3x3 convolution with its batch norm, and a 1x1."""
    return nn.Sequential(nn.Conv2d(dim, dim, 3, 1, 1, groups=dim), nn.BatchNorm2d(dim), nn.Conv2d(dim, dim, 1))


class PaleAttention(nn.Module):
    """Half of the channels attend inside pales of `size` interlaced rows, the other half of columns.

    The pales are cut in one of three ways, as ports of the paper's code do: by reshaping, by index_select of each pale's
    rows, or by tensor_split of the map into rows, which are then put together.
    """

    def __init__(self, dim: int, heads: int, size: int, way: str = "view") -> None:
        super().__init__()
        if way not in WAYS:
            raise ValueError(f"{way} is none of {', '.join(WAYS)}")
        self.heads, self.size, self.way = heads, size, way
        self.query, self.key, self.value = separable(dim), separable(dim), separable(dim)
        self.project = nn.Conv2d(dim, dim, 1)

    def pales(self, x: Tensor) -> Tensor:
        """`[B, C, H, W]` as `[B, groups, C, size, W]`: rows j, j + groups, j + 2 * groups, ..."""
        batch, dim, height, width = x.shape
        groups = height // self.size
        if self.way == "view":
            return x.reshape(batch, dim, self.size, groups, width).permute(0, 3, 1, 2, 4)
        if self.way == "index":
            return torch.stack([x.index_select(2, torch.arange(j, height, groups)) for j in range(groups)], dim=1)
        rows = x.tensor_split(height, dim=2)
        return torch.stack([torch.cat(rows[j::groups], dim=2) for j in range(groups)], dim=1)

    def joined(self, x: Tensor, height: int) -> Tensor:
        """The inverse of `pales`."""
        batch, groups, dim, size, width = x.shape
        if self.way == "view":
            return x.permute(0, 2, 3, 1, 4).reshape(batch, dim, height, width)
        rows = [x[:, row % groups, :, row // groups, :] for row in range(height)]
        return torch.stack(rows, dim=2)

    def half(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """Attention inside pales of rows."""
        batch, dim, height, width = query.shape
        depth = dim // self.heads

        def heads(x: Tensor) -> Tensor:
            x = self.pales(x)
            return x.reshape(batch * x.shape[1], self.heads, depth, self.size * width).transpose(-2, -1)

        query, key, value = heads(query), heads(key), heads(value)
        y = (query @ key.transpose(-2, -1) * depth**-0.5).softmax(dim=-1) @ value
        return self.joined(y.transpose(-2, -1).reshape(batch, -1, dim, self.size, width), height)

    def forward(self, x: Tensor) -> Tensor:
        rows, columns = zip(*(layer(x).chunk(2, dim=1) for layer in (self.query, self.key, self.value)), strict=True)
        across = self.half(*(each.transpose(2, 3) for each in columns)).transpose(2, 3)
        return self.project(torch.cat([self.half(*rows), across], dim=1))


class Block(nn.Module):
    """Conditional positions, pale attention, MLP."""

    def __init__(self, dim: int, heads: int, size: int, way: str, ratio: int = 4) -> None:
        super().__init__()
        self.positions = nn.Conv2d(dim, dim, 3, 1, 1, groups=dim)
        self.norm1, self.norm2 = ChannelNorm(dim), ChannelNorm(dim)
        self.attention = PaleAttention(dim, heads, size, way)
        self.feed = nn.Sequential(nn.Conv2d(dim, ratio * dim, 1), nn.GELU(), nn.Conv2d(ratio * dim, dim, 1))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.positions(x)
        x = x + self.attention(self.norm1(x))
        return x + self.feed(self.norm2(x))


class Pale(nn.Module):
    """Logits of images `[B, 3, side, side]`; every stage's map is a multiple of its pale size."""

    def __init__(
        self, dims: Sequence[int], depths: Sequence[int], heads: Sequence[int], sizes: Sequence[int], classes: int,
        way: str = "view",
    ) -> None:  # fmt: skip
        super().__init__()
        layers: list[nn.Module] = []
        inputs = 3
        for dim, depth, count, size in zip(dims, depths, heads, sizes, strict=True):
            kernel, stride, pad = (7, 4, 3) if inputs == 3 else (3, 2, 1)
            layers += [nn.Conv2d(inputs, dim, kernel, stride, pad), ChannelNorm(dim)]
            layers += [Block(dim, count, size, way) for _ in range(depth)]
            inputs = dim
        self.stages = nn.Sequential(*layers)
        self.head = nn.Linear(inputs, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.stages(x).mean(dim=(2, 3)))
