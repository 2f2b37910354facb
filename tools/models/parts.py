"""What several networks are made of."""

import torch
from torch import Tensor, nn


class Attention(nn.Module):
    """Softmax attention over tokens `[B, N, C]`, with queries, keys and values from one layer."""

    def __init__(self, dim: int, heads: int, bias: bool = True) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim, bias=bias)
        self.project = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, dim = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = qkv[0], qkv[1], qkv[2]
        weights = (query @ key.transpose(-2, -1) * (dim // self.heads) ** -0.5).softmax(dim=-1)
        return self.project((weights @ value).transpose(1, 2).reshape(batch, tokens, dim))


class MLP(nn.Sequential):
    """Two linear layers with a GELU between."""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__(nn.Linear(dim, hidden), nn.GELU(), nn.Linear(hidden, dim))


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation over the channels of a map `[B, C, H, W]`."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def to_tokens(x: Tensor) -> Tensor:
    """`[B, C, H, W]` as `[B, H * W, C]`."""
    return x.flatten(2).transpose(1, 2)


def to_map(x: Tensor, side: int) -> Tensor:
    """`[B, side * side, C]` as `[B, C, side, side]`."""
    return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], side, side)


def windows(x: Tensor, side: int, size: int) -> Tensor:
    """`[B, side * side, C]` as `[B * windows, size * size, C]`."""
    batch, _, dim = x.shape
    count = side // size
    x = x.reshape(batch, count, size, count, size, dim).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(batch * count * count, size * size, dim)


def from_windows(x: Tensor, side: int, size: int) -> Tensor:
    """The inverse of `windows`, for one image."""
    count = side // size
    x = x.reshape(-1, count, count, size, size, x.shape[-1]).permute(0, 1, 3, 2, 4, 5)
    return x.reshape(-1, side * side, x.shape[-1])


def orthogonal_rows(rows: int, dim: int) -> Tensor:
    """Random features of a Performer: orthogonal rows of norm sqrt(rows)."""
    matrix = torch.empty(rows, dim)
    return nn.init.orthogonal_(matrix) * rows**0.5
