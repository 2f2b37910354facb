"""ViTAE (NeurIPS 2021) and ViTAEv2: reduction cells and normal cells."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from parts import MLP, Attention, from_windows, orthogonal_rows, to_map, to_tokens, windows


@dataclass(frozen=True)
class Reduction:
    """A reduction cell: `attention` is performer, window, full, or none for the pyramid alone."""

    embed: int
    dim: int
    kernel: int
    stride: int
    dilations: Sequence[int]
    attention: str
    groups: int = 1
    heads: int = 1


@dataclass(frozen=True)
class Stage:
    """A reduction cell and the normal cells behind it."""

    reduction: Reduction
    depth: int
    heads: int
    groups: int
    attention: str = "full"
    ratio: float = 2


class Pyramid(nn.Module):
    """Parallel dilated convolutions, each with a GELU, side by side in the tokens' channels (the PRM)."""

    def __init__(self, inputs: int, cell: Reduction) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            nn.Conv2d(inputs, cell.embed, cell.kernel, cell.stride, padding(cell, dilation), dilation)
            for dilation in cell.dilations
        )

    def forward(self, x: Tensor) -> Tensor:
        maps = torch.stack([nn.functional.gelu(convolution(x)) for convolution in self.convolutions], dim=-1)
        batch, embed, height, width, count = maps.shape
        return maps.permute(0, 4, 1, 2, 3).reshape(batch, count * embed, height, width)


