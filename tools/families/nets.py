"""The nets by name: how each is made, and the side of its images."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import convolutions
import hybrids
import own
import pyramids
import vision_transformers as vits
from torch import nn


@dataclass(frozen=True)
class Net:
    """A network and the side of its images."""

    make: Callable[[], nn.Module]
    side: int
    both: bool = False
    """Whether it is kept as both exporters write it: they spell attention and norms in other ways."""
    merges: bool = False
    """Whether branches that are there for training only are merged."""
    gain: float = 1.5
    """How large weights are."""


SE = {"conv_attn_ratio": 0.25}
"""Squeeze-excite at a quarter of the channels: a sixteenth of eight is none."""

NETS = {
    "vit": Net(vits.vit, 32, both=True),
    "vit-mean": Net(vits.vit_mean, 32),
    "vit-relative": Net(vits.vit_relative, 32),
    "deit-distilled": Net(vits.deit_distilled, 32),
    "dinov2-registers": Net(vits.dinov2_registers, 32),
    "beit": Net(vits.beit_small, 32),
    "r-vit": Net(vits.r_vit, 64, both=True),
    "cait": Net(vits.cait_small, 32),
    "convit": Net(vits.convit_small, 32),
    "xcit": Net(vits.xcit_small, 32, both=True),
    "crossvit": Net(vits.crossvit_small, 48),
    "pit": Net(vits.pit_small, 48),
    "coatnet": Net(partial(hybrids.coatnet, "coatnet_0_224", head_hidden_size=16), 64, both=True),
    "coatnet-rw": Net(partial(hybrids.coatnet, "coatnet_0_rw_224", **SE), 64),
    "coatnet-bn": Net(partial(hybrids.coatnet, "coatnet_bn_0_rw_224", **SE), 64),
    "coatnet-rmlp": Net(partial(hybrids.coatnet, "coatnet_rmlp_nano_rw_224", **SE), 64),
    "coatnext": Net(partial(hybrids.coatnet, "coatnext_nano_rw_224", **SE), 64),
    "coatnet-max": Net(own.coatnet_max, 64, both=True),
    "coatnet-max-post": Net(partial(own.coatnet_max, post_norm=True), 64),
    "maxvit": Net(partial(hybrids.coatnet, "maxvit_pico_rw_256", **SE, embed_dim=(8, 8, 8, 16)), 64),
    "maxvit-torchvision": Net(hybrids.maxvit_torchvision, 64, both=True),
    "cmt": Net(own.cmt, 48, both=True),
    # Larger keys would make a Performer's divisor as small as its 1e-8, which the newer exporter leaves out.
    "vitae": Net(own.vitae, 64, both=True, gain=0.4),
    "vitae-patches": Net(own.vitae_patches, 32, both=True),
    "vitaev2": Net(own.vitaev2, 64, both=True),
    "pale": Net(partial(own.pale, "view"), 64, both=True),
    "pale-index": Net(partial(own.pale_few, "index"), 32),
    "pale-split": Net(partial(own.pale_few, "split"), 32, both=True),
    "mobilevit": Net(hybrids.mobilevit1, 64, both=True),
    "mobilevitv2": Net(hybrids.mobilevit2, 64, both=True),
    "edgenext": Net(hybrids.edgenext_small, 64, both=True),
    "efficientformer": Net(hybrids.efficientformer1, 64),
    "efficientformerv2": Net(hybrids.efficientformer2, 64, both=True),
    "levit": Net(hybrids.levit_small, 64, both=True),
    "fastvit": Net(hybrids.fastvit_train, 64, both=True),
    "fastvit-merged": Net(hybrids.fastvit_train, 64, merges=True),
    "efficientvit": Net(hybrids.efficientvit, 64, both=True),
    "efficientvit-m": Net(hybrids.efficientvit_m, 64, both=True),
    "mobilenetv4-hybrid": Net(hybrids.mobilenetv4_hybrid, 64),
    "poolformer": Net(hybrids.poolformer, 64),
    "caformer": Net(hybrids.caformer, 64),
    "visformer": Net(hybrids.visformer_small, 64),
    "shvit": Net(hybrids.shvit_small, 64),
    "swin": Net(pyramids.swin, 32, both=True),
    "swinv2": Net(pyramids.swinv2, 32, both=True),
    "pvtv2": Net(pyramids.pvt2, 64),
    "twins-svt": Net(pyramids.twins_svt, 64),
    "twins-pcpvt": Net(pyramids.twins_pcpvt, 64),
    "mvitv2": Net(pyramids.mvit2, 64, both=True),
    "tinyvit": Net(pyramids.tinyvit, 64),
    "davit": Net(pyramids.davit_small, 64),
    "nest": Net(pyramids.nest_small, 32),
    "gcvit": Net(pyramids.gcvit_small, 64, both=True),
    "coat": Net(pyramids.coat_parallel, 64, both=True),
    "coat-lite": Net(pyramids.coat_lite, 64),
    "hiera": Net(pyramids.hiera_small, 64),
    "focalnet": Net(pyramids.focal, 64),
    "convnext": Net(convolutions.convnext1, 64),
    "convnextv2": Net(convolutions.convnext2, 64),
    "mobilenetv3": Net(convolutions.mobilenetv3, 64),
    "mobilenetv4": Net(convolutions.mobilenetv4, 64),
    "ghostnet": Net(convolutions.ghostnet_small, 64),
    "repvgg": Net(convolutions.repvgg_train, 64),
    "repvgg-merged": Net(convolutions.repvgg_train, 64, merges=True),
    "mobileone": Net(convolutions.mobileone, 64, merges=True),
    "resnet": Net(convolutions.resnet_basic, 64),
    "resnet-bottleneck": Net(convolutions.resnet_bottleneck, 64),
    "inception": Net(own.inception, 63),
    "hgnetv2": Net(convolutions.hgnet2, 64),
    "starnet": Net(convolutions.starnet_small, 64),
}
