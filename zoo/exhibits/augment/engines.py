"""Translation engines of back-translation: the bundled models, Marian, and Google Translate over the network."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol

from zoo.core.cards import find_card
from zoo.core.errors import InputError, UnavailableError
from zoo.core.network import require_network
from zoo.exhibits.augment.knobs import BackTranslationKnobs

MAX_REQUEST = 15_000  # characters that Google takes in one request
ATTEMPTS = 4
WAIT = 1.0  # seconds before the second attempt; about twice as long before each next one
RANDOM = "random"


class TranslationEngine(Protocol):
    """``languages``: codes and names of the pivot languages. ``batch_size``: texts worth one call.

    ``remote``: it waits for the network, so the runtime's worker must not wait for it.
    """

    languages: Mapping[str, str]
    batch_size: int
    remote: bool

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]: ...

    def load(self, language: str) -> None: ...

    def models(self, language: str) -> tuple[str, ...]: ...

    def restriction(self, language: str) -> str: ...


class LocalModels:
    """Models on this machine, one a direction. Torch is imported at the first call: EDA needs none."""

    remote = False

    def __init__(self, engine: str, beams: int) -> None:
        from zoo.exhibits.translate import pivot_languages

        self.engine, self.beams = engine, beams
        self.languages: Mapping[str, str] = pivot_languages(engine)
        self.batch_size = 8 if beams == 1 else 2

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        from zoo.exhibits.translate import model_of, translate_texts

        return translate_texts(model_of(self.engine, f"{source}-{target}"), texts, self.beams)

    def load(self, language: str) -> None:
        from zoo.core.runtime import get_runtime

        for name in self.models(language):
            get_runtime().load(name)

    def models(self, language: str) -> tuple[str, ...]:
        """The names of both directions' models."""
        from zoo.exhibits.translate import model_of

        return model_of(self.engine, f"en-{language}"), model_of(self.engine, f"{language}-en")

    def restriction(self, language: str) -> str:
        return "; ".join(dict.fromkeys(find_card(name).restriction for name in self.models(language)))


class GoogleTranslate:
    """The public page of Google Translate, by googletrans: requests in batches, retried with exponential backoff."""

    remote, batch_size = True, 100

    def __init__(self) -> None:
        from googletrans import LANGUAGES

        self.languages: Mapping[str, str] = {code: name for code, name in LANGUAGES.items() if code != "en"}

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """Raises UnavailableError without a network, or when every attempt was refused."""
        require_network("Google Translate")
        lines = [text.splitlines() for text in texts]
        sent = [line for text in lines for line in text if line.strip()]
        outputs = iter([line for batch in batches(sent) for line in self._translate_batch(batch, source, target)])
        return ["\n".join(next(outputs) if line.strip() else line for line in text) for text in lines]

    def load(self, language: str) -> None:
        """There is nothing to load."""

    def models(self, language: str) -> tuple[str, ...]:
        return ()

    def restriction(self, language: str) -> str:
        return "Google's terms"

    def _translate_batch(self, lines: list[str], source: str, target: str) -> list[str]:
        outputs = self._request("\n".join(lines), source, target).split("\n")
        if len(outputs) == len(lines):
            return outputs
        return [" ".join(self._request(line, source, target).split("\n")) for line in lines]

    def _request(self, text: str, source: str, target: str) -> str:
        # In a thread of its own: where this is called, an event loop may run already, as in a notebook.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, _request_google(text, source, target)).result()


async def _request_google(text: str, source: str, target: str) -> str:
    import httpx
    from googletrans import Translator
    from tenacity import AsyncRetrying, retry_if_not_exception_type, stop_after_attempt, wait_exponential_jitter

    retry = AsyncRetrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential_jitter(multiplier=WAIT, max=20 * WAIT, jitter=WAIT),
        retry=retry_if_not_exception_type(httpx.ConnectError),  # without a network, another attempt fails as well
        reraise=True,
    )
    try:
        async with Translator(raise_exception=True, timeout=httpx.Timeout(20)) as translator:
            response: Any = await retry(translator.translate, text, dest=target, src=source)
    except Exception as error:  # googletrans raises no narrower one when it is refused
        raise UnavailableError(
            "Google Translate gave no answer: check the network, or try again in an hour if it refuses so many "
            "requests. The bundled engine needs no network."
        ) from error
    return str(response.text)


def batches(lines: Sequence[str]) -> Iterator[list[str]]:
    """Lines in order, as many together as make one request of at most 15,000 characters.

    >>> [len(batch) for batch in batches(["a" * 9000, "b" * 5999, "c"])]
    [2, 1]
    """
    batch: list[str] = []
    for line in lines:
        if batch and sum(map(len, batch)) + len(batch) + len(line) > MAX_REQUEST:
            yield batch
            batch = []
        batch.append(line)
    if batch:
        yield batch


ENGINES: dict[str, Callable[[int], TranslationEngine]] = {
    "bundled": partial(LocalModels, "bundled"),
    "marian": partial(LocalModels, "marian"),
    "google": lambda beams: GoogleTranslate(),
}


def make_engine(knobs: BackTranslationKnobs) -> TranslationEngine:
    """Raises InputError for a language that the engine does not have."""
    engine = ENGINES[knobs.engine](knobs.beams)
    if knobs.language not in (*engine.languages, RANDOM):
        known = ", ".join(list(engine.languages)[:8])
        raise InputError(f"The {knobs.engine} engine has no language {knobs.language!r}: choose {known} or random.")
    return engine
