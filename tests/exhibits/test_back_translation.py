"""Back-translation: the bundled pair, Google as it would answer, and tables."""

import csv
import json
import time
from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

import googletrans.client
import httpx
import pytest
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from tests.interfaces.shell import ROOT, shell
from tests.steps import walked
from zoo.api import app
from zoo.core.errors import InputError, TooLargeError, UnavailableError
from zoo.exhibits.augment import BackKnobs, back_translate, expand
from zoo.exhibits.augment import engines as engines_module
from zoo.exhibits.augment.back_translation import language_of
from zoo.exhibits.augment.engines import LIMIT, Google, batches, engine_of
from zoo.exhibits.translate import TranslateKnobs, translate

TEXT = "I love this small house. Where is the cat?"
BACK = ("back-translate", TEXT, "--beams", "2")


def test_there_and_back_is_two_translations() -> None:
    found = back_translate(TEXT, BackKnobs(beams=2))
    pivot = translate(TEXT, TranslateKnobs(beams=2)).translation
    assert found.pivot == pivot
    assert found.text == translate(pivot, TranslateKnobs(direction="fr-en", beams=2)).translation
    assert " ".join(piece.text for piece in found.pieces if piece.kind != "removed") == found.text
    assert " ".join(piece.text for piece in found.pieces if piece.kind != "added") == TEXT
    assert (found.language, found.engine, found.restriction) == ("fr", "bundled", "research use")


def test_what_cannot_be_translated_is_told() -> None:
    with pytest.raises(InputError, match="nothing to translate"):
        back_translate("\0 \n")
    with pytest.raises(TooLargeError, match="5,000"):
        back_translate("x" * 5001)
    with pytest.raises(InputError, match="no language 'de'"):
        back_translate("a", BackKnobs(language="de"))
    for text in ("🎉", "\ud800", "a" * 4000, "مرحبا"):
        back_translate(text, BackKnobs(beams=1))


def test_random_language_is_drawn_by_seed() -> None:
    engine = engine_of(BackKnobs(engine="google", language="random"))
    drawn = [language_of(engine, BackKnobs(engine="google", language="random", seed=seed)) for seed in range(8)]
    assert len(set(drawn)) > 4
    assert drawn == [language_of(engine, BackKnobs(language="random", seed=seed)) for seed in range(8)]
    assert set(drawn) <= set(engine.languages)
    assert "en" not in engine.languages


# Google, whose part is played by a function


class Stand:
    """Answers as Google's page does: each line marked with the language; refuses the first ``refusals`` times."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals, self.asked = refusals, list[str]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        query = parse_qs(request.url.query.decode())
        text, target = query["q"][0], query["tl"][0]
        self.asked.append(text)
        if self.refusals:
            self.refusals -= 1
            return httpx.Response(429)
        lines = text.split("\n")
        said = [
            [f"{line}~{target}" + ("\n" if place + 1 < len(lines) else ""), line] for place, line in enumerate(lines)
        ]
        return httpx.Response(200, text=json.dumps([said, None, query["sl"][0]]))


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[httpx.Request], httpx.Response]], None]:
    """Puts a function in the network's place, and lets no time pass between two attempts."""
    own = httpx.AsyncClient

    def play(answer: Callable[[httpx.Request], httpx.Response]) -> None:
        client = partial(own, transport=httpx.MockTransport(answer))
        monkeypatch.setattr(googletrans.client.httpx, "AsyncClient", client)

    monkeypatch.setattr(engines_module, "WAIT", 0.001)
    return play


def test_google_is_asked_in_batches_and_answers_in_order(google: Callable[..., None]) -> None:
    stand = Stand()
    google(stand)
    texts = ["one", "two\n\nthree", "", "x" * 9000, "y" * 9000]
    assert Google().translate(texts, "en", "fr") == [
        "one~fr",
        "two~fr\n\nthree~fr",
        "",
        "x" * 9000 + "~fr",
        "y" * 9000 + "~fr",
    ]
    assert len(stand.asked) == 2
    assert all(len(text) <= LIMIT for text in stand.asked)


def test_a_refused_question_is_asked_again(google: Callable[..., None]) -> None:
    stand = Stand(refusals=2)
    google(stand)
    found = back_translate("good morning", BackKnobs(engine="google", language="de"))
    assert (found.pivot, found.text) == ("good morning~de", "good morning~de~en")
    assert found.restriction == "Google's terms"
    assert len(stand.asked) == 4


