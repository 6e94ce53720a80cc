"""Guess the language of a text by its most common short words, among the languages with tables of names.

For items of a listing in several languages, and for texts that come without a statement. A guess: where little speaks
for one language, or as much for another, it is the stated default.
"""

from __future__ import annotations

import re

_WORDS = {
    "en": "the of and in to for with on is by that was are from at as has have been their this it an which will its",
    "es": "el la los las de del y en que por para con una un se su sus al es como más fue han este esta entre sobre",
    "fr": "le la les des de du et en que pour avec une un dans au aux est par sur sont ses leur ont plus cette qui",
    "pt": "o a os as de do da dos das e em que por para com uma um no na nos nas ao é foi são mais sobre pelo pela",
}
LANGUAGES = tuple(_WORDS)
# What languages call themselves, of those that news sites are often in.
_NAMES = {
    "en": "English", "es": "Español", "fr": "Français", "pt": "Português", "de": "Deutsch", "it": "Italiano",
    "nl": "Nederlands", "ar": "العربية", "ru": "Русский", "uk": "Українська", "zh": "中文", "tr": "Türkçe",
    "pl": "Polski", "ro": "Română", "el": "Ελληνικά", "hu": "Magyar", "cs": "Čeština", "sv": "Svenska",
    "fa": "فارسی", "ht": "Kreyòl ayisyen", "so": "Soomaali", "sw": "Kiswahili", "am": "አማርኛ",
}  # fmt: skip
_OF_WORD: dict[str, set[str]] = {}
for _language, _words in _WORDS.items():
    for _word in _words.split():
        _OF_WORD.setdefault(_word, set()).add(_language)
_WORD = re.compile(r"[^\W\d_]+")
READ = 2000  # characters; more say no more
LEAST = 2.0  # words of a language, those that two share counting half
AHEAD = 1.2  # times as many as of the next


def primary_subtag(tag: str) -> str:
    """Return the primary language subtag of a BCP 47 tag.

    >>> primary_subtag("es-PA")
    'es'
    """
    return tag.split("-")[0].lower()


_RIGHT_TO_LEFT = frozenset("ar arc ckb dv fa he iw ks nqo pnb ps rhg sd syr ug ur yi ji".split())


def is_right_to_left(tag: str) -> bool:
    """Return True if a language is written from right to left.

    >>> is_right_to_left("ar-EG"), is_right_to_left("es")
    (True, False)
    """
    return primary_subtag(tag) in _RIGHT_TO_LEFT or "-arab" in tag.lower() or "-hebr" in tag.lower()


def language_name(tag: str) -> str:
    """Return the language's own name, or its tag if the name is not in the table.

    >>> language_name("es-PA")
    'Español'
    """
    return _NAMES.get(primary_subtag(tag), primary_subtag(tag))


def guess_language(text: str, default: str) -> str:
    """Return the two-letter language of a text, or the default if the evidence is weak."""
    scores = dict.fromkeys(LANGUAGES, 0.0)
    for word in _WORD.findall(text[:READ].lower()):
        for language in (found := _OF_WORD.get(word, ())):
            scores[language] += 1 / len(found)
    (best, score), (_, second), *_ = sorted(scores.items(), key=lambda item: -item[1])
    return best if score >= LEAST and score >= AHEAD * second else default
