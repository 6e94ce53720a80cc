"""Which places count: towns beside countries, offices, who speaks for a state, and names written for HTML."""

from __future__ import annotations

import pytest
from test_tagging import countries

from feeds.tagging import tag


@pytest.mark.parametrize(
    ("title", "country", "phrase"),
    [
        ("C&ocirc;te d&#8217;Ivoire: voters return", "ci", "C&ocirc;te d&#8217;Ivoire"),
        ("Aid reaches S&#xe3;o Tom&eacute; and Pr&iacute;ncipe", "st", "S&#xe3;o Tom&eacute; and Pr&iacute;ncipe"),
        ("Water &amp; sanitation in Per&uacute;", "pe", "Per&uacute;"),
        ("&quot;Panama&quot; opens", "pa", "Panama"),
        ("&nbsp;Chile&nbsp;votes", "cl", "Chile"),
        ("R&D in Kenya", "ke", "Kenya"),
        ("A &madeup; word in Kenya &amp;lt;", "ke", "Kenya"),
        ("Haiti &#xD800; &#0; votes", "ht", "Haiti"),
    ],
)
def test_character_references_mean_what_they_say_and_evidence_stands_in_the_text(
    title: str, country: str, phrase: str
) -> None:
    for tags, field, text in (
        (tag(title, ""), "title", title),
        (tag("", f"{title} again. {title}."), "text", f"{title} again. {title}."),
    ):
        assert [category.term for category in tags.categories if category.scheme == "countries"] == [country]
        found = [evidence for evidence in tags.evidence if evidence.term == country]
        assert found
        for evidence in (*tags.evidence, *tags.rejected):
            assert text[evidence.start : evidence.end] == evidence.phrase
        assert {(evidence.field, evidence.phrase) for evidence in found} == {(field, phrase)}


@pytest.mark.parametrize(
    ("title", "text", "language", "expected"),
    [
        # A town of a country that has none of that name in the tables is not the town of another country.
        ("Inundación en San Javier", "San Javier, BOLIVIA, 22 dic (ABI).- Declaran emergencia.", "es", {"bo"}),
        ("Clinic opens", "The clinic in Liwa, Chad (pop. 565) opened. Liwa has no other.", "en", {"td"}),
        ("Clinic opens", "Talks with officials of Cordoba, Chile and Peru went on.", "en", {"ar", "cl", "pe"}),
        # The place of an office in a dateline of several.
        ("Massacres au Kasaï", "Paris - Kinshasa, le 20 décembre 2017. Une mission de la FIDH.", "fr", {"cd"}),
        ("Report on camps", "London/Juba, 3 March 2020 - A report on camps in South Sudan.", "en", {"ss"}),
        ("Report on camps", "PARIS, 3 March 2020 - A report on the camps of the town.", "en", {"fr"}),
        # A town in the title does not lead beside a country of which much more is said.
        (
            "Boletín del Chaco",
            "La temperatura en Yacuiba fue de 17 °C. En Camiri llovió. Bolivia espera más lluvia en Bolivia.",
            "es",
            {"bo"},
        ),
        ("Boletín de Yacuiba", "La temperatura fue de 17 °C.", "es", {"bo"}),
    ],
)
def test_towns_beside_countries_and_offices(title: str, text: str, language: str, expected: set[str]) -> None:
    assert countries(title, text, language) == expected


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("The Permanent Representative of Japan said that Chad needs help. Chad has many refugees.", "en", {"td"}),
        ("Turkey's representative recalled that Chad needs help. Chad has many refugees.", "en", {"td"}),
        ("El Representante Permanente de Suecia dijo que el Chad necesita ayuda. El Chad sufre.", "es", {"td"}),
        ("Le Représentant permanent du Japon a dit que le Tchad a besoin d'aide. Le Tchad souffre.", "fr", {"td"}),
        ("Representatives of Panama and Honduras signed an agreement.", "en", {"pa", "hn"}),
    ],
)
def test_who_speaks_for_a_country_is_not_what_is_spoken_of(text: str, language: str, expected: set[str]) -> None:
    assert countries("", text, language) == expected
