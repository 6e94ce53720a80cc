"""The regular expressions of dates, by language: a day, a month and a year, or some of these.

Derived from the lexicon; which of them make a line a date line is decided in lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from feeds.dates.lexicon import AGO, DAYS_AGO, ONE, names_of

_PATTERN = re.compile(r"'([^']*)'|([A-Za-z]+)|(.)")
_WORD = r"[^\W\d_]+"
_ORDINAL = r"(?:st|nd|rd|th|er|re|º|ª|°|\.)?"
_OF = r"(?:(?:of|de|del|do|di)\s+)?"
ISO = re.compile(r"(?<!\d)(?P<year>\d{4})(?P<sign>[-/.])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})(?!\d)")
NUMERIC = re.compile(
    r"(?<!\d)(?P<first>\d{1,2})(?P<sign>\s?[./-]\s?)(?P<second>\d{1,2})(?P=sign)(?P<year>\d{4}|\d{2})(?!\d)"
)
_LONE_YEAR = r"(?P<year>\d{4}|['’]?\d{2}(?![\d:]|\s?[.h]\d))(?!\d)"
# A day or a year that is not a number (an OCR slip, a superscript, "NaN"), around the name of a month.
NO_NUMBER = re.compile(
    rf"(?:(?i:on)\s+)?(?P<day>[^\sa-z]\S{{0,3}})\s+(?P<month>{_WORD}),?\s+(?P<year>[^\sa-z]\S{{1,4}})"
)
MISSPELT = (
    re.compile(rf"(?P<day>\d{{1,2}}){_ORDINAL}\s+(?P<month>{_WORD})[.,]*\s+(?P<year>\d{{4}})"),
    re.compile(rf"(?P<month>{_WORD})\.?\s+(?P<day>\d{{1,2}}){_ORDINAL},?\s+(?P<year>\d{{4}})"),
)
SPREADSHEET_DAY = re.compile(r"[2-5]\d{4}")  # days since 1899-12-30, for 1954 to 2064


class Grammar(NamedTuple):
    """The regular expressions of dates in some languages.

    Attributes:
        stem: finds what is in every name of a month.
        complete: a day, the name of a month and a year.
        patterns: the same, as only some languages write it: "2024年5月21日", "2024. május 21.".
        numeric: those of them in which the month is a number.
        ago: "3 weeks ago", for each unit of lexicon.UNITS in turn.
    """

    months: dict[str, int]
    stem: re.Pattern[str]
    weekdays: dict[str, int]
    complete: tuple[re.Pattern[str], ...]
    patterns: tuple[re.Pattern[str], ...]
    numeric: tuple[re.Pattern[str], ...]
    without_year: tuple[re.Pattern[str], ...]
    without_day: re.Pattern[str]
    ranges: re.Pattern[str]
    ago: tuple[re.Pattern[str], ...]
    days_ago: dict[str, int]


_NUMERIC = r"(?P<month>\d{1,2})"


@lru_cache(maxsize=32)
def grammar_of(languages: tuple[str, ...]) -> Grammar:
    """Return the expressions for some languages; a word of two languages has the meaning of the first."""
    named = [found for language in languages if (found := names_of(language))]
    months, weekdays = _merged(found.months for found in named), _merged(found.weekdays for found in named)
    known = [language for language in languages if language in AGO]
    stated = [pattern for found in named for pattern in found.patterns]
    names = "|".join(sorted(map(re.escape, months), key=len, reverse=True)) or "(?!)"
    month = rf"(?P<month>{names})(?![^\W\d_])\.?"
    day, apart = rf"(?P<day>\d{{1,2}}){_ORDINAL}", r"[\s./-]*"
    end = re.sub(r"\?P<(\w+)>", r"?P<last_\1>", rf"{day}{apart}(?:{_OF}{month}[,/-]?\s*)?")
    patterns = tuple(_of_pattern(pattern, names) for pattern in dict.fromkeys(stated))
    return Grammar(
        months=months,
        stem=re.compile(
            "|".join(re.escape(name) for name in months if not any(other != name and other in name for other in months))
        ),
        weekdays=weekdays,
        complete=(
            _compile(rf"(?<!\d){day}{apart}{_OF}{month}[,/-]?\s*{_OF}{_LONE_YEAR}"),
            _compile(rf"(?<![^\W\d_]){month}\s*[/-]?\s*{day},?\s*[/-]?\s*(?P<year>\d{{4}})(?!\d)"),
        ),
        patterns=tuple(dict.fromkeys(patterns)),
        numeric=tuple(pattern for pattern in dict.fromkeys(patterns) if _NUMERIC in pattern.pattern),
        without_year=(
            _compile(rf"(?<!\d){day}\s*{_OF}{month}(?!\s*,?\s*\d)"),
            _compile(rf"(?<![^\W\d_]){month}\s+{day}(?!\s*[,./-]?\s*\d)"),
        ),
        without_day=_compile(rf"{month},?\s+{_OF}(?P<year>\d{{4}})"),
        ranges=_compile(
            rf"(?:(?:du|from|vom|dal|del|de)\s+)?{day}{apart}(?:{_OF}{month}[,/-]?\s*)?"
            rf"(?:[–—-]|\b(?:to|au|bis|al?)\b)\s*{end}{_OF}(?P<year>\d{{4}})"
        ),
        ago=tuple(pattern for language in known for pattern in _ago_patterns(language)),
        days_ago=_merged(DAYS_AGO[language] for language in known),
    )


def _merged(tables: Iterable[dict[str, int]]) -> dict[str, int]:
    """Merge the names of some languages; for a name of two languages the first wins."""
    return {name: number for table in reversed(list(tables)) for name, number in table.items()}


def _of_pattern(pattern: str, names: str) -> re.Pattern[str]:
    """The regular expression of a pattern of the CLDR: white space may differ, and a comma or a dot may be missing."""
    made = ""
    for quoted, field, other in _PATTERN.findall(pattern):
        if field[:1] == "y":
            made += r"(?P<year>\d{4})"
        elif field[:1] == "d":
            made += r"(?P<day>\d{1,2})"
        elif field:
            made += _NUMERIC if len(field) < 3 else rf"(?P<month>{names})"
        elif other.isspace():
            made += r"\s*"
        else:
            made += re.escape(quoted or other) + (r"?\s*" if other in ",.،、" else "")
    return _compile(rf"(?<!\d){made}(?!\d)")


def _ago_patterns(language: str) -> list[re.Pattern[str]]:
    lead, tail, units = AGO[language]
    return [_compile(rf"{lead}\s*(?P<count>\d{{1,3}}|{ONE})\s*(?:{unit})\s*{tail}".strip()) for unit in units.split()]


def _compile(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)
