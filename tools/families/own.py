"""The families of the mission that timm does not have, from tools/models, at a few channels."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "models"))
from cmt import CMT  # noqa: E402
from coatnet import CoAtNet  # noqa: E402
from inception import Inception  # noqa: E402
from pale import Pale  # noqa: E402
from vitae import PatchViTAE, Reduction, Stage, ViTAE  # noqa: E402

CLASSES = 10


def cmt() -> CMT:
    """Odd widths, and keys reduced by 4, 2 and 1."""
    return CMT(
        side=48, stem=8, dims=(14, 23, 30), depths=(1, 1, 1), heads=(1, 1, 2), reductions=(4, 2, 1), ratio=1.8,
        features=32, classes=CLASSES,
    )  # fmt: skip


def coatnet_max(post_norm: bool = False) -> CoAtNet:
    return CoAtNet(
        side=64, dims=(8, 8, 12, 16, 32), depths=(1, 1, 2, 1), head=16, classes=CLASSES, post_norm=post_norm
    )


def inception() -> Inception:
    return Inception(width=8, classes=CLASSES)


def pale(way: str) -> Pale:
    return Pale(
        dims=(8, 16, 24), depths=(1, 1, 1), heads=(1, 2, 2), sizes=(4, 4, 2), classes=CLASSES, way=way
    )


def pale_few(way: str) -> Pale:
    """For ways of cutting pales that take hundreds of nodes."""
    return Pale(dims=(8, 16), depths=(1, 1), heads=(1, 2), sizes=(4, 2), classes=CLASSES, way=way)


def vitae() -> ViTAE:
    """Two reduction cells with a Performer, one bare, normal cells with grouped convolutions."""
    return ViTAE(
        [
            Stage(Reduction(8, 16, 7, 4, (1, 2, 3, 4), "performer"), depth=0, heads=1, groups=1),
            Stage(Reduction(8, 16, 3, 2, (1, 2, 3), "performer"), depth=0, heads=1, groups=1),
            Stage(Reduction(10, 20, 3, 2, (1, 2), "none"), depth=1, heads=2, groups=5),
        ],
        CLASSES,
    )


def vitae_patches() -> PatchViTAE:
    return PatchViTAE(side=32, patch=8, dim=24, depth=2, heads=2, groups=6, classes=CLASSES)


def vitaev2() -> ViTAE:
    """Windows of 4 x 4 in the first stages, whole maps in the last."""
    return ViTAE(
        [
            Stage(Reduction(4, 8, 7, 4, (1, 2, 3, 4), "window"), 1, heads=1, groups=1, attention="window"),
            Stage(Reduction(4, 16, 3, 2, (1, 2, 3), "window", 4), 1, heads=2, groups=4, attention="window"),
            Stage(Reduction(8, 16, 3, 2, (1, 2), "full", 8, 2), 1, heads=2, groups=8),
        ],
        CLASSES, window=4, second=True,
    )  # fmt: skip
