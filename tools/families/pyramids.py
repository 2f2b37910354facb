"""Transformers in stages: windows, reduced keys, channel attention."""

from timm.models import coat, davit, focalnet, gcvit, hiera, mvitv2, nest, pvt_v2, swin_transformer, swin_transformer_v2
from timm.models import tiny_vit, twins

CLASSES = {"num_classes": 10}


def swin() -> swin_transformer.SwinTransformer:
    return swin_transformer.SwinTransformer(
        img_size=32, patch_size=2, window_size=4, embed_dim=12, depths=(2, 1), num_heads=(1, 2), **CLASSES
    )


def swinv2() -> swin_transformer_v2.SwinTransformerV2:
    return swin_transformer_v2.SwinTransformerV2(
        img_size=32, patch_size=4, window_size=2, embed_dim=12, depths=(2, 1), num_heads=(1, 2), **CLASSES
    )


def pvt2() -> pvt_v2.PyramidVisionTransformerV2:
    return pvt_v2.PyramidVisionTransformerV2(
        depths=(1, 1, 1, 1), embed_dims=(8, 8, 16, 24), num_heads=(1, 1, 2, 2), mlp_ratios=(4, 4, 2, 2), **CLASSES
    )


def twins_svt() -> twins.Twins:
    return twins.Twins(
        img_size=64, patch_size=4, embed_dims=(8, 8, 16, 24), num_heads=(1, 1, 2, 2), mlp_ratios=(2, 2, 2, 2),
        depths=(2, 2, 1, 1), sr_ratios=(4, 2, 1, 1), wss=(4, 4, 4, 2), **CLASSES,
    )  # fmt: skip


def twins_pcpvt() -> twins.Twins:
    return twins.Twins(
        img_size=64, patch_size=4, embed_dims=(8, 8, 16, 24), num_heads=(1, 1, 2, 2), mlp_ratios=(2, 2, 2, 2),
        depths=(1, 1, 1, 1), sr_ratios=(8, 4, 2, 1), **CLASSES,
    )  # fmt: skip


def mvit2() -> mvitv2.MultiScaleVit:
    cfg = mvitv2.MultiScaleVitCfg(depths=(1, 2, 1), embed_dim=8, num_heads=1, mlp_ratio=2.0, stride_q=((1, 1), (2, 2), (2, 2)))
    return mvitv2.MultiScaleVit(cfg, img_size=(64, 64), **CLASSES)


def tinyvit() -> tiny_vit.TinyVit:
    return tiny_vit.TinyVit(
        embed_dims=(8, 16, 24, 32), depths=(1, 1, 1, 1), num_heads=(1, 1, 2, 2), window_sizes=(4, 4, 3, 2), mlp_ratio=2.0,
        **CLASSES,
    )  # fmt: skip


def davit_small() -> davit.DaVit:
    return davit.DaVit(
        depths=(1, 1), embed_dims=(8, 16), num_heads=(1, 2), window_size=4, mlp_ratio=2.0, **CLASSES
    )


def nest_small() -> nest.Nest:
    return nest.Nest(
        img_size=32, patch_size=4, num_levels=2, embed_dims=(16, 32), num_heads=(1, 2), depths=(1, 2), mlp_ratio=2.0,
        **CLASSES,
    )  # fmt: skip


def gcvit_small() -> gcvit.GlobalContextVit:
    return gcvit.GlobalContextVit(
        img_size=64, window_ratio=(16, 16, 16, 16), embed_dim=8, depths=(2, 1, 1), num_heads=(1, 2, 4), mlp_ratio=2.0,
        layer_scale=1e-5, **CLASSES,
    )  # fmt: skip


def coat_parallel() -> coat.CoaT:
    """CoaT with a parallel group (coat_tiny): linear attention with convolutional relative positions."""
    return coat.CoaT(
        img_size=64, patch_size=4, embed_dims=(16, 16, 16, 16), serial_depths=(1, 1, 1, 1), parallel_depth=1, num_heads=8,
        mlp_ratios=(2, 2, 2, 2), **CLASSES,
    )  # fmt: skip


def coat_lite() -> coat.CoaT:
    return coat.CoaT(
        img_size=64, patch_size=4, embed_dims=(8, 8, 16, 24), serial_depths=(1, 1, 1, 1), num_heads=8,
        mlp_ratios=(2, 2, 2, 2), **CLASSES,
    )  # fmt: skip


def hiera_small() -> hiera.Hiera:
    return hiera.Hiera(
        img_size=(64, 64), embed_dim=4, num_heads=1, stages=(1, 1, 2, 1), mlp_ratio=2.0, head_init_scale=1, **CLASSES
    )


def focal() -> focalnet.FocalNet:
    return focalnet.FocalNet(embed_dim=8, depths=(1, 1, 1), mlp_ratio=2.0, focal_levels=(2, 2, 2), focal_windows=(3, 3, 3), layerscale_value=1e-4, **CLASSES)  # fmt: skip
