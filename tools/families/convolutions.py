"""Networks of convolutions alone: they are in every list of light models, and hybrids are built of them."""

from timm.models import byobnet, convnext, ghostnet, hgnet, resnet, starnet
from timm.models._efficientnet_builder import decode_arch_def
from timm.models.mobilenetv3 import MobileNetV3
from torch import nn

CLASSES = {"num_classes": 10}


def convnext1() -> convnext.ConvNeXt:
    return convnext.ConvNeXt(depths=(1, 1, 1, 1), dims=(8, 8, 16, 24), **CLASSES)


def convnext2() -> convnext.ConvNeXt:
    """With global response normalisation."""
    return convnext.ConvNeXt(
        depths=(1, 1, 1, 1), dims=(8, 8, 16, 24), use_grn=True, ls_init_value=None, conv_mlp=True, **CLASSES
    )


def mobilenetv3() -> MobileNetV3:
    stages = [
        ["ds_r1_k3_s2_e1_c8_se0.25_nre"],
        ["ir_r1_k3_s2_e3_c16_nre", "ir_r1_k3_s1_e3_c16_nre"],
        ["ir_r1_k5_s2_e3_c24_se0.25", "ir_r1_k5_s1_e3_c24_se0.25"],
        ["cn_r1_k1_s1_c48"],
    ]
    return MobileNetV3(decode_arch_def(stages), stem_size=8, num_features=48, act_layer=nn.Hardswish, **CLASSES)


def mobilenetv4() -> MobileNetV3:
    stages = [
        ["cn_r1_k3_s2_e1_c16"],
        ["uir_r1_a5_k5_s2_e3_c24", "uir_r1_a0_k3_s1_e2_c24"],
        ["uir_r1_a3_k3_s2_e3_c32", "uir_r1_a3_k0_s1_e3_c32"],
        ["cn_r1_k1_s1_c64"],
    ]
    return MobileNetV3(
        decode_arch_def(stages), stem_size=8, fix_stem=True, num_features=48, act_layer=nn.ReLU, **CLASSES
    )


def ghostnet_small() -> ghostnet.GhostNet:
    stages = [[[3, 16, 16, 0, 1]], [[3, 32, 24, 0, 2]], [[5, 48, 24, 0.25, 1]], [[3, 64, 40, 0.25, 2]]]
    model = ghostnet.GhostNet(stages, drop_rate=0.0, **CLASSES)
    model.conv_head = nn.Conv2d(model.conv_head.in_channels, 96, 1)
    model.classifier = nn.Linear(96, 10)
    return model


def repvgg_train() -> byobnet.ByobNet:
    """Before its branches are merged: parallel 3x3, 1x1 and identity, each with its batch norm."""
    blocks = tuple(
        byobnet.ByoBlockCfg(type="rep", d=depth, c=channels, s=2, gs=0)
        for depth, channels in ((1, 16), (2, 16), (1, 24))
    )
    cfg = byobnet.ByoModelCfg(blocks=blocks, stem_type="rep", stem_chs=8)
    return byobnet.ByobNet(cfg, **CLASSES)


def mobileone() -> byobnet.ByobNet:
    """Two branches a block, merged before export."""
    branches = {"num_conv_branches": 2}
    blocks = []
    for inputs, outputs in ((8, 16), (16, 24), (24, 32)):
        blocks += [
            byobnet.ByoBlockCfg(type="one", d=1, c=inputs, s=2, gs=1, block_kwargs=branches),
            byobnet.ByoBlockCfg(type="one", d=1, c=outputs, s=1, gs=0, block_kwargs=branches | {"kernel_size": 1}),
        ]
    cfg = byobnet.ByoModelCfg(blocks=tuple(blocks), stem_type="one", stem_chs=8)
    return byobnet.ByobNet(cfg, **CLASSES)


def resnet_basic() -> resnet.ResNet:
    return resnet.ResNet(resnet.BasicBlock, (1, 1, 1, 1), channels=(8, 16, 16, 16), stem_width=8, zero_init_last=False, **CLASSES)


def resnet_bottleneck() -> resnet.ResNet:
    """Bottlenecks with a deep stem, average pooling down and squeeze-excite (resnet50d, seresnet)."""
    return resnet.ResNet(
        resnet.Bottleneck, (1, 1, 1, 1), channels=(4, 4, 8, 8), stem_width=8, stem_type="deep", avg_down=True, zero_init_last=False,
        block_args={"attn_layer": "se"}, **CLASSES,
    )  # fmt: skip


def hgnet2() -> hgnet.HighPerfGpuNet:
    cfg = {
        "stem_type": "v2", "stem_chs": [8, 8],
        # in, middle and out channels, blocks, downsample, light block, kernel size, layers
        "stage1": [8, 8, 16, 1, False, False, 3, 2], "stage2": [16, 8, 24, 1, True, False, 3, 2],
        "stage3": [24, 16, 32, 1, True, True, 5, 2], "stage4": [32, 16, 48, 1, True, True, 5, 2],
    }  # fmt: skip
    return hgnet.HighPerfGpuNet(cfg, head_hidden_size=64, use_lab=True, **CLASSES)


def starnet_small() -> starnet.StarNet:
    return starnet.StarNet(base_dim=4, depths=[1, 1, 1, 1], mlp_ratio=2, **CLASSES)
