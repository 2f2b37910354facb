"""timm's hybrids of convolution and attention."""

from functools import partial
from typing import Any
from unittest.mock import patch

from timm.models import byobnet, create_model, edgenext, efficientformer, efficientformer_v2, efficientvit_mit
from timm.models import efficientvit_msra, fastvit, levit, metaformer, mobilevit, shvit, visformer
from timm.models._efficientnet_builder import decode_arch_def
from timm.models.mobilenetv3 import MobileNetV3
from torch import nn
from torchvision.models.maxvit import MaxVit

CLASSES = {"num_classes": 10}


def coatnet(name: str, **changes: Any) -> nn.Module:
    """One of timm's CoAtNets or MaxViTs, at a few channels and one block a stage."""
    shape = {"embed_dim": (8, 16, 16, 32), "depths": (1, 1, 1, 1), "stem_width": (8, 8), "transformer_dim_head": 8}
    return create_model(name, img_size=64, **shape | changes, **CLASSES)


def mobilevit1() -> byobnet.ByobNet:
    block = partial(mobilevit._mobilevit_block, transformer_depth=1, patch_size=2)
    return mobilevit_of(
        mobilevit._inverted_residual_block(d=1, c=8, s=1, br=2.0),
        mobilevit._inverted_residual_block(d=2, c=16, s=2, br=2.0),
        block(d=1, c=12, s=2, transformer_dim=16, br=2.0),
        block(d=1, c=16, s=2, transformer_dim=24, br=2.0),
    )


def mobilevit2() -> byobnet.ByobNet:
    return mobilevit_of(
        mobilevit._inverted_residual_block(d=1, c=8, s=1, br=2.0),
        mobilevit._inverted_residual_block(d=2, c=16, s=2, br=2.0),
        mobilevit._mobilevitv2_block(d=1, c=24, s=2, transformer_depth=1, br=2.0, transformer_br=0.5),
        mobilevit._mobilevitv2_block(d=1, c=32, s=2, transformer_depth=2, br=2.0, transformer_br=0.5),
    )


def mobilevit_of(*blocks: Any) -> byobnet.ByobNet:
    cfg = byobnet.ByoModelCfg(
        blocks=blocks, stem_chs=8, stem_type="3x3", stem_pool="", downsample="", act_layer="silu", num_features=32
    )
    return byobnet.ByobNet(cfg, **CLASSES)


def edgenext_small() -> edgenext.EdgeNeXt:
    return edgenext.EdgeNeXt(
        dims=(8, 16, 16, 24), depths=(1, 2, 2, 2), heads=(2, 2, 2, 2), expand_ratio=2, **CLASSES
    )


def efficientformer1() -> efficientformer.EfficientFormer:
    """Its attention is written for 224 pixels and eight wide heads; here it is for a map of 2 x 2 and small ones."""
    attention = partial(efficientformer.Attention, key_dim=8, num_heads=4, resolution=2)
    with patch.object(efficientformer, "Attention", attention):
        return efficientformer.EfficientFormer(
            depths=(1, 1, 1, 2), embed_dims=(8, 12, 16, 24), num_vit=1, mlp_ratios=2, **CLASSES
        )


def efficientformer2() -> efficientformer_v2.EfficientFormerV2:
    names = ("Attention2d", "Attention2dDownsample")
    small = {name: partial(getattr(efficientformer_v2, name), key_dim=8, num_heads=2) for name in names}
    with patch.multiple(efficientformer_v2, **small):
        return efficientformer_v2.EfficientFormerV2(
            depths=(1, 1, 2, 2), embed_dims=(8, 12, 16, 24), num_vit=1, mlp_ratios=2, img_size=64, **CLASSES
        )


def levit_small() -> levit.Levit:
    return levit.Levit(
        img_size=64, embed_dim=(16, 24), key_dim=8, depth=(1, 1), num_heads=(2, 2), stem_type="s8", **CLASSES
    )


