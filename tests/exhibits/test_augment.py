"""Augment: EDA as the paper defines it, tables that grow and resume, and learning curves."""

import csv
import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from tests.interfaces.shell import ROOT, shell
from tests.steps import walked
from zoo.api.app import app
from zoo.core.errors import InputError, TooLargeError
from zoo.core.files import partial_path
from zoo.core.snippets import snippets
from zoo.exhibits import find_operation
from zoo.exhibits.augment import (
    AugmentKnobs,
    AugmentTableKnobs,
    LearningCurveKnobs,
    augment,
    augment_table,
    learning_curve,
)
from zoo.exhibits.augment.eda import (
    num_changes,
    random_deletion,
    random_insertion,
    random_swap,
    synonym_replacement,
)
from zoo.exhibits.augment.words import is_protected, match_case, synonyms

SENTENCE = "The quick service was GREAT and the Happy waiter made our day!"
VOCABULARY = [
    "the",
    "happy",
    "dog",
    "Quick",
    "slow,",
    "@user",
    "http://t.co/x",
    "GREAT!",
    "12",
    "and",
    "film",
    "terrible",
]
WORDS = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=30)
ALPHA = st.floats(0.05, 0.5)
SEED = st.integers(0, 10_000)


# The operations


@given(WORDS, ALPHA, SEED)
def test_replacement_changes_n_words_to_synonyms_of_theirs(words: list[str], alpha: float, seed: int) -> None:
    new = synonym_replacement(words, alpha, random.Random(seed))
    changed = [index for index, (one, other) in enumerate(zip(words, new, strict=True)) if one != other]
    candidates = [i for i in range(len(words)) if synonyms(words[i], words[i - 1] if i else "")]
    assert len(changed) == min(num_changes(words, alpha), len(candidates))
    for index in changed:
        assert not is_protected(words[index])
        assert new[index] in synonyms(words[index], words[index - 1] if index else "")


@given(WORDS, ALPHA, SEED)
def test_insertion_adds_n_synonyms_and_keeps_all_words_in_order(words: list[str], alpha: float, seed: int) -> None:
    new = random_insertion(words, alpha, random.Random(seed))
    has_synonyms = any(synonyms(words[i], words[i - 1] if i else "") for i in range(len(words)))
    assert len(new) == len(words) + (num_changes(words, alpha) if has_synonyms else 0)
    rest = iter(new)
    assert all(word in rest for word in words)


@given(WORDS, ALPHA, SEED)
def test_swap_keeps_the_words_and_moves_at_most_two_each_time(words: list[str], alpha: float, seed: int) -> None:
    new = random_swap(words, alpha, random.Random(seed))
    assert Counter(new) == Counter(words)
    assert sum(one != other for one, other in zip(words, new, strict=True)) <= 2 * num_changes(words, alpha)


@given(WORDS, ALPHA, SEED)
def test_deletion_leaves_a_part_in_order(words: list[str], alpha: float, seed: int) -> None:
    new = random_deletion(words, alpha, random.Random(seed))
    assert 1 <= len(new) <= len(words)
    rest = iter(words)
    assert all(word in rest for word in new)


def test_deletion_deletes_the_fraction_alpha() -> None:
    words = [str(number) for number in range(20_000)]
    assert len(random_deletion(words, 0.3, random.Random(0))) / len(words) == pytest.approx(0.7, abs=0.02)


@pytest.mark.parametrize(("count", "alpha", "n"), [(1, 0.05, 1), (10, 0.1, 1), (20, 0.1, 2), (19, 0.5, 9)])
def test_n_is_alpha_times_the_words_at_least_one(count: int, alpha: float, n: int) -> None:
    assert num_changes(["word"] * count, alpha) == n


# Words


def test_stop_words_names_and_links_have_no_synonyms() -> None:
    for word in ("the", "And", "@user", "https://t.co/x", "12", "😀", "don't"):
        assert is_protected(word)
        assert synonyms(word) == ()


def test_synonyms_keep_capitals_and_punctuation() -> None:
    assert "glad" in synonyms("happy")
    assert "Glad" in synonyms("Happy")
    assert "(GLAD)!" in synonyms("(HAPPY)!")
    assert match_case("glad", "I") == "Glad"


def test_part_of_speech_follows_the_word_before() -> None:
    verbs, nouns = synonyms("run", "to"), synonyms("run", "the")
    assert set(verbs).isdisjoint(nouns)
    assert "escape" in verbs
    assert "test" in nouns
    assert synonyms("run", "grey") == nouns
    assert synonyms("sky", "grey") == ()  # which has synonyms as a verb alone


# Sentences


