"""The sentences of a line. A full stop after an abbreviation or an initial ends none.

pysbd and sentencex were measured on the same lines: both split at M. and J.-P., one of them at Dr. and Mme. in French.
"""

import textwrap

import regex

from zoo.exhibits.translate.text import normalize

MAX_SENTENCE = 240  # characters; a longer sentence is translated in parts
SENTENCE_END = regex.compile(r"(?<=[.!?…](?:[\"'”’)\]]|\s?»)*)\s+(?![»”)\]])")
LAST_WORD = regex.compile(r"[\p{L}.-]+\.$")
# Before a name: the sentence goes on, whatever follows.
TITLES = """Mr Mrs Ms Mx Messrs Dr Drs Prof Pr Rev Hon Gen Col Sgt Capt Cpt Lt Cmdr Sen Rep Gov Pres St Ste Mt Ft
M MM Mme Mmes Mlle Mlles Me Mgr Sr Sra Sres Srta Dra Dña Ud Uds Vd"""
# Before more of the same sentence.
ABBREVIATIONS = "vs approx ca cf e.g i.e p pp vol ch fig ex par.ex c.-à-d av bd éd tél viz incl resp"
# After these the sentence may end: it does where the next word often begins one.
MAY_END = "Inc Ltd Co Corp Jr Sr Bros Esq al"
STARTERS = """A An The He She It We You They I This That These Those There What Who Why How When Where Is Are Do Did
But And So My His Her Our Your Their No Yes If Il Elle Ils Elles On Je Tu Nous Vous Le La Les Un Une Des Ce Cet Cette
Ces C'est Mais Et Que Qui Où Quand Mon Ma Mes Son Sa Ses Oui Non El Los Las Yo Él Ella Es Pero Y"""
GOES_ON = frozenset(f"{TITLES} {ABBREVIATIONS}".split())
MAY_GO_ON = frozenset(MAY_END.split())
FIRST_WORDS = frozenset(STARTERS.split())
EXPANDED = {
    "en": {"e.g.": "for example", "i.e.": "that is", "vs.": "against", "approx.": "about"},
    "fr": {"p. ex.": "par exemple", "par ex.": "par exemple", "c.-à-d.": "c'est-à-dire", "env.": "environ"},
    "es": {"p. ej.": "por ejemplo", "aprox.": "aproximadamente"},
}


def split_sentences(line: str) -> list[str]:
    """The normalized sentences of a line, at most 240 characters each: the models were trained on single sentences.

    >>> split_sentences("Wait!  It's  late, isn’t it?")
    ['Wait!', "It's late, isn't it?"]
    >>> split_sentences("M. Dupont et J.-P. Petit sont là, p. ex. Oui.")
    ['M. Dupont et J.-P. Petit sont là, p. ex. Oui.']
    """
    text = normalize(line)
    sentences, start = [], 0
    for end in SENTENCE_END.finditer(text):
        if _ends(text[start : end.start()], text[end.end() :]):
            sentences.append(text[start : end.start()])
            start = end.end()
    return [part for sentence in [*sentences, text[start:]] for part in textwrap.wrap(sentence, MAX_SENTENCE)]


def _ends(before: str, after: str) -> bool:
    """Whether a sentence ends between two texts, the first of which ends with a mark."""
    last = LAST_WORD.search(before)
    if last is None:
        return True
    word = last[0].removesuffix(".")
    following = regex.split(r"[\s,;:.!?]", after, maxsplit=1)[0]
    starts = following in FIRST_WORDS or regex.match(r"(?:I|Il|Je|C|J|L|D|Qu)['’]\p{L}", following) is not None
    usual = word.capitalize() if word.isupper() and len(word) > 1 else word  # MR.
    if {usual, word, word.lower()} & GOES_ON:
        return False
    if word.lower() == "etc":
        return bool(following[:1].isupper())
    if usual in MAY_GO_ON or "." in word or (len(word) == 1 and word.isupper()):  # Inc., U.S., J.
        return starts
    return True


def expand(text: str, language: str) -> str:
    """The text with abbreviations that the models do not know written out.

    >>> expand("Fruit, e.g. apples.", "en")
    'Fruit, for example apples.'
    """
    for short, long in EXPANDED.get(language, {}).items():
        text = regex.sub(rf"(?<!\w){regex.escape(short)}(?!\w)", long, text)
    return text
