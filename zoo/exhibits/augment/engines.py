"""Who translates: our small networks, Marian's, or Google over the network."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Protocol

from zoo.core.cards import find_card
from zoo.core.errors import InputError, UnavailableError
from zoo.exhibits.augment.knobs import BackKnobs

LIMIT = 15_000  # characters that Google takes in one request
ATTEMPTS = 4
WAIT = 1.0  # seconds before the second attempt; before each next one about twice as long
RANDOM = "random"


class Engine(Protocol):
    """``languages``: codes and names of those that an English text may go through. ``rows``: texts worth one call.

    ``remote``: it waits for others, so the worker must not wait for it.
    """

    languages: Mapping[str, str]
    rows: int
    remote: bool

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]: ...

    def restriction(self, language: str) -> str: ...


class Networks:
    """Networks on this machine: one a direction. Imported when asked: the four operations need no torch."""

    remote = False

    def __init__(self, kind: str, languages: Mapping[str, str], beams: int) -> None:
        self.kind, self.languages, self.beams = kind, languages, beams
        self.rows = 16 if beams == 1 else 2

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        from zoo.exhibits.translate import model_of, translations

        return translations(model_of(self.kind, f"{source}-{target}"), texts, self.beams)

    def restriction(self, language: str) -> str:
        from zoo.exhibits.translate import model_of

        return find_card(model_of(self.kind, f"en-{language}")).restriction


class Google:
    """Google's public page for translations, by googletrans: batched, refusals retried later and later."""

    remote, rows = True, 100

    def __init__(self) -> None:
        from googletrans import LANGUAGES

        self.languages: Mapping[str, str] = {code: name for code, name in LANGUAGES.items() if code != "en"}

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[str]:
        """Raises UnavailableError without a network, or when every attempt was refused."""
        lines = [text.splitlines() for text in texts]
        sent = [line for text in lines for line in text if line.strip()]
        got = iter([each for batch in batches(sent) for each in self._batch(batch, source, target)])
        return ["\n".join(next(got) if line.strip() else line for line in text) for text in lines]

    def restriction(self, language: str) -> str:
        return "Google's terms"

    def _batch(self, lines: list[str], source: str, target: str) -> list[str]:
        answer = self._ask("\n".join(lines), source, target).split("\n")
        if len(answer) == len(lines):
            return answer
        return [" ".join(self._ask(line, source, target).split("\n")) for line in lines]

    def _ask(self, text: str, source: str, target: str) -> str:
        # In a thread of its own: where this is called, an event loop may run already, as in a notebook.
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, _ask_google(text, source, target)).result()


async def _ask_google(text: str, source: str, target: str) -> str:
    import httpx
    from googletrans import Translator
    from tenacity import AsyncRetrying, retry_if_not_exception_type, stop_after_attempt, wait_exponential_jitter

    again = AsyncRetrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential_jitter(multiplier=WAIT, max=20 * WAIT, jitter=WAIT),
        retry=retry_if_not_exception_type(httpx.ConnectError),  # without a network, another attempt is as vain
        reraise=True,
    )
    try:
        async with Translator(raise_exception=True, timeout=httpx.Timeout(20)) as translator:
            answer: Any = await again(translator.translate, text, dest=target, src=source)
    except Exception as error:  # googletrans raises no narrower one when it is refused
        raise UnavailableError(
            "Google could not be asked: check the network, or try again in an hour if it refuses so many questions. "
            "The bundled engine needs no network."
        ) from error
    return str(answer.text)


def batches(lines: Sequence[str]) -> Iterator[list[str]]:
    """Lines in order, as many together as make one request of at most 15,000 characters.

    >>> [len(batch) for batch in batches(["a" * 9000, "b" * 5999, "c"])]
    [2, 1]
    """
    batch: list[str] = []
    for line in lines:
        if batch and sum(map(len, batch)) + len(batch) + len(line) > LIMIT:
            yield batch
            batch = []
        batch.append(line)
    if batch:
        yield batch


MAKERS: dict[str, Callable[[int], Engine]] = {
    "bundled": partial(Networks, "bundled", {"fr": "french"}),
    "marian": partial(Networks, "marian", {"fr": "french", "es": "spanish"}),
    "google": lambda beams: Google(),
}


def engine_of(knobs: BackKnobs) -> Engine:
    """Raises InputError for a language that the engine does not know."""
    engine = MAKERS[knobs.engine](knobs.beams)
    if knobs.language not in (*engine.languages, RANDOM):
        known = ", ".join(list(engine.languages)[:8])
        raise InputError(f"The {knobs.engine} engine knows no language {knobs.language!r}: choose {known} or random.")
    return engine
