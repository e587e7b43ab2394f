"""A student's decoder as an ONNX file, for the browser."""

from copy import deepcopy

from torch import nn

from zoo.core.onnx.networks import network_file
from zoo.exhibits.autoencoder.knobs import Student
from zoo.exhibits.autoencoder.students import Students
from zoo.nets.autoencoder import CODE


def decoder_file(students: Students, name: Student) -> bytes:
    """The decoder of one code, (1, 128), to a picture, (1, 3, 64, 64) in [-1, 1]; weights in half precision.

    On the worker.
    """
    decoder: nn.Module = deepcopy(students.student(name).decoder).cpu().eval().requires_grad_(False)
    return network_file(decoder.half().float(), (1, CODE))
