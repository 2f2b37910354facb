"""Random weights as a trained network has them: every branch counts, no norm is an identity, attention is not flat."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

SEED = 20261


def perturb(model: nn.Module, side: int, gain: float = 1.5, seed: int = SEED) -> nn.Module:
    """Draws all weights anew, always the same for a seed; batch norms get the statistics of images, nearly.

    Returns the network for evaluation.
    """
    random = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(drawn(parameter, gain, random))
        for module in model.modules():
            if is_norm(module) and module.weight is not None:
                module.weight.copy_(1 + 0.2 * normal(module.weight, random))
        measure(model, images(32, side, random))
        for module in model.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                module.running_mean += 0.1 * module.running_var.sqrt() * normal(module.running_mean, random)
                module.running_var *= 1 + 0.3 * torch.rand(module.running_var.shape, generator=random)
    return model.eval()


def is_norm(module: nn.Module) -> bool:
    """Whether a module scales what it has normalised."""
    kinds = (nn.LayerNorm, nn.GroupNorm, nn.modules.batchnorm._BatchNorm)
    return isinstance(module, kinds) or ("Norm" in type(module).__name__ and hasattr(module, "weight"))


def drawn(tensor: Tensor, gain: float, random: torch.Generator) -> Tensor:
    """Matrices and kernels make `gain` times the power of what they multiply; vectors are biases, and scales of a layer's branch."""
    if tensor.ndim >= 2:
        fan_in = math.prod(tensor.shape[1:])
        return normal(tensor, random) * min(1, math.sqrt(gain / fan_in))
    first = tensor.flatten()[0]
    is_scale = bool((tensor == first).all()) and bool(first != 0)
    return (0.6 if is_scale else 0) + 0.15 * normal(tensor, random)


def measure(model: nn.Module, inputs: Tensor) -> None:
    """Sets the statistics of batch norms to those of a batch, as training does."""
    model.eval()
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.reset_running_stats()
            module.momentum = None
            module.train()
    model(inputs)


def images(count: int, side: int, random: torch.Generator) -> Tensor:
    """Smooth random images with some noise, in -2 ... 2."""
    coarse = torch.rand(count, 3, 4, 4, generator=random)
    smooth = functional.interpolate(coarse, size=side, mode="bilinear", align_corners=True)
    return (smooth + 0.1 * torch.rand(count, 3, side, side, generator=random)).clamp(0, 1) * 4 - 2


def normal(tensor: Tensor, random: torch.Generator) -> Tensor:
    return torch.randn(tensor.shape, generator=random)
