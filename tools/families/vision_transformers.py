"""Transformers on patches: timm's ViTs and what keeps their shape."""

from functools import partial

from timm.layers import GroupNormAct, StdConv2dSame, SwiGLU
from timm.models import beit, cait, convit, crossvit, pit, resnetv2, vision_transformer_hybrid, xcit
from timm.models.deit import VisionTransformerDistilled
from timm.models.vision_transformer import VisionTransformer
from timm.models.vision_transformer_relpos import VisionTransformerRelPos

CLASSES = 10

SMALL = {"img_size": 32, "patch_size": 8, "embed_dim": 24, "depth": 2, "num_heads": 2, "num_classes": CLASSES}


def vit() -> VisionTransformer:
    return VisionTransformer(**SMALL)


def vit_mean() -> VisionTransformer:
    """Without a class token; the mean of the tokens before the head, as DeiT 3 and SigLIP's small ones."""
    return VisionTransformer(**SMALL, class_token=False, global_pool="avg", init_values=1e-5)


def deit_distilled() -> VisionTransformerDistilled:
    return VisionTransformerDistilled(**SMALL)


def dinov2_registers() -> VisionTransformer:
    """Register tokens, layer scale, and a gated MLP."""
    return VisionTransformer(
        **SMALL, reg_tokens=2, no_embed_class=True, init_values=1e-5, mlp_ratio=2.66667, mlp_layer=SwiGLU
    )


def r_vit() -> VisionTransformer:
    """The hybrid with a BiT stem: weight standardisation, GroupNorm, TF-SAME padding and max pooling, bottlenecks."""
    backbone = resnetv2.ResNetV2(
        layers=(1,), channels=(32,), stem_chs=16, num_classes=0, global_pool="", preact=False, stem_type="same",
        conv_layer=partial(StdConv2dSame, eps=1e-8), norm_layer=partial(GroupNormAct, num_groups=8),
    )  # fmt: skip
    embed = partial(vision_transformer_hybrid.HybridEmbed, backbone=backbone)
    return VisionTransformer(**SMALL | {"patch_size": 2, "img_size": 64, "embed_layer": embed})


def vit_relative() -> VisionTransformerRelPos:
    """Relative position biases, no class token (vit_relpos_*)."""
    return VisionTransformerRelPos(**SMALL, class_token=False, global_pool="avg", init_values=1e-5)


def beit_small() -> beit.Beit:
    return beit.Beit(**SMALL, use_abs_pos_emb=False, use_rel_pos_bias=True, init_values=0.1)


def cait_small() -> cait.Cait:
    return cait.Cait(**SMALL, depth_token_only=1)


def convit_small() -> convit.ConVit:
    return convit.ConVit(**SMALL | {"embed_dim": 12}, local_up_to_layer=1)


def xcit_small() -> xcit.Xcit:
    return xcit.Xcit(**SMALL, eta=1.0, cls_attn_layers=1)


def crossvit_small() -> crossvit.CrossVit:
    return crossvit.CrossVit(
        img_size=48, img_scale=(1.0, 32 / 48), patch_size=(12, 8), embed_dim=(12, 24), depth=((1, 1, 0),),
        num_heads=(2, 2), mlp_ratio=(2, 2, 1), num_classes=CLASSES,
    )  # fmt: skip


def pit_small() -> pit.PoolingVisionTransformer:
    return pit.PoolingVisionTransformer(
        img_size=48, patch_size=8, stride=4, base_dims=(8, 8, 8), depth=(1, 1, 1), heads=(1, 2, 4), mlp_ratio=2,
        num_classes=CLASSES,
    )  # fmt: skip