def padding(cell: Reduction, dilation: int) -> int:
    """What keeps the map's side at the input's over the stride."""
    return -(-((cell.kernel - 1) * dilation + 1 - cell.stride) // 2)


class Performer(nn.Module):
    """Linear attention by random features: `v + project(y)`, one head (T2T-ViT's token performer)."""

    def __init__(self, inputs: int, dim: int) -> None:
        super().__init__()
        self.features = dim // 2
        self.kqv = nn.Linear(inputs, 3 * dim)
        self.project = nn.Linear(dim, dim)
        self.register_buffer("directions", orthogonal_rows(self.features, dim))

    def feature(self, x: Tensor) -> Tensor:
        norm = (x * x).sum(dim=-1, keepdim=True).repeat(1, 1, self.features) / 2
        return torch.exp(torch.einsum("bti,mi->btm", x.float(), self.directions) - norm) / self.features**0.5

    def forward(self, x: Tensor) -> Tensor:
        key, query, value = self.kqv(x).chunk(3, dim=-1)
        key, query = self.feature(key), self.feature(query)
        divisor = torch.einsum("bti,bi->bt", query, key.sum(dim=1)).unsqueeze(dim=2)
        product = torch.einsum("bin,bim->bnm", value.float(), key)
        y = torch.einsum("bti,bni->btn", query, product) / (divisor.repeat(1, 1, value.shape[-1]) + 1e-8)
        return value + self.project(y)


class WindowAttention(nn.Module):
    """Attention inside windows, without shift and without bias."""

    def __init__(self, dim: int, heads: int, size: int) -> None:
        super().__init__()
        self.attention, self.size = Attention(dim, heads), size

    def forward(self, x: Tensor) -> Tensor:
        side = int(x.shape[1] ** 0.5)
        return from_windows(self.attention(windows(x, side, self.size)), side, self.size)


class ParallelConvolutions(nn.Sequential):
    """Three convolutions beside the attention (the PCM): SiLU between them, and after the last in version 1."""

    def __init__(self, inputs: int, hidden: int, dim: int, groups: int, strides: Sequence[int], first: bool) -> None:
        def convolution(inputs: int, outputs: int, stride: int) -> nn.Conv2d:
            return nn.Conv2d(inputs, outputs, 3, stride, 1, groups=groups)

        norms = [nn.BatchNorm2d(hidden) if first else nn.Identity(), nn.BatchNorm2d(dim)]
        layers = [
            convolution(inputs, hidden, strides[0]), norms[0], nn.SiLU(), convolution(hidden, dim, strides[1]),
            norms[1], nn.SiLU(), convolution(dim, dim, strides[2]),
        ]  # fmt: skip
        super().__init__(*layers)


class ReductionCell(nn.Module):
    """The pyramid, attention on its normed tokens, convolutions beside both, and an MLP."""

    def __init__(self, inputs: int, cell: Reduction, window: int, second: bool) -> None:
        super().__init__()
        self.pyramid = Pyramid(inputs, cell)
        channels = cell.embed * len(cell.dilations)
        self.is_bare = cell.attention == "none"
        if self.is_bare:
            return
        strides = []
        left = cell.stride
        for _ in range(3):
            strides.append(2 if left > 1 else 1)
            left //= 2
        self.convolutions = ParallelConvolutions(
            inputs, cell.embed, cell.dim, cell.groups, strides, first=second
        )
        self.last = nn.Identity() if second else nn.SiLU()
        self.norm1 = nn.LayerNorm(channels)
        self.bring = nn.Identity()
        if cell.attention == "performer":
            self.attention: nn.Module = Performer(channels, cell.dim)
        else:
            self.bring = nn.Linear(channels, cell.dim)
            full = cell.attention == "full"
            self.attention = Attention(cell.dim, cell.heads) if full else WindowAttention(cell.dim, cell.heads, window)
        self.norm2 = nn.LayerNorm(cell.dim)
        self.feed = MLP(cell.dim, cell.dim)

    def forward(self, x: Tensor) -> Tensor:
        tokens = to_tokens(self.pyramid(x))
        if self.is_bare:
            return tokens
        beside = to_tokens(self.last(self.convolutions(x)))
        tokens = self.attention(self.bring(self.norm1(tokens))) + beside
        return tokens + self.feed(self.norm2(tokens))


class NormalCell(nn.Module):
    """Attention and grouped convolutions side by side, summed with the residual, and an MLP."""

    def __init__(self, dim: int, stage: Stage, window: int, second: bool) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        full = stage.attention == "full"
        self.attention = Attention(dim, stage.heads) if full else WindowAttention(dim, stage.heads, window)
        hidden = int(dim * stage.ratio) // stage.groups * stage.groups
        self.convolutions = ParallelConvolutions(dim, hidden, dim, stage.groups, (1, 1, 1), first=True)
        self.last = nn.Identity() if second else nn.SiLU()
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.feed = MLP(dim, int(dim * stage.ratio))

    def forward(self, x: Tensor) -> Tensor:
        side = int(x.shape[1] ** 0.5)
        beside = to_tokens(self.last(self.convolutions(to_map(x, side))))
        x = x + self.attention(self.norm1(x)) + beside
        return x + self.feed(self.norm2(x))


class ViTAE(nn.Module):
    """Logits of images `[B, 3, side, side]`: stages of cells, the mean of the tokens, a linear head."""

    def __init__(self, stages: Sequence[Stage], classes: int, window: int = 7, second: bool = False) -> None:
        super().__init__()
        self.reductions, self.cells = nn.ModuleList(), nn.ModuleList()
        inputs = 3
        for stage in stages:
            cell = stage.reduction
            self.reductions.append(ReductionCell(inputs, cell, window, second))
            cells = [NormalCell(cell.dim, stage, window, second) for _ in range(stage.depth)]
            self.cells.append(nn.Sequential(*cells))
            inputs = cell.dim
        self.head = nn.Linear(inputs, classes)

    def forward(self, x: Tensor) -> Tensor:
        for index, (reduction, cells) in enumerate(zip(self.reductions, self.cells, strict=True)):
            if index > 0:
                x = to_map(x, int(x.shape[1] ** 0.5))
            x = cells(reduction(x))
        return self.head(x.mean(dim=1))


class PatchCell(nn.Module):
    """A transformer block with shallow grouped convolutions added to all tokens but the class token (ViTAE-B)."""

    def __init__(self, dim: int, heads: int, groups: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attention = Attention(dim, heads)
        self.convolutions = nn.Sequential(
            nn.Conv2d(dim, dim, 3, 1, 1, groups=groups), nn.BatchNorm2d(dim), nn.SiLU(),
            nn.Conv2d(dim, dim, 3, 1, 1, groups=groups),
        )  # fmt: skip
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.feed = MLP(dim, 2 * dim)

    def forward(self, x: Tensor) -> Tensor:
        side = int((x.shape[1] - 1) ** 0.5)
        beside = to_tokens(self.convolutions(to_map(x[:, 1:], side)))
        x = x + self.attention(self.norm1(x))
        x[:, 1:] = x[:, 1:] + beside
        return x + self.feed(self.norm2(x))


class PatchViTAE(nn.Module):
    """ViTAE-B's shape: plain patches, a class token, the mean of the other tokens to the head."""

    def __init__(self, side: int, patch: int, dim: int, depth: int, heads: int, groups: int, classes: int) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, dim, patch, patch)
        self.token = nn.Parameter(torch.randn(1, 1, dim))
        self.positions = nn.Parameter(torch.randn(1, (side // patch) ** 2 + 1, dim))
        self.cells = nn.Sequential(*[PatchCell(dim, heads, groups) for _ in range(depth)])
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = to_tokens(self.patches(x))
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], dim=1) + self.positions
        return self.head(self.norm(self.cells(x)[:, 1:].mean(dim=1)))
