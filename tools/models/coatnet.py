"""CoAtNet (NeurIPS 2021) with max pooling before its projections, norms before or after their branch."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from parts import MLP, to_map, to_tokens


class SqueezeExcite(nn.Module):
    """A gate a channel from the mean of the map."""

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        self.gate = nn.Sequential(nn.Linear(dim, hidden), nn.GELU(), nn.Linear(hidden, dim), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gate(x.mean(dim=(2, 3)))[:, :, None, None]


class MBConv(nn.Module):
    """Expand, depthwise, squeeze-excite, project; the first of a stage halves the map by max pooling on the shortcut."""

    def __init__(self, inputs: int, dim: int, down: bool, post_norm: bool) -> None:
        super().__init__()
        hidden = 2 * inputs
        self.norm = nn.BatchNorm2d(dim if post_norm else inputs)
        self.post_norm = post_norm
        stride = 2 if down else 1
        self.branch = nn.Sequential(
            nn.Conv2d(inputs, hidden, 1, stride, bias=False), nn.BatchNorm2d(hidden), nn.GELU(),
            nn.Conv2d(hidden, hidden, 3, 1, 1, groups=hidden, bias=False), nn.BatchNorm2d(hidden), nn.GELU(),
            SqueezeExcite(hidden, max(4, inputs // 4)), nn.Conv2d(hidden, dim, 1, bias=False), nn.BatchNorm2d(dim),
        )  # fmt: skip
        self.shortcut = (
            nn.Sequential(nn.MaxPool2d(3, 2, 1), nn.Conv2d(inputs, dim, 1, bias=False)) if down else nn.Identity()
        )

    def forward(self, x: Tensor) -> Tensor:
        if self.post_norm:
            return self.norm(self.shortcut(x) + self.branch(x))
        return self.shortcut(x) + self.branch(self.norm(x))


class RelativeAttention(nn.Module):
    """Attention with a learned bias by relative position, gathered from a table."""

    def __init__(self, inputs: int, dim: int, side: int, head: int) -> None:
        super().__init__()
        self.heads, self.head = dim // head, head
        self.qkv = nn.Linear(inputs, 3 * dim, bias=False)
        self.project = nn.Linear(dim, dim)
        self.table = nn.Parameter(torch.zeros((2 * side - 1) ** 2, self.heads))
        places = torch.stack(torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")).flatten(1)
        apart = places[:, :, None] - places[:, None, :] + side - 1
        self.register_buffer("index", (apart[0] * (2 * side - 1) + apart[1]).flatten())

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, _ = x.shape
        query, key, value = (
            each.reshape(batch, tokens, self.heads, self.head).transpose(1, 2) for each in self.qkv(x).chunk(3, dim=-1)
        )
        index = self.index[:, None].expand(-1, self.heads)
        bias = self.table.gather(0, index).reshape(tokens, tokens, self.heads).permute(2, 0, 1)
        weights = (query @ key.transpose(-1, -2) * self.head**-0.5 + bias[None]).softmax(dim=-1)
        return self.project((weights @ value).transpose(1, 2).reshape(batch, tokens, -1))


class Transformer(nn.Module):
    """Relative attention and an MLP; the first of a stage halves the map by max pooling on both paths."""

    def __init__(self, inputs: int, dim: int, side: int, head: int, down: bool, post_norm: bool) -> None:
        super().__init__()
        self.side, self.post_norm = side, post_norm
        self.pool = nn.MaxPool2d(3, 2, 1) if down else nn.Identity()
        self.norm1 = nn.LayerNorm(dim if post_norm else inputs)
        self.attention = RelativeAttention(inputs, dim, side, head)
        self.shortcut = nn.Linear(inputs, dim, bias=False) if down else nn.Identity()
        self.norm2 = nn.LayerNorm(dim)
        self.feed = MLP(dim, 2 * dim)

    def forward(self, x: Tensor) -> Tensor:
        if self.post_norm:
            x = to_tokens(self.pool(x))
            x = self.norm1(self.shortcut(x) + self.attention(x))
            return to_map(self.norm2(x + self.feed(x)), self.side)
        normed = to_map(self.norm1(to_tokens(x)), x.shape[-1])
        x = self.shortcut(to_tokens(self.pool(x))) + self.attention(to_tokens(self.pool(normed)))
        return to_map(x + self.feed(self.norm2(x)), self.side)


class CoAtNet(nn.Module):
    """Logits of images `[B, 3, side, side]`: a stem, two stages of MBConv, two of transformers."""

    def __init__(
        self, side: int, dims: Sequence[int], depths: Sequence[int], head: int, classes: int, post_norm: bool = False
    ) -> None:
        super().__init__()
        stem, *stages = dims
        layers: list[nn.Module] = [
            nn.Conv2d(3, stem, 3, 2, 1, bias=False), nn.BatchNorm2d(stem), nn.GELU(),
            nn.Conv2d(stem, stem, 3, 1, 1, bias=False), nn.BatchNorm2d(stem), nn.GELU(),
        ]  # fmt: skip
        inputs, side = stem, side // 2
        for index, (dim, depth) in enumerate(zip(stages, depths, strict=True)):
            side //= 2
            for block in range(depth):
                down = block == 0
                if index < 2:
                    layers.append(MBConv(inputs, dim, down, post_norm))
                else:
                    layers.append(Transformer(inputs, dim, side, head, down, post_norm))
                inputs = dim
        self.stages = nn.Sequential(*layers)
        self.pool = nn.AvgPool2d(side, 1)
        self.head = nn.Linear(inputs, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.pool(self.stages(x)).flatten(1))
