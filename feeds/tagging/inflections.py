"""Regular inflections of names and demonyms: plurals and feminines, German genitives, Russian cases.

Light on purpose: a form that is not regular stands in the tables. Accents are left to the matcher, which folds them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from feeds.tagging.matcher import fold


def inflected(form: str, language: str) -> tuple[str, ...]:
    """Return the regular inflections of a demonym, with itself."""
    return _DEMONYMS.get(language, _iberian)(form)


def declined(form: str, language: str) -> tuple[str, ...]:
    """Return the regular cases of the name of a country or a place, with itself."""
    if language == "de":
        return _german_name(form)
    return tuple(dict.fromkeys((form, *_russian_cases(form)))) if language == "ru" else (form,)


def _english(form: str) -> tuple[str, ...]:
    return (form,) if form.endswith(("s", "sh", "ch", "ese", "x", "men")) else (form, form + "s")


def _french(form: str) -> tuple[str, ...]:
    if form.endswith("e"):
        return form, form + "s"
    if form.endswith("s"):
        return form, form + "e", form + "es"
    feminine = form + ("ne" if form.endswith("en") else "e")
    return form, form + "s", feminine, feminine + "s"


def _iberian(form: str) -> tuple[str, ...]:
    """Return the inflections of Spanish and Portuguese."""
    if form.endswith("o"):
        return form, form + "s", form[:-1] + "a", form[:-1] + "as"
    if form.endswith(("és", "ês", "án", "ón", "ín")):
        bare = fold(form)
        return form, bare + "a", bare + "es", bare + "as"
    if form.endswith(("e", "a", "ú", "u")):
        return form, form + "s"
    if form.endswith("í"):
        return form, form + "s", form + "es"
    return form, form + "es", form + "a", form + "as"


def _italian(form: str) -> tuple[str, ...]:
    if form.endswith("co"):
        return form, form[:-1] + "a", form[:-1] + "i", form[:-1] + "hi", form[:-1] + "he"
    if form.endswith("o"):
        return form, form[:-1] + "a", form[:-1] + "i", form[:-1] + "e"
    return (form, form[:-1] + "i") if form.endswith("e") else (form,)


def _german(form: str) -> tuple[str, ...]:
    """Return the forms of an adjective ("syrisch") or of a people ("Syrer")."""
    if form.endswith("isch") or form[0].islower():
        return form, *(form + ending for ending in ("e", "er", "es", "en", "em"))
    if form.endswith("er"):
        return form, form + "n", form + "s", form + "in", form + "innen"
    if form.endswith("e"):
        return form, form + "n", form[:-1] + "in", form[:-1] + "innen"
    return form, form + "s", form + "in", form + "innen"


def _german_name(form: str) -> tuple[str, ...]:
    """Return the genitive of a name, and the cases of the adjectives before one: "Vereinigten Staaten"."""
    *before, last = form.split(" ")
    weak = [word + "n" if word.endswith("e") else word[:-2] + "en" if word.endswith("es") else word for word in before]
    strong = [word + "r" if word.endswith("e") else word for word in before]
    genitive = last if last.endswith(("s", "z", "x", "ß")) else last + "s"
    found = (form, " ".join((*weak, last)), " ".join((*strong, last)))
    return tuple(dict.fromkeys((*found, genitive if not before else " ".join((*weak, genitive)))))


# --- Russian ----------------------------------------------------------------------------------------------------------

# Endings of the nominative -> those of genitive, dative, accusative, instrumental, prepositional; the longest first.
_ADJECTIVES = {
    "ая": ("ой", "ой", "ую", "ой", "ой"),
    "яя": ("ей", "ей", "юю", "ей", "ей"),
    "ые": ("ых", "ым", "ые", "ыми", "ых"),
    "ие": ("их", "им", "ие", "ими", "их"),
    "ое": ("ого", "ому", "ое", "ым", "ом"),
    "ый": ("ого", "ому", "ый", "ым", "ом"),
    "ий": ("ого", "ому", "ий", "им", "ом"),
    "ой": ("ого", "ому", "ой", "ым", "ом"),
}
_NOUNS = {
    "ия": ("ии", "ии", "ию", "ией", "ии"),
    "ья": ("ьи", "ье", "ью", "ьей", "ье"),
    "ша": ("ши", "ше", "шу", "шей", "ше"),
    "ка": ("ки", "ке", "ку", "кой", "ке"),
    "га": ("ги", "ге", "гу", "гой", "ге"),
    "ха": ("хи", "хе", "ху", "хой", "хе"),
    "ца": ("цы", "це", "цу", "цей", "це"),
    "а": ("ы", "е", "у", "ой", "е"),
    "я": ("и", "е", "ю", "ей", "е"),
    "ай": ("ая", "аю", "ай", "аем", "ае"),
    "ей": ("ея", "ею", "ей", "еем", "ее"),
    "ы": ("", "ам", "ы", "ами", "ах"),
}
_PLURALS = {"острова": ("островов", "островам", "острова", "островами", "островах")}
_CONSONANT = re.compile("[бвгджзклмнпрстфхцчшщ]$")
_IS_ADJECTIVE = re.compile("(?:ск|н|дн|чн|жн|ый|ап|оч)(?:ая|яя|ые|ие|ое|ый|ий|ой)$")


def _russian_cases(name: str) -> Iterator[str]:
    """Yield the cases of a name: of its adjectives, and of its first noun; what follows that stays."""
    words = name.split(" ")
    cases: list[tuple[str, ...]] = []
    has_noun = False
    for word in words:
        forms = (word,) if has_noun else _russian_word(word)
        has_noun = has_noun or not _IS_ADJECTIVE.search(word)
        cases.append(forms)
    for number in range(6):
        yield " ".join(forms[min(number, len(forms) - 1)] for forms in cases)


def _russian_word(word: str) -> tuple[str, ...]:
    """Return genitive, dative, accusative, instrumental and prepositional of a word, and for some a second genitive or
    instrumental; of a compound those of its last part.
    """
    if "-" in word:
        first, _, last = word.rpartition("-")
        return tuple(f"{first}-{form}" for form in _russian_word(last))
    if word in _PLURALS:
        return _PLURALS[word]
    if _IS_ADJECTIVE.search(word):
        forms = tuple(word[:-2] + ending for ending in _ADJECTIVES[word[-2:]])
        return (*forms, forms[0])
    for ending, cases in _NOUNS.items():
        if word.endswith(ending):
            more = (word[: -len(ending)] + "ов",) if ending == "ы" else ()
            return tuple(word[: -len(ending)] + case for case in cases) + more
    if word.endswith("ь"):
        return (word[:-1] + "и", word[:-1] + "и", word, word + "ю", word[:-1] + "и")
    if _CONSONANT.search(word) and not word.isupper():
        return tuple(word + ending for ending in ("а", "у", "", "ом", "е", "ем"))
    return (word,)


def _russian(form: str) -> tuple[str, ...]:
    """Return the forms of an adjective, in all genders; of a people the cases of one and of many."""
    if re.search("(?:ск|ц)ий$", form):
        stem = form[:-2]
        return tuple(stem + ending for ending in "ий ая ое ие ого ой их ому им ими ую ом".split())
    if form.endswith("ец"):
        stem = form[:-2] + "ц"
        return (form, *(stem + ending for ending in "а у ем е ы ев ам ами ах".split()))
    if form.endswith("ин") or _CONSONANT.search(form):
        return (form, *(form + ending for ending in "а у ом е ы ов ам ами ах".split()))
    return (form,)


# --- phrases of topics ------------------------------------------------------------------------------------------------

# Endings of participles and adjectives made of them: masculine -> feminine.
_GENDERS = {
    "es": re.compile(r"(?<=[a-zñáéíóú]{3})([ai])(do)(s?)\b"),
    "pt": re.compile(r"(?<=[a-zçãõáéíóú]{3})([ai])(do)(s?)\b"),
}
_FRENCH_PARTICIPLE = re.compile(r"(?<=[a-zà-ÿ]{3})é(s?)\b")
_OPERATORS = (" AND ", " NEAR ", " NOT ")


def spellings(phrase: str, language: str) -> tuple[str, ...]:
    """Return a phrase of a taxonomy with what a reader takes for the same: its participles in the other gender, and a
    compound with a hyphen, a space or neither: "cross-border", "crossborder".
    """
    found = [phrase]
    if "=" not in phrase[:3] and not any(operator in phrase for operator in _OPERATORS):
        if language == "fr":
            found += [_FRENCH_PARTICIPLE.sub(r"ée\1", phrase)]
        elif pattern := _GENDERS.get(language):
            found += [pattern.sub(r"\1da\3", phrase)]
        found += [form.replace("-", "") for form in found if "-" in form]
    return tuple(dict.fromkeys(found))


def _as_it_is(form: str) -> tuple[str, ...]:
    return (form,)


_DEMONYMS: dict[str, Callable[[str], tuple[str, ...]]] = {
    "en": _english,
    "fr": _french,
    "it": _italian,
    "de": _german,
    "ru": _russian,
    "ar": _as_it_is,
    "nl": _as_it_is,
    "zh": _as_it_is,
}