@given(st.text(max_size=200), SEED)
def test_any_text_gives_different_new_sentences_or_an_error_that_says_why(text: str, seed: int) -> None:
    knobs = AugmentKnobs(seed=seed % 100, outputs=5)
    if not text.replace("\0", " ").split():
        with pytest.raises(InputError, match="nothing to augment"):
            augment(text, knobs)
        return
    result = augment(text, knobs)
    texts = [output.text for output in result.outputs]
    assert len(texts) <= 5
    assert len(set(texts)) == len(texts)
    assert result == augment(text, knobs)
    for output in result.outputs:
        assert " ".join(span.text for span in output.diff if span.kind != "removed") == output.text
        before = " ".join(span.text for span in output.diff if span.kind != "added")
        assert before == " ".join(text.encode("utf-8", "replace").decode().replace("\0", " ").split())


def test_only_the_chosen_operations_are_used() -> None:
    for name in ("replace", "insert", "swap", "delete"):
        off = dict.fromkeys({"replace", "insert", "swap", "delete"} - {name}, False)
        assert {output.operation for output in augment(SENTENCE, AugmentKnobs(**off)).outputs} == {name}
    with pytest.raises(InputError, match="switch one on"):
        augment(SENTENCE, AugmentKnobs(replace=False, insert=False, swap=False, delete=False))


def test_another_seed_gives_other_sentences() -> None:
    assert augment(SENTENCE, AugmentKnobs(seed=1)) != augment(SENTENCE, AugmentKnobs(seed=2))


def test_too_long_a_text_is_refused() -> None:
    for text in ("word " * 501, "x" * 1_000_000):
        with pytest.raises(TooLargeError, match="500 words"):
            augment(text)


# Tables


def augmented(source: Path, target: Path, **options: bool) -> list[dict[str, str]]:
    walked(augment_table(source, AugmentTableKnobs(outputs=3, **options), target=target))
    assert not partial_path(target).exists()
    return rows_of(target)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def table(path: Path, rows: int) -> Path:
    with path.open("w") as file:
        file.write("text,label\n")
        file.writelines(
            f"the happy dog number{'x' * number} ran to a quick film,{number % 2}\n" for number in range(rows)
        )
        file.write('"=SUM(A1) is terrible",1\n\n,0\nthe happy dog number ran to a quick film,0\n')
    return path


def interrupted(source: Path, target: Path) -> bytes:
    """Stop after the first step; the bytes that are left."""
    steps = augment_table(source, AugmentTableKnobs(outputs=3), target=target)
    next(steps)
    steps.close()
    return partial_path(target).read_bytes()


def test_a_table_grows_with_labels_and_without_repeated_texts(tmp_path: Path) -> None:
    rows = augmented(table(tmp_path / "in.csv", 20), tmp_path / "out.csv")
    assert list(rows[0]) == ["text", "label", "operation", "source_row"]
    texts = [row["text"] for row in rows]
    assert len(set(texts)) == len(texts)
    originals = {row["source_row"]: row for row in rows if row["operation"] == "original"}
    assert len(originals) == 22  # the repeated sentence is written once
    assert all(row["label"] == originals[row["source_row"]]["label"] for row in rows if row["source_row"] in originals)
    assert originals["21"]["text"] == "'=SUM(A1) is terrible"
    assert len(rows) > 60


def test_a_row_beyond_the_limit_stays_without_new_rows(tmp_path: Path) -> None:
    long = "word " * 501
    (tmp_path / "in.csv").write_text(f"text\n{long}\na happy dog ran to the quick film\n")
    rows = augmented(tmp_path / "in.csv", tmp_path / "out.csv")
    assert [row["operation"] for row in rows if row["source_row"] == "1"] == ["original"]
    assert len(rows) > 2


def test_an_interrupted_table_resumes_to_the_same_end(tmp_path: Path) -> None:
    source = table(tmp_path / "in.csv", 120)
    whole = augmented(source, tmp_path / "whole.csv")
    target = tmp_path / "part.csv"
    assert len(interrupted(source, target)) > 1000
    assert not target.exists()
    with partial_path(target).open("a") as file:
        file.write("a torn li")
    assert augmented(source, target, resume=True) == whole
    assert augmented(source, target, resume=True) == whole


def test_resuming_computes_no_finished_row_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zoo.exhibits.augment import tables

    source, target = table(tmp_path / "in.csv", 120), tmp_path / "out.csv"
    interrupted(source, target)
    numbers = []
    own = tables.augment_row

    def counted(text: str, knobs: AugmentKnobs, offset: int):  # type: ignore[no-untyped-def]
        numbers.append(offset)
        return own(text, knobs, offset)

    monkeypatch.setattr(tables, "augment_row", counted)
    augmented(source, target, resume=True)
    assert numbers == list(range(50, 124))


def test_an_interrupted_run_leaves_the_earlier_output_alone(tmp_path: Path) -> None:
    source, target = table(tmp_path / "in.csv", 120), tmp_path / "out.csv"
    target.write_text("mine\n")
    first = interrupted(source, target)
    assert target.read_text() == "mine\n"
    assert interrupted(source, target) == first  # without resume it starts anew
    assert target.read_text() == "mine\n"


