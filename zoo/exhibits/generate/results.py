"""What Generate's operations return. Nothing here imports torch."""

from dataclasses import dataclass

from zoo.core.results import Array


@dataclass(frozen=True)
class Candidate:
    """A token that could have come next.

    ``probability`` is the model's; ``filtered_probability`` is that after repetition penalty, temperature and filters,
    0 where a filter removed the token.
    """

    id: int
    text: str
    probability: float
    filtered_probability: float


@dataclass(frozen=True)
class GeneratedToken:
    """A token, with the distribution that it was chosen from.

    ``probability``, ``entropy`` (in bits) and the ten most probable ``candidates`` are those before the filters.
    ``text`` is empty while a character of several bytes is incomplete.
    """

    id: int
    text: str
    probability: float
    entropy: float
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True)
class Sample:
    """One continuation. ``ended``: the model itself generated the end of the text."""

    text: str = ""
    tokens: tuple[GeneratedToken, ...] = ()
    ended: bool = False


@dataclass(frozen=True)
class Generation:
    """``truncated_characters``: characters at the start of the prompt that exceed the model's context.

    ``remarks``: which settings had no effect, and why; and a prompt in a language that a bundled model does not know.
    """

    prompt: str
    samples: tuple[Sample, ...]
    truncated_characters: int
    model: str
    restriction: str
    remarks: tuple[str, ...] = ()

    @property
    def texts(self) -> list[str]:
        """The prompt with each continuation."""
        return [self.prompt + sample.text for sample in self.samples]


@dataclass(frozen=True)
class Perplexity:
    """How well a model predicts a text.

    ``bits``: of each of ``tokens``, the negative logarithm to base 2 of its probability given those before it.
    ``perplexity``: 2 to the power of their mean: among how many equally probable tokens the model would have had to
    choose.
    """

    model: str
    tokens: tuple[str, ...]
    bits: tuple[float, ...]
    perplexity: float
    bits_per_character: float


@dataclass(frozen=True)
class Attention:
    """``weights``: (T, T) in [0, 1], from each of ``tokens`` (row) to itself and those before it; rows add up to 1.

    ``layer`` and ``head`` count from 1; head 0 is the mean over all heads.
    """

    model: str
    tokens: tuple[str, ...]
    layer: int
    head: int
    weights: Array


@dataclass(frozen=True)
class FineTuning:
    """Progress of a fine-tuning: losses in nats per token.

    ``loss``: of each step's training batch. ``validation_loss``: (step, loss) on the last tenth of the text, which is
    not trained on. ``sample``: what the model generates now.
    """

    loss: tuple[float, ...] = ()
    validation_loss: tuple[tuple[int, float], ...] = ()
    sample: str = ""