def test_google_gone_is_a_sentence(google: Callable[..., None]) -> None:
    stand = Stand(refusals=99)
    google(stand)
    with pytest.raises(UnavailableError, match="bundled engine needs no network"):
        Google().translate(["a"], "en", "fr")
    assert len(stand.asked) == 4

    def unplugged(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    google(unplugged)
    with pytest.raises(UnavailableError, match="check the network"):
        Google().translate(["a"], "en", "fr")


def test_merged_lines_are_asked_one_by_one(google: Callable[..., None]) -> None:
    def merging(request: httpx.Request) -> httpx.Response:
        text = parse_qs(request.url.query.decode())["q"][0]
        return httpx.Response(200, text=json.dumps([[[" ".join(text.split("\n")).upper(), text]], None, "en"]))

    google(merging)
    assert Google().translate(["a", "b"], "en", "fr") == ["A", "B"]


def test_batches_keep_to_the_limit() -> None:
    lines = ["a" * length for length in (1, 14_000, 998, 999, 15_000, 3)]
    found = list(batches(lines))
    assert [line for batch in found for line in batch] == lines
    assert all(len("\n".join(batch)) <= LIMIT for batch in found)
    assert len(found) == 4


# Tables


def table(path: Path, rows: int, more: str = "I have 1 cats.,0\n,1\n") -> Path:
    lines = [f"I have {number} cats.,{number % 2}\n" for number in range(rows)]
    path.write_text("text,label\n" + "".join(lines) + more)
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_table_grows_by_one_row_a_row(tmp_path: Path) -> None:
    knobs = BackKnobs(beams=1)
    records, result = walked(expand(table(tmp_path / "in.csv", 20), tmp_path / "out.csv", "text", knobs))
    rows = rows_of(tmp_path / "out.csv")
    assert (result.rows, result.written) == (22, len(rows))
    texts = [row["text"] for row in rows]
    assert len(set(texts)) == len(texts)
    assert result.written + result.skipped == 22 + 21  # each row, and one more for each that says something
    for row in rows:
        if row["operation"] != "original":
            assert row["operation"] == "back-translation (fr)"
            source = f"I have {int(row['source_row']) - 1} cats."
            assert row["text"] == back_translate(source, knobs).text
            assert row["label"] == str((int(row["source_row"]) - 1) % 2)
    assert records[-1].step == records[-1].total


def test_an_interrupted_table_asks_for_nothing_twice(google: Callable[..., None], tmp_path: Path) -> None:
    knobs = BackKnobs(engine="google", language="random", seed=3)
    whole, part = Stand(), Stand()
    source = table(tmp_path / "in.csv", 350, more="")
    google(whole)
    walked(expand(source, tmp_path / "whole.csv", "text", knobs))
    google(part)
    steps = expand(source, tmp_path / "part.csv", "text", knobs)
    while not (tmp_path / "part.csv").exists() or len(rows_of(tmp_path / "part.csv")) < 300:
        next(steps)
    steps.close()
    before = len(part.asked)
    walked(expand(source, tmp_path / "part.csv", "text", knobs, resume=True))
    assert rows_of(tmp_path / "part.csv") == rows_of(tmp_path / "whole.csv")
    assert 0 < before < len(whole.asked)
    again = {line for text in part.asked[:before] for line in text.split("\n")} & {
        line for text in part.asked[before:] for line in text.split("\n")
    }
    assert len(again) <= 2  # the last row of an unfinished table may lack its news


def test_waiting_for_google_lets_others_have_their_turn(google: Callable[..., None], tmp_path: Path) -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        time.sleep(0.5)
        return Stand()(request)

    google(slow)
    steps = expand(table(tmp_path / "in.csv", 3), tmp_path / "out.csv", "text", BackKnobs(engine="google"))
    longest, count, ended = 0.0, 0, False
    while not ended:
        start = time.perf_counter()
        try:
            next(steps)
        except StopIteration:
            ended = True
        count, longest = count + 1, max(longest, time.perf_counter() - start)
    assert count > 6
    assert longest < 0.45


# The doors


def test_every_door_comes_back_with_the_same() -> None:
    library = back_translate(TEXT, BackKnobs(beams=2))
    found = json.loads(shell(*BACK, "--json"))
    assert (found["pivot"], found["text"]) == (library.pivot, library.text)
    assert library.pivot in shell(*BACK)
    response = TestClient(app).post("/v1/augment/back-translation", data={"text": TEXT, "beams": "2"}).json()
    assert (response["pivot"], response["text"]) == (library.pivot, library.text)


def test_the_table_has_a_door_too(tmp_path: Path) -> None:
    source = table(tmp_path / "in.csv", 3)
    shell("back-translate-table", str(source), str(tmp_path / "out.csv"), "--beams", "1")
    assert {row["operation"] for row in rows_of(tmp_path / "out.csv")} == {"original", "back-translation (fr)"}


def test_page_shows_the_pivot_and_what_came_back() -> None:
    page = AppTest.from_file(str(ROOT / "pages" / "augment.py"), default_timeout=120)
    page.query_params["text"], page.query_params["way"] = TEXT, ":material/translate: There and back"
    page.run()
    assert not page.exception
    assert not page.error
    shown = " ".join(element.proto.body for element in page.get("html"))
    found = back_translate(TEXT)
    assert escape(found.pivot) in shown
    assert "translated back" in " ".join(caption.value for caption in page.caption)