def test_another_table_is_not_resumed(tmp_path: Path) -> None:
    source, other = table(tmp_path / "in.csv", 3), tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="choose another file"):
        augmented(source, other, resume=True)
    assert other.read_text() == "a,b\n1,2\n"


@pytest.mark.parametrize("kind", ["same", "symlink", "hard link", "partial"])
@pytest.mark.parametrize("resume", [False, True])
def test_the_table_itself_is_never_the_output(tmp_path: Path, kind: str, resume: bool) -> None:
    target = tmp_path / "b.csv"
    source = table(partial_path(target) if kind == "partial" else target, 3)
    if kind in ("symlink", "hard link"):
        target = tmp_path / "link.csv"
        target.symlink_to(source) if kind == "symlink" else target.hardlink_to(source)
    before = source.read_bytes()
    with pytest.raises(InputError, match="is the input itself"):
        augmented(source, target, resume=resume)
    option = ["--resume"] if resume else []
    assert "is the input itself" in shell("augment-table", str(source), str(target), *option, code=2)
    assert source.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {source.name} | ({target.name} if "link" in kind else set())


# Learning curves


def labelled(path: Path, rows: int) -> Path:
    """Two labels, each with words of its own among many that carry no information."""
    rng = random.Random(0)
    words = [["happy", "great", "brilliant", "lovely"], ["sad", "terrible", "slow", "awful"]]
    filler = [f"word{number}" for number in range(200)]
    with path.open("w") as file:
        file.write("text,label\n")
        for number in range(rows):
            sentence = [*rng.sample(filler, 6), rng.choice(words[number % 2])]
            file.write(f"{' '.join(sentence)},{number % 2}\n")
    return path


def test_a_learning_curve_measures_every_size_without_and_with_augmentation(tmp_path: Path) -> None:
    records, curve = walked(learning_curve(labelled(tmp_path / "data.csv", 320), LearningCurveKnobs(outputs=2)))
    assert [(point.rows, point.augmented) for point in curve.points] == [
        (size, augmented) for size in (20, 50, 100, 200) for augmented in (False, True)
    ]
    assert curve.held_out == 106
    assert [record.step for record in records] == sorted(record.step for record in records)
    assert records[-1].step == records[-1].total == 4 * 5 * 2
    original = [point.accuracy for point in curve.points if not point.augmented]
    assert original[-1] > 0.95 > original[0]
    assert all(0 <= point.deviation <= 0.5 for point in curve.points)


def test_a_learning_curve_needs_rows_and_labels(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="60 rows"):
        next(learning_curve(labelled(tmp_path / "few.csv", 30)))
    with pytest.raises(InputError, match="no column named 'mood'"):
        next(learning_curve(labelled(tmp_path / "few.csv", 90), LearningCurveKnobs(label="mood")))


# Interfaces


def test_eda_imports_neither_torch_nor_sklearn() -> None:
    code = (
        "import sys; from zoo.exhibits.augment import augment; augment('a happy dog'); "
        "sys.exit(not {'torch', 'sklearn', 'transformers'}.isdisjoint(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_every_interface_gives_the_same_sentences() -> None:
    knobs = AugmentKnobs(alpha=0.3, outputs=4, seed=7, swap=False)
    expected = [output.text for output in augment(SENTENCE, knobs).outputs]
    options = ["--alpha", "0.3", "--outputs", "4", "--seed", "7", "--no-swap"]
    record = json.loads(shell("augment", SENTENCE, *options, "--json"))
    assert [output["text"] for output in record["outputs"]] == expected
    assert [line[8:] for line in shell("augment", SENTENCE, *options).splitlines()] == expected
    fields = {"text": SENTENCE, "alpha": "0.3", "outputs": "4", "seed": "7", "swap": "false"}
    response = TestClient(app).post("/v1/augment", data=fields).json()
    assert [output["text"] for output in response["outputs"]] == expected
    page = AppTest.from_file(str(ROOT / "pages" / "augment.py"), default_timeout=120)
    for name, value in fields.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert not page.error
    code = snippets(find_operation("augment"), {"text": SENTENCE}, knobs, "http://localhost:8501").python
    assert code in [block.value for block in page.code]
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(expected)


def test_the_commands_for_tables(tmp_path: Path) -> None:
    source = table(tmp_path / "in.csv", 3)
    assert shell("augment-table", str(source), str(tmp_path / "out.csv"), "--outputs", "2").endswith("out.csv\n")
    error = shell("augment-table", str(source), str(tmp_path / "new.csv"), "--column", "words", code=2)
    assert "no column named 'words'" in error
    assert not (tmp_path / "new.csv").exists()
    assert "switch one on" in shell(
        "augment", "a text", "--no-replace", "--no-insert", "--no-swap", "--no-delete", code=2
    )
    curve = shell("augment-learning-curve", str(labelled(tmp_path / "data.csv", 90)), "--outputs", "2")
    assert len(curve.splitlines()) == 1 + 2 * 2
