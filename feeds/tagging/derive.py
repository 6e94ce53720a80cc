"""Print data/names.tsv: the names of countries in the CLDR, cleaned, in the languages we tag.

Run by hand when the CLDR has changed: `python -m feeds.tagging.derive > feeds/tagging/data/names.tsv`, and read the
difference before it is committed. Needs Babel (extra "dev"); nothing else in the package does.
"""

from __future__ import annotations

import re

LANGUAGES = ("en", "es", "fr", "pt")
# Territories of the CLDR that are no ISO 3166-1 codes, or not countries.
LEFT_OUT = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN XA XB XK ZZ".split())
# Where the CLDR's form is not what a text says, or not what a feed should be called; the label first.
OWN = {
    ("CD", "en"): ["Democratic Republic of the Congo", "DR Congo", "DRC", "Congo-Kinshasa"],
    ("CD", "es"): ["República Democrática del Congo", "RD Congo", "RDC"],
    ("CD", "fr"): ["République démocratique du Congo", "RD Congo", "RDC"],
    ("CD", "pt"): ["República Democrática do Congo", "RD Congo", "RDC"],
    ("CG", "en"): ["Congo", "Republic of the Congo", "Congo-Brazzaville"],
    ("CG", "es"): ["Congo", "República del Congo", "Congo-Brazzaville"],
    ("CG", "fr"): ["Congo", "République du Congo", "Congo-Brazzaville"],
    ("CG", "pt"): ["Congo", "República do Congo", "Congo-Brazzaville"],
    ("HK", "en"): ["Hong Kong"],
    ("HK", "es"): ["Hong Kong"],
    ("HK", "fr"): ["Hong Kong"],
    ("HK", "pt"): ["Hong Kong"],
    ("MO", "en"): ["Macao", "Macau"],
    ("MO", "es"): ["Macao", "Macau"],
    ("MO", "fr"): ["Macao", "Macau"],
    ("MO", "pt"): ["Macau"],
    ("MM", "en"): ["Myanmar", "Burma"],
    ("MM", "es"): ["Myanmar", "Birmania"],
    ("MM", "fr"): ["Myanmar", "Birmanie"],
    ("MM", "pt"): ["Mianmar", "Myanmar", "Birmânia"],
    ("RE", "fr"): ["La Réunion", "l'île de la Réunion", "Île de La Réunion"],
    ("RE", "es"): ["La Reunión", "Isla Reunión", "Isla de la Reunión"],
    ("SX", "fr"): ["Sint Maarten", "Saint-Martin (partie néerlandaise)"],
    ("PS", "en"): ["Palestine", "Palestinian Territories", "Palestinian Territory", "State of Palestine"],
    ("PS", "es"): ["Palestina", "Territorios Palestinos"],
    ("PS", "fr"): ["Palestine", "Territoires palestiniens"],
    ("PS", "pt"): ["Palestina", "Territórios Palestinos", "Territórios palestinos"],
}


def forms(name: str) -> list[str]:
    """The name as a label, then what else a text may write for it."""
    if bracket := re.fullmatch(r"(.+) \((.+)\)", name):
        return [bracket[1], bracket[2], name]
    label = re.sub(r"^St\. ", "Saint ", name).replace("&", "and")
    return [label, label.replace("’", "'"), name.replace("&", "and"), name]


def rows() -> list[tuple[str, str, str]]:
    """(code, language, "name|other form|…"), by code and language."""
    from babel import Locale

    result = []
    for language in LANGUAGES:
        territories = Locale(language).territories
        for code in map(str, territories):
            if not re.fullmatch("[A-Z]{2}", code) or code in LEFT_OUT:
                continue
            names = OWN.get((code, language)) or forms(str(territories[code]))
            result.append((code, language, "|".join(dict.fromkeys(names))))
    return sorted(result)


if __name__ == "__main__":
    print(
        "# Names of countries: ISO 3166-1 alpha-2, language, label and other names. Made by feeds.tagging.derive from"
    )
    print("# the Unicode CLDR (Unicode-3.0 licence); do not edit by hand, add to places.tsv instead.")
    for row in rows():
        print("\t".join(row))
