"""Media RSS 1.5.1: its elements, their attributes, and what depends on several of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from lxml import etree

from feeds.model import Finding
from feeds.validation import values
from feeds.validation.elements import ANY, Element, Module
from feeds.validation.findings import Attributes, finding, shown, text

NAMESPACE = "http://search.yahoo.com/mrss/"
_NS = f"{{{NAMESPACE}}}"
_MRSS = "Media RSS 1.5.1"
_POSITIVE, _COUNT = values.integer(1), values.integer(0)
_NPT = values.matching(r"\d+(\.\d+)?|\d{1,4}:[0-5]?\d(:[0-5]?\d)?(\.\d+)?|now", "a time like 12.05 or 00:00:12.05")
_SCHEME = values.matching(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", "a URI")
_SIZED: dict[str, values.Check] = {"width": _POSITIVE, "height": _POSITIVE}
_HOLDERS = "channel item group content feed entry"


def _of_attributes(required: Mapping[str, values.Check] = {}, /, **optional: values.Check) -> Attributes:
    return Attributes(_MRSS, required, optional)


_TEXT = Element(None, _of_attributes(type=values.one_of("plain html")), is_single=True)
MODULE = Module(
    _MRSS,
    {
        "group": Element(within="item entry"),
        "content": Element(
            None,
            _of_attributes(
                url=values.uri,
                fileSize=_COUNT,
                type=values.mime,
                medium=values.one_of("image audio video document executable"),
                isDefault=values.one_of("true false"),
                expression=values.one_of("sample full nonstop"),
                bitrate=values.number(0),
                framerate=values.number(0),
                samplingrate=values.number(0),
                channels=_COUNT,
                duration=values.number(0),
                lang=values.language,
                **_SIZED,
            ),
            within="item entry group channel feed",
        ),
        "rating": Element(values.not_empty, _of_attributes(scheme=_SCHEME), within=_HOLDERS),
        "adult": Element(values.one_of("true false")),
        "title": _TEXT,
        "description": _TEXT,
        "keywords": Element(is_single=True),
        "thumbnail": Element(None, _of_attributes({"url": values.uri}, time=_NPT, **_SIZED)),
        "category": Element(None, _of_attributes(scheme=_SCHEME, label=values.anything)),
        "hash": Element(None, _of_attributes(algo=values.one_of("md5 sha-1"))),
        "player": Element(None, _of_attributes({"url": values.uri}, **_SIZED), is_single=True),
        "credit": Element(
            None, _of_attributes(role=values.matching(r"[a-z][a-z -]*", "a role in lower case"), scheme=_SCHEME)
        ),
        "copyright": Element(None, _of_attributes(url=values.uri), is_single=True),
        "text": Element(
            None, _of_attributes(type=values.one_of("plain html"), lang=values.language, start=_NPT, end=_NPT)
        ),
        "restriction": Element(
            None,
            _of_attributes({"relationship": values.one_of("allow deny")}, type=values.one_of("country uri sharing")),
        ),
        "community": Element(is_single=True),
        "starRating": Element(
            None,
            _of_attributes(average=values.number(0), count=_COUNT, min=values.number(0), max=values.number(0)),
            within="community",
        ),
        "statistics": Element(None, _of_attributes(views=_COUNT, favorites=_COUNT), within="community"),
        "tags": Element(within="community"),
        "comments": Element(is_single=True),
        "comment": Element(within="comments"),
        "embed": Element(None, _of_attributes({"url": values.uri}, **_SIZED), is_single=True),
        "param": Element(None, _of_attributes({"name": values.not_empty}), within="embed"),
        "responses": Element(is_single=True),
        "response": Element(values.uri, within="responses"),
        "backLinks": Element(is_single=True),
        "backLink": Element(values.uri, within="backLinks"),
        "status": Element(
            None,
            _of_attributes({"state": values.one_of("active blocked deleted")}, reason=values.anything),
            is_single=True,
        ),
        "price": Element(
            None,
            _of_attributes(
                type=values.one_of("rent purchase package subscription"),
                info=values.anything,
                price=values.number(0),
                currency=values.matching("[A-Z]{3}", "a currency of ISO 4217 like EUR"),
            ),
        ),
        "license": Element(None, _of_attributes(type=values.mime, href=values.uri)),
        "subTitle": Element(None, _of_attributes(type=values.mime, lang=values.language, href=values.uri)),
        "peerLink": Element(None, _of_attributes({"href": values.uri}, type=values.mime)),
        "rights": Element(None, _of_attributes({"status": values.one_of("userCreated official")}), is_single=True),
        "scenes": Element(is_single=True),
        "scene": Element(within="scenes"),
        "sceneTitle": Element(within="scene", is_single=True),
        "sceneDescription": Element(within="scene", is_single=True),
        "sceneStartTime": Element(_NPT, within="scene", is_single=True),
        "sceneEndTime": Element(_NPT, within="scene", is_single=True),
        "location": Element(None, _of_attributes(description=values.anything, start=_NPT, end=_NPT)),
        "valid": ANY,
    },
)
# What media:rating may say, by its scheme.
_RATINGS: dict[str, values.Check] = {
    "urn:simple": values.one_of("adult nonadult"),
    "urn:mpaa": values.one_of("g m nc-17 nr pg pg-13 r x"),
    "urn:v-chip": values.matching(
        r"(?:ma|14|y7|y|pg|g|tv-ma|tv-14|tv-y7|tv-y|tv-pg|tv-g)(?:-(?:fv|[dlsv]+))?", "a V-chip rating like 14-ls"
    ),
    "urn:icra": values.matching(r"r\s*\(\s*(?:(?:[clnov][a-z]|vz|oz) [01]\s*)+\)", "an ICRA label like r (cz 1 lz 1)"),
}
_LENGTHS = {"md5": 32, "sha-1": 40}  # hexadecimal digits


def check(root: etree._Element) -> Iterator[Finding]:
    """Yield what depends on several elements or attributes: groups, contents, ratings, restrictions, hashes."""
    for group in root.iter(f"{_NS}group"):
        if len(group.findall(f"{_NS}content")) < 2:
            message = "<media:group> has fewer than two <media:content>; a group is for alternatives"
            yield finding(group, "error", "group-of-one", message, f"{_MRSS} <media:group>")
        defaults = [content for content in group.iterfind(f"{_NS}content") if content.get("isDefault") == "true"]
        if len(defaults) > 1:
            message = '<media:group> has more than one <media:content> with isDefault="true"'
            yield finding(defaults[1], "error", "bad-attribute", message, f"{_MRSS} <media:content>")
    for content in root.iter(f"{_NS}content"):
        if content.get("url") is None and content.find(f"{_NS}player") is None:
            message = "<media:content> has neither a url nor a <media:player>"
            yield finding(content, "warning", "missing-attribute", message, f"{_MRSS} <media:content>")
    for adult in root.iter(f"{_NS}adult"):
        message = '<media:adult> is out of use; write <media:rating scheme="urn:simple">adult</media:rating>'
        yield finding(adult, "warning", "deprecated-element", message, f"{_MRSS} <media:adult>")
    for rating in root.iter(f"{_NS}rating"):
        of_scheme = _RATINGS.get(rating.get("scheme", "urn:simple"))
        if of_scheme and (expected := of_scheme(text(rating))):
            message = f"<media:rating> is '{shown(text(rating))}'; expected {expected}"
            yield finding(rating, "error", "bad-value", message, f"{_MRSS} <media:rating>")
    for restriction in root.iter(f"{_NS}restriction"):
        if expected := _restriction(restriction.get("type"), text(restriction)):
            message = f"<media:restriction> is '{shown(text(restriction))}'; expected {expected}"
            yield finding(restriction, "error", "bad-value", message, f"{_MRSS} <media:restriction>")
    for digest in root.iter(f"{_NS}hash"):
        length = _LENGTHS.get(digest.get("algo", "md5"))
        if length and not re.fullmatch(f"[0-9a-fA-F]{{{length}}}", text(digest)):
            message = f"<media:hash> is '{shown(text(digest))}'; expected {length} hexadecimal digits"
            yield finding(digest, "warning", "bad-value", message, f"{_MRSS} <media:hash>")


def _restriction(kind: str | None, stated: str) -> str:
    if kind is None:
        return values.one_of("all none")(stated) if stated else ""
    if kind == "country" and not all(map(_is_country, stated.split())):
        return "country codes of ISO 3166 separated by spaces"
    if kind == "uri" and any(map(values.uri, stated.split())):
        return "addresses separated by spaces"
    return ""


def _is_country(code: str) -> bool:
    """Return True if ISO 3166-1 may assign a code; those reserved for private use are excluded."""
    code = code.upper()  # letters of any case: the example of Media RSS itself has small ones
    return bool(re.fullmatch("[A-Z]{2}", code)) and not re.fullmatch("AA|Q[M-Z]|X[A-Z]|ZZ", code)
