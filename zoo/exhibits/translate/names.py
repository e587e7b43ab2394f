"""Names that keep their form: after a title or initials, acronyms, and words of other scripts."""

import regex

TITLE = {
    "en": {"Mr": "mr", "Mrs": "mrs", "Ms": "mrs", "Miss": "miss", "Dr": "dr", "Prof": "prof"},
    "fr": {"M": "mr", "Monsieur": "mr", "Mme": "mrs", "Madame": "mrs", "Mlle": "miss", "Dr": "dr", "Pr": "prof"},
    "es": {"Sr": "mr", "Sra": "mrs", "Srta": "miss", "Dr": "dr", "Dra": "dr", "Prof": "prof"},
}
TITLED = {
    "en": {"mr": "Mr.", "mrs": "Mrs.", "miss": "Miss", "dr": "Dr.", "prof": "Prof."},
    "fr": {"mr": "M.", "mrs": "Mme", "miss": "Mlle", "dr": "Dr", "prof": "Pr"},
    "es": {"mr": "Sr.", "mrs": "Sra.", "miss": "Srta.", "dr": "Dr.", "prof": "Prof."},
}
AND = {"en": "and", "fr": "et", "es": "y"}
SURNAME = r"\p{Lu}\p{L}*(?:['-]\p{Lu}\p{L}*)*"
INITIALS = rf"(?:(?<!\w){SURNAME} )?(?<!\w)(?:\p{{Lu}}\.[ -]?)+{SURNAME}"
KNOWN_ACRONYMS = "OK|TV|USA|US|UK|UN|EU|UE|ONU|EE|UU"  # translated, or known to the models
ACRONYM = rf"(?<![\p{{L}}\p{{N}}])(?!(?:{KNOWN_ACRONYMS})\b)\p{{Lu}}{{2,6}}(?![\w'])"
LETTER = r"(?<![\p{L}\p{N}'.])[B-HJ-NP-XZ](?![\p{L}\p{N}'])"  # as in plan B
FOREIGN = r"(?![\p{Latin}\p{Common}])\p{L}"
OTHER_SCRIPT = rf"{FOREIGN}[\p{{L}}\p{{M}}]*(?:\s+{FOREIGN}[\p{{L}}\p{{M}}]*)*"
SIGNS = r"[\p{S}\p{Cc}\p{Cn}@#](?:\s*[\p{S}\p{Cc}\p{Cn}@#])*"  # no model of these languages was trained on them


def titled_pattern(language: str) -> str:
    """A pattern of names after one title, or after two as in Mr. and Mrs. Smith."""
    title = "|".join(TITLE[language])
    both = rf"(?P<first>{title})\.? {AND[language]} (?P<second>{title})\.?"
    return rf"(?<![\w.])(?:{both}|(?P<title>{title})\.?) (?P<name>(?:\p{{Lu}}\. ?-?)*{SURNAME}(?: {SURNAME})*)"


def write_titled(match: regex.Match[str], source: str, target: str) -> str:
    """A name that ``titled_pattern`` found, with its titles in another language.

    >>> write_titled(regex.search(titled_pattern("en"), "Mr. and Mrs. Smith"), "en", "fr")
    'M. et Mme Smith'
    """
    titles = [title for title in (match["first"], match["second"], match["title"]) if title]
    written = f" {AND[target]} ".join(TITLED[target][TITLE[source][title]] for title in titles)
    name: str = match["name"]
    return f"{written} {name}"


def capitalise_titled(sentence: str, language: str) -> str:
    """Titles and the names after them with a first capital.

    >>> capitalise_titled("Ask mr. brown.", "en")
    'Ask Mr. Brown.'
    """
    title = "|".join(TITLE[language])
    pattern = rf"(?<![\w.])((?i:{title}))(\.? )(\p{{L}}+)"
    capitalised: str = regex.sub(
        pattern, lambda match: match[1].capitalize() + match[2] + match[3].capitalize(), sentence
    )
    return capitalised
