"""Two autoencoders of equal size that learn from the same stream of pictures, one step after another."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from zoo.core.device import fast_dtype
from zoo.core.errors import InputError
from zoo.core.runtime import get_runtime
from zoo.exhibits.autoencoder.knobs import START, LearnKnobs, Student
from zoo.exhibits.autoencoder.losses import JUDGE, perceptual_distance, student_losses, to_pixels
from zoo.exhibits.autoencoder.replay import ReplayBuffer, spread, stacked
from zoo.exhibits.autoencoder.results import Errors
from zoo.nets.autoencoder import Autoencoder, AutoencoderPair

if TYPE_CHECKING:
    from zoo.core.loading import NormalizedModel

RECENT = 4  # the newest pictures, which are in every batch; each comes in by itself and is in four steps or more
BATCH = 8
MAX_WAITING = 1000  # pictures that were added and did not come in yet
WATCHED = 8  # pictures that the students are compared on
MAX_NORM = 1.0  # of the gradient of each student
WARM_UP = 50  # steps in which the learning rate rises: AdamW's first ones are as long as later ones, and undo the start
NAMES: tuple[Student, ...] = ("pixel", "perceptual")


class Students:
    """Both students, their optimiser and the pictures so far. Made and called on the runtime's worker.

    Each picture that is added is among the newest ``RECENT`` for some steps, then in the replay buffer alone.
    """

    def __init__(self, knobs: LearnKnobs, device: str = "cpu") -> None:
        """Random weights come from torch's global generator."""
        self.device, self.steps = device, 0
        self.pair = AutoencoderPair()
        if knobs.start == "bundled":
            self.pair.load_state_dict(get_runtime().run(_weights, START))
        self.pair.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimiser = torch.optim.AdamW(self.pair.parameters(), knobs.learning_rate, weight_decay=0.0)
        self.replay = ReplayBuffer()
        self.recent: deque[Tensor] = deque(maxlen=RECENT)
        self.waiting: deque[Tensor] = deque()
        self.change(knobs)

    def change(self, knobs: LearnKnobs) -> None:
        """Go on with other weights of the losses, another rate, or with or without replay."""
        self.knobs = knobs

    def add(self, pictures: Tensor) -> int:
        """Add (N, 3, 64, 64) uint8 pictures to the stream: how many. One that waits already is not added again.

        Raises InputError where too many would wait.
        """
        known = {picture.numpy().tobytes() for picture in self.waiting}
        new = {key: each for each in pictures.unbind() if (key := each.numpy().tobytes()) not in known}
        if len(self.waiting) + len(new) > MAX_WAITING:
            raise InputError(f"More than {MAX_WAITING:,} pictures would wait: let the students learn first.")
        self.waiting.extend(new.values())
        return len(new)

    def step(self) -> Mapping[str, float]:
        """One step of both students on one batch; their losses. Raises InputError before the first picture."""
        if self.waiting:
            self.recent.append(self.waiting.popleft())
            self.replay.add(self.recent[-1])
        if not self.recent:
            raise InputError("There is no picture to learn from yet: add one.")
        batch = stacked(list(self.recent))
        if self.knobs.replay:
            batch = torch.cat([batch, self.replay.sample(BATCH - len(batch))])
        losses = get_runtime().run(partial(self._learn, batch), JUDGE)
        self.steps += 1
        return losses

    def _learn(self, batch: Tensor, judge: "NormalizedModel") -> Mapping[str, float]:
        self.pair.train()
        weights = {"pixel": self.knobs.pixel_weight, "perceptual": self.knobs.perceptual_weight}
        with torch.enable_grad():
            with self._autocast():
                losses = student_losses(self.pair, judge, self._input(batch), weights)
            self.optimiser.zero_grad()
            (losses.pixel + losses.perceptual).backward()  # type: ignore[no-untyped-call]
        for group in self.optimiser.param_groups:
            group["lr"] = self.knobs.learning_rate * min(1.0, (self.steps + 1) / WARM_UP)
        for name in NAMES:
            nn.utils.clip_grad_norm_(self.student(name).parameters(), MAX_NORM)
        self.optimiser.step()
        return {"pixel": float(losses.pixel.detach()), "perceptual": float(losses.perceptual.detach())}

    def student(self, name: Student) -> Autoencoder:
        """One of the two."""
        return self.pair.pixel if name == "pixel" else self.pair.perceptual

    def gallery(self) -> Tensor:
        """(N, 3, 64, 64) uint8: the pictures so far; before the first step, those to come."""
        return self.replay.pictures if self.replay else stacked([*self.waiting])

    def watched(self) -> Tensor:
        """Up to eight of them, from the first to the newest."""
        return spread(self.gallery(), WATCHED)

    @torch.no_grad()
    def reconstruct(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """The reconstructions of (N, 3, 64, 64) uint8 by the pixel student and by the perceptual one, the same."""
        self.pair.eval()
        plain, sharp = self.pair(self._input(pictures))
        return to_bytes(plain), to_bytes(sharp)

    def errors(self, pictures: Tensor, reconstructions: tuple[Tensor, Tensor]) -> tuple[Errors, ...]:
        """The mean error of each student's reconstructions."""
        return get_runtime().run(partial(compare, pictures, reconstructions), JUDGE)

    @torch.no_grad()
    def codes(self, pictures: Tensor, name: Student) -> Tensor:
        """(N, 128) codes of (N, 3, 64, 64) uint8 pictures."""
        self.pair.eval()
        codes: Tensor = self.student(name).encoder(self._input(pictures))
        return codes.cpu()

    @torch.no_grad()
    def pooled_maps(self, pictures: Tensor, name: Student) -> Tensor:
        """(N, 960) numbers of the encoder's last three maps, for (N, 3, 64, 64) uint8 pictures."""
        self.pair.eval()
        return self.student(name).pooled_maps(self._input(pictures)).cpu()

    @torch.no_grad()
    def decode(self, codes: Tensor, name: Student) -> Tensor:
        """(N, 3, 64, 64) uint8 pictures of (N, 128) codes."""
        self.pair.eval()
        return to_bytes(self.student(name).decoder(codes.to(self.device)))

    def _input(self, pictures: Tensor) -> Tensor:
        pixels = pictures.to(self.device).float() / 127.5 - 1
        return pixels.contiguous(memory_format=torch.channels_last)

    def _autocast(self) -> torch.autocast:
        native = fast_dtype(self.device) == torch.bfloat16
        return torch.autocast(torch.device(self.device).type, torch.bfloat16, enabled=native)


@dataclass(frozen=True)
class Snapshot:
    """What is drawn of both students. ``pictures`` and ``reconstructions``: (N, 3, 64, 64) uint8 each."""

    steps: int
    pictures: Tensor
    reconstructions: tuple[Tensor, Tensor]
    errors: tuple[Errors, ...]


def snapshot(students: Students, pictures: Tensor | None = None) -> Snapshot:
    """Reconstructions of pictures, without any of ``watched()``; on the worker."""
    pictures = students.watched() if pictures is None else pictures
    reconstructions = students.reconstruct(pictures)
    return Snapshot(students.steps, pictures, reconstructions, students.errors(pictures, reconstructions))


def compare(pictures: Tensor, reconstructions: tuple[Tensor, Tensor], judge: "NormalizedModel") -> tuple[Errors, ...]:
    """The mean errors of both students' reconstructions, (N, 3, 64, 64) uint8. For the worker."""
    target = pictures.to(judge.mean.device).float() / 255
    errors = []
    for name, each in zip(NAMES, reconstructions, strict=True):
        pixels = each.to(judge.mean.device).float() / 255
        distance = perceptual_distance(judge, pixels, target).mean()
        errors.append(Errors(name, float(distance), float((pixels - target).square().mean())))
    return tuple(errors)


def to_bytes(pictures: Tensor) -> Tensor:
    """uint8 on the CPU of pictures in [-1, 1]."""
    return (to_pixels(pictures.float()).clamp(0, 1) * 255).round().to(torch.uint8).cpu().contiguous()


def _weights(pair: AutoencoderPair) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in pair.state_dict().items()}
