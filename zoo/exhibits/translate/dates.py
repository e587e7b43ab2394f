"""Dates with the name of a month, and ordinal numbers, as each language writes them."""

import regex

MONTHS_IN_ORDER = {
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
}
MONTHS = {language: months.split() for language, months in MONTHS_IN_ORDER.items()}
DATE = {
    "en": r"(?:(?P<month>{months}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<year>\d{{4}}))?|"
    r"(?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{months})(?:,? (?P<year>\d{{4}}))?)",
    "fr": r"(?P<day>\d{{1,2}})(?:er)? (?P<month>{months})(?: (?P<year>\d{{4}}))?",
    "es": r"(?P<day>\d{{1,2}})(?:\.?º)? de (?P<month>{months})(?: del? (?P<year>\d{{4}}))?",
}
ORDINAL = regex.compile(r"(\d+)(?:st|nd|rd|th|ers?|re|e|ème|eme|\.?[ºª])")


def date_pattern(language: str) -> str:
    """A pattern of dates with the name of a month: a number beside it makes May no verb."""
    return rf"(?<!\w)(?i:{DATE[language].format(months='|'.join(MONTHS[language]))})(?![\w])"


def write_date(match: regex.Match[str], source: str, target: str) -> str:
    """A date that ``date_pattern`` found, in another language.

    >>> write_date(regex.search(date_pattern("en"), "May 8th, 1980"), "en", "fr")
    '8 mai 1980'
    """
    months = [name.lower() for name in MONTHS[source]]
    month, day, year = MONTHS[target][months.index(match["month"].lower())], match["day"], match["year"]
    if target == "en":
        return f"{month} {day}" + (f", {year}" if year else "")
    if target == "es":
        return f"{day} de {month}" + (f" de {year}" if year else "")
    return ("1er" if day == "1" else day) + f" {month}" + (f" {year}" if year else "")


def write_ordinal(text: str, target: str) -> str:
    """An ordinal number as the target language writes it; any other text unchanged.

    >>> write_ordinal("1st", "fr"), write_ordinal("22e", "en"), write_ordinal("1980s", "fr")
    ('1er', '22nd', '1980s')
    """
    match = ORDINAL.fullmatch(text)
    if match is None:
        return text
    digits: str = match[1]
    if target == "fr":
        return f"{digits}er" if digits == "1" else f"{digits}e"
    if target == "es":
        return f"{digits}.º"
    teens = digits[-2:-1] == "1"
    return digits + ("th" if teens else {"1": "st", "2": "nd", "3": "rd"}.get(digits[-1], "th"))
