"""Text before it is tokenized: normalized, with the letters and signs that the models know."""

import unicodedata

import regex

INVISIBLE = regex.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff]")
QUOTES = str.maketrans(dict.fromkeys("“”„‟〝〞″＂‹›", '"') | dict.fromkeys("‘’‚‛ʼʻʹ′´`＇ꞌ", "'"))
HYPHENS = str.maketrans(dict.fromkeys("‐‑‒⁃−", "-"))
# Letters of other scripts that look like Latin ones; Unicode's confusables.txt has them.
CYRILLIC = dict(zip("аеорсухіјѕԁһӏАВЕКМНОРСТХІЈЅ", "aeopcyxijsdhlABEKMHOPCTXIJS", strict=True))
GREEK = dict(zip("οναιρΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ovaipABEZHIKMNOPTYX", strict=True))
LOOK_ALIKES = str.maketrans(CYRILLIC | GREEK)
WORD = regex.compile(r"[\p{L}\p{M}]+")


def normalize(text: str) -> str:
    """NFC, single spaces and straight apostrophes: how the training data were normalized."""
    return " ".join(unicodedata.normalize("NFC", text).replace("’", "'").split())


def plain(text: str) -> str:
    """The text in the characters that the models were trained on, where it means the same.

    Ligatures and mathematical, full-width and circled letters become plain letters (NFKC), as do Cyrillic and Greek
    ones in a word that has Latin ones; typographic quotes become straight; what is invisible is dropped.

    >>> plain("The ﬁrst “𝐨ﬀer” isnʼt Ｆｒｅｅ")
    'The first "offer" isn\\'t Free'
    """
    # Before NFKC: it makes a space and an accent of an acute accent.
    text = unicodedata.normalize("NFKC", INVISIBLE.sub("", text).translate(QUOTES).translate(HYPHENS))
    return normalize(WORD.sub(lambda word: _latin(word[0]), text.translate(QUOTES)))


def _latin(word: str) -> str:
    return word.translate(LOOK_ALIKES) if regex.search(r"\p{Latin}", word) else word
