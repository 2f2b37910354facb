#!/usr/bin/env python3
"""Preprocessing files and what timm and transformers make of an image by them: the oracle of ours.

  preprocessing-cases.py timm > timm.json                     with timm, torchvision and Pillow
  preprocessing-cases.py transformers > transformers.json     with transformers 4, numpy and Pillow

A case is a line: the file, the image's width and height (its pixels are `sample`'s), and the values `[C, H, W]` that are made of
it, in thousandths. The results are in Tests/CLITests/Preprocessing.
"""

import json
import sys

from PIL import Image

SIZES = [(40, 25), (25, 40), (31, 31), (8, 6), (5, 17), (7, 7)]


def sample(w, h):
    data = bytes(((x * 37) ^ (y * 91) ^ (k * 53) + x * y * 7 + (x * x >> 1)) & 255
                 for y in range(h) for x in range(w) for k in range(3))
    return Image.frombytes("RGB", (w, h), data)


IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


def timm_cases():
    def file(size, crop, mode, interpolation, **more):
        return {"input_size": [3, *size], "interpolation": interpolation, "crop_pct": crop, "crop_mode": mode} | IMAGENET | more

    yield file((7, 7), 0.875, "center", "bicubic")
    yield file((6, 6), 1.0, "center", "bilinear", mean=[0.5] * 3, std=[0.5] * 3)
    yield file((7, 7), 1.2, "center", "bicubic")
    yield file((6, 8), 0.9, "center", "bicubic")
    yield file((8, 5), 1.0, None, "bilinear")
    yield file((7, 7), 1.0, "squash", "bicubic")
    yield file((6, 7), 0.8, "squash", "lanczos")
    yield file((7, 5), 1.25, "squash", "hamming")
    yield file((7, 7), 1.0, "border", "bicubic")
    yield file((6, 8), 0.8, "border", "bilinear")
    yield file((8, 7), 1.1, "border", "box", mean=[0.0] * 3, std=[1.0] * 3)


def by_timm(file, image):
    from timm.data import create_transform
    keys = {key: file[key] for key in ("interpolation", "crop_pct", "crop_mode", "mean", "std")}
    return create_transform(tuple(file["input_size"]), is_training=False, **keys)(image).numpy()


def transformers_cases():
    values = {"image_mean": IMAGENET["mean"], "image_std": IMAGENET["std"]}
    half = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}

    def image(name, **more):
        return {"image_processor_type": f"{name}ImageProcessor"} | more

    def feature(name, **more):
        return {"feature_extractor_type": f"{name}FeatureExtractor", "do_normalize": True, "do_resize": True} | more

    def square(height, width):
        return {"height": height, "width": width}

    yield image("ViT", size=square(7, 7), resample=2, **half)
    yield image("ViT", size=square(5, 8), resample=3, rescale_factor=1 / 127.5, image_mean=[1.0] * 3, image_std=[1.0] * 3)
    yield image("ViT", size=square(7, 7), resample=5, do_rescale=False, image_mean=[127.5] * 3, image_std=[127.5] * 3)
    yield image("ViT", size=square(7, 7), resample=4, do_normalize=False)
    yield feature("ViT", size=7, resample=2, **half)
    yield image("Bit", size={"shortest_edge": 9}, crop_size=square(6, 7), do_center_crop=True, resample=3, **values)
    yield image("CLIP", size={"shortest_edge": 7}, crop_size=square(7, 7), do_center_crop=True, resample=3, **values)
    yield feature("CLIP", size=8, crop_size=7, do_center_crop=True, resample=3, **values)
    yield image("Bit", size={"shortest_edge": 6}, crop_size=square(9, 8), do_center_crop=True, resample=2, **values)
    yield image("DeiT", size=square(9, 9), crop_size=square(7, 7), do_center_crop=True, resample=3, **values)
    yield feature("DeiT", size=9, crop_size=7, do_center_crop=True, resample=3, **values)
    yield feature("Beit", size=9, crop_size=8, do_center_crop=True, resample=2, **half)
    yield feature("ConvNext", size=7, crop_pct=0.875, resample=3, **values)
    yield image("ConvNext", size={"shortest_edge": 6}, crop_pct=0.9, resample=2, **values)
    yield image("ConvNext", size={"shortest_edge": 6}, resample=2, **values)
    yield image("Levit", size={"shortest_edge": 7}, crop_size=square(7, 7), do_center_crop=True, resample=3, **values)
    yield image("PoolFormer", size={"shortest_edge": 7}, crop_pct=0.9, crop_size=square(7, 7), do_center_crop=True, resample=3, **values)
    yield image("MobileViT", size={"shortest_edge": 9}, crop_size=square(8, 8), do_center_crop=True, resample=2, do_flip_channel_order=True)
    yield image("MobileViT", size={"shortest_edge": 8}, crop_size=square(7, 8), resample=2, do_flip_channel_order=False)
    yield feature("MobileViT", size=9, crop_size=8, do_center_crop=True, do_flip_channel_order=True, resample=2)
    yield image("MobileNetV2", size={"shortest_edge": 9}, crop_size=square(7, 7), do_center_crop=True, resample=2, **half)
    yield image("EfficientNet", size=square(7, 7), resample=0, include_top=True, **values)
    yield image("EfficientNet", size=square(7, 7), resample=0, include_top=False, do_center_crop=True, crop_size=square(6, 5), **values)
    yield image("EfficientNet", size=square(7, 7), resample=0, rescale_factor=1 / 127.5, rescale_offset=True, include_top=False,
                image_mean=[0.0] * 3, image_std=[1.0] * 3)
    yield image("EfficientFormer", size=square(9, 9), crop_size=square(7, 7), do_center_crop=True, resample=3, **values)
    yield image("Segformer", size=square(7, 7), resample=2, do_reduce_labels=False, **values)


def by_transformers(file, image):
    import transformers
    name = file.get("image_processor_type") or file["feature_extractor_type"].replace("FeatureExtractor", "ImageProcessor")
    processor = getattr(transformers, name).from_dict(dict(file))
    return processor(image, return_tensors="np")["pixel_values"][0]


def main():
    cases, oracle = {"timm": (timm_cases, by_timm), "transformers": (transformers_cases, by_transformers)}[sys.argv[1]]
    for number, file in enumerate(cases()):
        for turn in (0, 1, 2):
            width, height = SIZES[(number + 2 * turn) % len(SIZES)]
            values = oracle(file, sample(width, height))
            line = {"file": file, "image": [width, height], "shape": list(values.shape),
                    "values": [round(1000 * float(value)) for value in values.ravel()]}
            print(json.dumps(line, separators=(",", ":")))


main()
