"""Make data/names.tsv: months, weekdays and patterns of dates of every language of the CLDR and of its countries.

Run by hand when that data has changed: `python -m feeds.dates.derive > feeds/dates/data/names.tsv`, and read the
difference before it is committed. Needs the extra "data" (Babel); nothing else in the package does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_CONSTRUCTED = re.compile("_(?:Shaw|Dsrt)")  # scripts in which no news are written, and half of the names of English
_FIELD = re.compile(r"'([^']*)'|([A-Za-z])\2*")
# Patterns that the grammar of all languages has already: day, month and year, or month, day and year, by name.
_USUAL = re.compile(r"d[\s./-]*(?:de |'de' )?MMMM?[\s./,-]*(?:'de' )?y|MMMM? d, y")
# What the CLDR has where nobody named it, or a number that is no name as "tháng 5" is one.
_ROOT = re.compile(r"m\d\d|mon|tue|wed|thu|fri|sat|sun|(?![^\W\d_]{3,}\s\d{1,2}$).*\d.*")


def rows() -> list[tuple[str, str, str, str]]:
    """Return language, names of months, names of weekdays and patterns; names of one thing have bars between them."""
    from babel import Locale, localedata

    by_language: dict[str, list[Any]] = {}
    for code in sorted(localedata.locale_identifiers()):
        if code != "root" and not _CONSTRUCTED.search(code):
            by_language.setdefault(code.partition("_")[0], []).append(Locale.parse(code))
    made = []
    for language, locales in by_language.items():
        months = _names([locale.months for locale in locales], range(1, 13))
        days = _names([locale.days for locale in locales], range(7))
        patterns = "|".join(sorted({pattern for locale in locales for pattern in _patterns(locale)}))
        if all(months) or patterns:
            made.append(
                (language, " ".join(months) if all(months) else "", " ".join(days) if all(days) else "", patterns)
            )
    return made


def _names(tables: Iterable[Mapping[str, Any]], numbers: range) -> list[str]:
    """The names of each number in all tables, those of the language before those of its countries."""
    found = []
    for number in numbers:
        names = (
            table[form][width][number].casefold().strip(" .")
            for table in tables
            for width in ("wide", "abbreviated")
            for form in ("format", "stand-alone")
        )
        found.append(
            "|".join(
                dict.fromkeys("_".join(name.split()) for name in names if len(name) > 1 and not _ROOT.fullmatch(name))
            )
        )
    return found


def _patterns(locale: Any) -> Iterator[str]:
    """Yield the patterns of dates that are not the usual ones, without their weekdays."""
    for width in ("full", "long", "medium"):
        pattern = re.sub(r"\s*,?\s*E+[.,]?\s*", " ", locale.date_formats[width].pattern).strip(" ,、،")
        fields = {match[0][:1] for match in _FIELD.finditer(pattern) if not match[0].startswith("'")}
        is_of_names = "MMM" in pattern or "LLL" in pattern
        has_words = is_of_names or re.search(
            r"[^\W\d_a-zA-Z]|'", pattern
        )  # else it is all numbers, which have an order
        if fields <= set("dMLy") and len(fields) == 3 and has_words and not _USUAL.fullmatch(pattern):
            yield pattern


if __name__ == "__main__":
    print("# language, months, weekdays, patterns; derived from the CLDR by feeds.dates.derive")
    for row in rows():
        print("\t".join(row))
