"""A small CoAtNet for 28x28 grey images (Dai et al., NeurIPS 2021), layout C-C-T.

Convolution stages are MBConv blocks with pre-activation batch norm on the residual stream and
squeeze-excite; the transformer stage has pre-norm blocks with relative attention. Activations are
NCHW in the convolution stages and [batch, tokens, channels] in the transformer stage.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Config:
    """Widths and depths; `grid` is the side of the transformer stage's token grid."""

    classes: int = 10
    stem: int = 16
    mbconv: tuple[tuple[int, int, int], ...] = ((32, 2, 2), (48, 1, 1))  # width, depth, stride
    expansion: int = 4
    squeeze: int = 4
    width: int = 96
    depth: int = 2
    grid: int = 7
    head_dim: int = 32
    mlp_ratio: int = 3


class SqueezeExcite(nn.Module):
    """Scales each channel by a gate computed from the channels' global means."""

    def __init__(self, channels: int, reduction: int):
        super().__init__()
        self.reduce = nn.Conv2d(channels, channels // reduction, 1)
        self.activation = nn.SiLU()
        self.expand = nn.Conv2d(channels // reduction, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        mean = x.mean((2, 3), keepdim=True)
        return x * self.expand(self.activation(self.reduce(mean))).sigmoid()


class MBConv(nn.Module):
    """shortcut(x) + project(SE(depthwise(expand(BN(x))))), downsampling in the depthwise."""

    def __init__(self, width_in: int, width: int, stride: int, config: Config):
        super().__init__()
        hidden = width_in * config.expansion
        self.shortcut = nn.Identity()
        if stride > 1 or width_in != width:
            pool = nn.AvgPool2d(stride) if stride > 1 else nn.Identity()
            self.shortcut = nn.Sequential(pool, nn.Conv2d(width_in, width, 1))
        self.body = nn.Sequential(
            nn.BatchNorm2d(width_in),
            nn.Conv2d(width_in, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.GELU(),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.GELU(),
            SqueezeExcite(hidden, config.squeeze * config.expansion),
            nn.Conv2d(hidden, width, 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.shortcut(x) + self.body(x)


class RelativeAttention(nn.Module):
    """Self-attention on a square grid of tokens with a learned bias for each relative position."""

    def __init__(self, width_in: int, width: int, grid: int, head_dim: int):
        super().__init__()
        self.heads, self.head_dim, self.scale = width // head_dim, head_dim, head_dim**-0.5
        self.qkv = nn.Linear(width_in, 3 * width)
        self.proj = nn.Linear(width, width)
        self.bias_table = nn.Parameter(torch.zeros((2 * grid - 1) ** 2, self.heads))
        self.register_buffer("bias_index", relative_index(grid), persistent=False)
        nn.init.trunc_normal_(self.bias_table, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        batch, tokens, _ = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, self.head_dim)
        q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        bias = self.bias_table[self.bias_index].reshape(tokens, tokens, self.heads)
        logits = q @ k.transpose(-2, -1) * self.scale + bias.permute(2, 0, 1)
        mixed = logits.softmax(-1) @ v
        return self.proj(mixed.transpose(1, 2).reshape(batch, tokens, -1))


def relative_index(grid: int) -> Tensor:
    """Row of the bias table for each (query, key) pair of a grid x grid map, flattened."""
    y, x = torch.meshgrid(torch.arange(grid), torch.arange(grid), indexing="ij")
    y, x = y.flatten(), x.flatten()
    dy = y[:, None] - y[None, :] + grid - 1
    dx = x[:, None] - x[None, :] + grid - 1
    return (dy * (2 * grid - 1) + dx).flatten()


class MLP(nn.Sequential):
    """Two linear layers with GELU between them."""

    def __init__(self, width: int, ratio: int):
        super().__init__(
            nn.Linear(width, ratio * width), nn.GELU(), nn.Linear(ratio * width, width)
        )


class TransformerBlock(nn.Module):
    """x + attention(LN(x)), then x + MLP(LN(x)), on tokens."""

    def __init__(self, config: Config):
        super().__init__()
        width = config.width
        self.norm1 = nn.LayerNorm(width)
        self.attention = RelativeAttention(width, width, config.grid, config.head_dim)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = MLP(width, config.mlp_ratio)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class DownsamplingTransformerBlock(nn.Module):
    """proj(pool(x)) + attention(pool(LN(x))), then the MLP; takes a map, returns tokens."""

    def __init__(self, width_in: int, config: Config):
        super().__init__()
        width = config.width
        self.norm1 = nn.LayerNorm(width_in)
        self.pool = nn.AvgPool2d(2)
        self.shortcut = nn.Conv2d(width_in, width, 1)
        self.attention = RelativeAttention(width_in, width, config.grid, config.head_dim)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = MLP(width, config.mlp_ratio)

    def forward(self, x: Tensor) -> Tensor:
        normed = self.norm1(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        x = to_tokens(self.shortcut(self.pool(x))) + self.attention(to_tokens(self.pool(normed)))
        return x + self.mlp(self.norm2(x))


def to_tokens(x: Tensor) -> Tensor:
    """[batch, channels, height, width] as [batch, height * width, channels]."""
    return x.flatten(2).transpose(1, 2)


class CoAtNet(nn.Module):
    """Normalised images [batch, 1, 28, 28] to class logits [batch, classes]."""

    def __init__(self, config: Config = Config()):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(1, config.stem, 3, padding=1, bias=False),
            nn.BatchNorm2d(config.stem),
            nn.GELU(),
        )
        blocks, width_in = [], config.stem
        for width, depth, stride in config.mbconv:
            for i in range(depth):
                blocks.append(MBConv(width_in, width, stride if i == 0 else 1, config))
                width_in = width
        self.convolutions = nn.Sequential(*blocks)
        self.transformer = nn.Sequential(
            DownsamplingTransformerBlock(width_in, config),
            *(TransformerBlock(config) for _ in range(config.depth - 1)),
        )
        self.norm = nn.LayerNorm(config.width)
        self.head = nn.Linear(config.width, config.classes)
        self.apply(initialize)

    def forward(self, image: Tensor) -> Tensor:
        tokens = self.transformer(self.convolutions(self.stem(image)))
        return self.head(self.norm(tokens.mean(1)))


def initialize(module: nn.Module) -> None:
    """Truncated normal for linear layers, fan-out normal for convolutions, zero biases."""
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Conv2d):
        fan_out = module.kernel_size[0] * module.kernel_size[1] * module.out_channels
        nn.init.normal_(module.weight, std=(2 * module.groups / fan_out) ** 0.5)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def parameters(model: nn.Module) -> int:
    """Number of trained parameters."""
    return sum(p.numel() for p in model.parameters())


def multiply_accumulates(model: nn.Module, image: Tensor) -> int:
    """Multiply-accumulates of convolutions, linear layers and attention for `image`."""
    total = 0

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        nonlocal total
        if isinstance(module, nn.Conv2d):
            total += output.numel() * module.weight[0].numel()
        elif isinstance(module, nn.Linear):
            total += output.numel() * module.in_features
        elif isinstance(module, RelativeAttention):
            total += 2 * output.numel() * output.shape[1]

    hooks = [module.register_forward_hook(count) for module in model.modules()]
    with torch.inference_mode():
        model.eval()(image)
    for hook in hooks:
        hook.remove()
    return total


if __name__ == "__main__":
    network, zeros = CoAtNet(), torch.zeros(1, 1, 28, 28)
    macs = multiply_accumulates(network, zeros)
    print(f"{parameters(network)} parameters, {macs / 1e6:.2f} MMAC")