def fastvit_train() -> fastvit.FastVit:
    """Before its branches are merged."""
    return fastvit.FastVit(
        layers=(1, 1, 1, 1), embed_dims=(8, 8, 16, 32), mlp_ratios=(2, 2, 2, 2), cls_ratio=2.0,
        token_mixers=("repmixer", "repmixer", "repmixer", "attention"),
        pos_embs=(None, None, None, partial(fastvit.RepConditionalPosEnc, spatial_shape=(7, 7))), **CLASSES,
    )  # fmt: skip


def efficientvit() -> efficientvit_mit.EfficientVit:
    return efficientvit_mit.EfficientVit(
        widths=(8, 8, 8, 16, 24), depths=(1, 1, 1, 1, 1), head_dim=8, expand_ratio=2, head_widths=(32, 32), **CLASSES
    )


def efficientvit_m() -> efficientvit_msra.EfficientVitMsra:
    return efficientvit_msra.EfficientVitMsra(
        img_size=64, embed_dim=(8, 16, 16), key_dim=(4, 8, 8), depth=(1, 1, 1), num_heads=(2, 2, 2),
        window_size=(2, 2, 2), **CLASSES,
    )  # fmt: skip


def mobilenetv4_hybrid() -> MobileNetV3:
    """With multi-query attention."""
    stages = [
        ["cn_r1_k3_s2_e1_c8"],
        ["uir_r1_a3_k5_s2_e2_c16", "uir_r1_a0_k0_s1_e2_c16"],
        ["uir_r1_a3_k3_s2_e2_c24", "mqa_r1_k3_h2_s1_v2_d8_c24", "uir_r1_a0_k3_s1_e2_c24"],
        ["cn_r1_k1_s1_c48"],
    ]
    return MobileNetV3(
        decode_arch_def(stages), stem_size=8, fix_stem=True, num_features=48, act_layer=nn.ReLU,
        layer_scale_init_value=1e-5, **CLASSES,
    )  # fmt: skip


def metaformers(mixers: list[type[nn.Module]], **changes: Any) -> metaformer.MetaFormer:
    return metaformer.MetaFormer(depths=(1, 1, 1, 1), dims=(8, 8, 16, 16), token_mixers=mixers, **changes, **CLASSES)


def poolformer() -> metaformer.MetaFormer:
    return metaformers(
        metaformer.Pooling, mlp_act=nn.GELU, mlp_bias=True, downsample_norm=None, layer_scale_init_values=1e-5,
        res_scale_init_values=None, norm_layers=metaformer.GroupNorm1, use_mlp_head=False,
    )  # fmt: skip


class SmallAttention(metaformer.Attention):
    """With heads of 8 channels instead of 32."""

    def __init__(self, dim: int, **options: Any) -> None:
        super().__init__(dim, head_dim=8, **options)


def caformer() -> metaformer.MetaFormer:
    mixers = [metaformer.SepConv, metaformer.SepConv, SmallAttention, SmallAttention]
    return metaformers(mixers, norm_layers=[metaformer.LayerNorm2dNoBias] * 2 + [metaformer.LayerNormNoBias] * 2)


def visformer_small() -> visformer.Visformer:
    return visformer.Visformer(
        img_size=64, init_channels=8, embed_dim=16, depth=(1, 1, 1), num_heads=2, mlp_ratio=2.0, group=4,
        attn_stage="011", spatial_conv="100", norm_layer=nn.BatchNorm2d, conv_init=True, embed_norm=nn.BatchNorm2d,
        **CLASSES,
    )  # fmt: skip


def shvit_small() -> shvit.SHViT:
    return shvit.SHViT(
        embed_dim=(8, 16, 24), partial_dim=(4, 4, 8), qk_dim=(8, 8, 8), depth=(1, 1, 1), types=("i", "s", "s"), **CLASSES
    )


def maxvit_torchvision() -> MaxVit:
    """torchvision's: products as Einsum, and a stem with batch norms that stay."""
    return MaxVit(
        input_size=(64, 64), stem_channels=8, partition_size=2, block_channels=[8, 16], block_layers=[1, 1], head_dim=8,
        stochastic_depth_prob=0.0, expansion_ratio=2, mlp_ratio=2, **CLASSES,
    )  # fmt: skip
