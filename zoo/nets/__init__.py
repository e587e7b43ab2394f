"""The networks themselves: plain ``torch.nn`` modules, with parameter names as in the reference checkpoints."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from zoo.nets.audionet import AudioNet
from zoo.nets.autoencoder import AutoencoderPair
from zoo.nets.classifiers import ClassifierEnsemble, TwoBranchMobileNetV2, torchvision_network
from zoo.nets.dcgan import DCGANGenerator, SmallConvNet
from zoo.nets.digits import DigitCNN, DigitMLP
from zoo.nets.gpt2 import GPT2
from zoo.nets.mobilenet import MobileNetV2
from zoo.nets.perceptual import PerceptualResNet
from zoo.nets.resnet import ResNet18
from zoo.nets.resnet9 import ResNet9, SnapshotEnsemble
from zoo.nets.roberta import Roberta
from zoo.nets.spectrogram import SpectrogramNet
from zoo.nets.stylenet import StyleNet
from zoo.nets.text_classifiers import GPT2Classifier, TfidfClassifier, TweetClassifier
from zoo.nets.translator import Translator
from zoo.nets.tweetlstm import TweetLSTM
from zoo.nets.twoscale import TwoScaleMobileNetV2
from zoo.nets.yamnet import YamNet

KINDS: dict[str, Callable[..., nn.Module]] = {
    "resnet-9": ResNet9,
    "resnet-9-snapshots": SnapshotEnsemble,
    "two-scale-mobilenet-v2": TwoScaleMobileNetV2,
    "two-branch-mobilenet-v2": TwoBranchMobileNetV2,
    "mobilenet-v2": MobileNetV2,
    "torchvision": torchvision_network,
    "classifier-ensemble": ClassifierEnsemble,
    "resnet-18": ResNet18,
    "tweet-lstm": TweetLSTM,
    "spectrogram-net": SpectrogramNet,
    "audionet": AudioNet,
    "yamnet": YamNet,
    "tfidf": TfidfClassifier,
    "tweet-classifier": TweetClassifier,
    "gpt2-classifier": GPT2Classifier,
    "roberta": Roberta,
    "translator": Translator,
    "gpt2": GPT2,
    "stylenet": StyleNet,
    "perceptual-resnet": PerceptualResNet,
    "autoencoder-pair": AutoencoderPair,
    "digit-mlp": DigitMLP,
    "digit-cnn": DigitCNN,
    "dcgan-generator": DCGANGenerator,
    "small-convnet": SmallConvNet,
}


def build(architecture: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> nn.Module:
    """The network that a ``config.json`` describes, with these weights. Raises KeyError for an unknown kind."""
    # On the meta device nothing is initialised: faster, and no random numbers are drawn under a running job's feet.
    with torch.device("meta"):
        network = network_of(architecture)
    if isinstance(network, TwoScaleMobileNetV2 | GPT2):
        network.load_tensors(tensors)
    else:
        network.load_state_dict(dict(tensors), assign=True)
    return network


def network_of(architecture: Mapping[str, Any]) -> nn.Module:
    """The network of a kind with options, without weights. Raises KeyError for an unknown kind."""
    options = dict(architecture)
    return KINDS[options.pop("kind")](**options)
