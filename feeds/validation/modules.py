"""The extension namespaces that news feeds use: their elements, and what each may hold.

An element that its namespace does not have is an error, a namespace that nobody here knows a warning.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from lxml import etree

from feeds.model import Finding
from feeds.validation import atom, values
from feeds.validation.findings import Attributes, Rule, Rules, attributes, finding, shown, text, value


class Element(NamedTuple):
    """What an element of a module may hold: its text (None: anything) and its attributes (None: any)."""

    check: values.Check | None = None
    attributes: Attributes | None = None


class Module(NamedTuple):
    """A namespace: its document and its elements; without a list, all are allowed."""

    reference: str
    elements: Mapping[str, Element] = {}


_ANY = Element()
_DC = "title creator subject description publisher contributor type format identifier source relation coverage rights"
_DECIMAL, _NORTH, _EAST = values.number(), values.number(-90, 90), values.number(-180, 180)
_LATITUDE, _LONGITUDE = Element(_NORTH), Element(_EAST)
_POSITIVE, _COUNT = values.integer(1), values.integer(0)
_NPT = values.matching(r"\d+(\.\d+)?|\d{1,4}:[0-5]?\d(:[0-5]?\d)?(\.\d+)?|now", "a time like 12.05 or 00:00:12.05")
_MRSS = "Media RSS"
_SCHEME = values.matching(r"[A-Za-z][A-Za-z0-9+.-]*:\S+", "a URI")
_TYPED = Attributes(_MRSS, {}, {"type": values.one_of("plain html")})
_SIZED = {"width": _POSITIVE, "height": _POSITIVE}


def _pairs(text_: str) -> str:
    """Check a list of latitudes and longitudes (GeoRSS Simple)."""
    numbers = text_.replace(",", " ").split()
    if len(numbers) < 2 or len(numbers) % 2 or any(map(_DECIMAL, numbers)):
        return "latitude and longitude, separated by a space"
    if any(map(_NORTH, numbers[::2])) or any(map(_EAST, numbers[1::2])):
        return "a latitude from -90 to 90 and a longitude from -180 to 180"
    return ""


values.PLAIN[_pairs] = re.compile(
    r"-?[0-8]?[0-9](?:\.[0-9]{1,15})? -?(?:1[0-7][0-9]|[0-9]{1,2})(?:\.[0-9]{1,15})?"  # one pair, as most have
).fullmatch


MODULES: dict[str, Module] = {
    "http://purl.org/rss/1.0/modules/content/": Module(
        "content module", dict.fromkeys("encoded items item format encoding".split(), _ANY)
    ),
    "http://purl.org/dc/elements/1.1/": Module(
        "Dublin Core",
        {
            **dict.fromkeys(_DC.split(), _ANY),
            "date": Element(values.w3cdtf),
            "language": Element(values.language),
        },
    ),
    "http://purl.org/dc/terms/": Module("Dublin Core terms"),
    "http://purl.org/rss/1.0/modules/syndication/": Module(
        "syndication module",
        {
            "updatePeriod": Element(values.one_of("hourly daily weekly monthly yearly")),
            "updateFrequency": Element(_POSITIVE),
            "updateBase": Element(values.w3cdtf),
        },
    ),
    "http://purl.org/rss/1.0/modules/slash/": Module(
        "slash module",
        {
            "section": Element(values.not_empty),
            "department": Element(values.not_empty),
            "comments": Element(_COUNT),
            "hit_parade": Element(values.matching(r"\d+(,\d+)*", "numbers separated by commas")),
        },
    ),
    "http://webns.net/mvcb/": Module("admin module"),
    "http://backend.userland.com/creativeCommonsRssModule": Module(
        "creativeCommons module", {"license": Element(values.uri)}
    ),
    "http://web.resource.org/cc/": Module("Creative Commons"),
    "http://creativecommons.org/ns#": Module("Creative Commons"),
    "http://wellformedweb.org/CommentAPI/": Module(
        "CommentAPI",
        {
            "comment": Element(values.uri),
            "commentRss": Element(values.uri),
            "commentRSS": Element(values.uri),
        },
    ),
    "http://madskills.com/public/xml/rss/module/trackback/": Module(
        "trackback module", {"ping": Element(values.uri), "about": Element(values.uri)}
    ),
    "http://www.w3.org/2003/01/geo/wgs84_pos#": Module(
        "W3C Basic Geo",
        {"lat": _LATITUDE, "long": _LONGITUDE, "alt": Element(values.number()), "Point": _ANY, "location": _ANY},
    ),
    "http://geourl.org/rss/module/": Module("GeoURL", {"latitude": _LATITUDE, "longitude": _LONGITUDE}),
    "http://www.georss.org/georss": Module(
        "GeoRSS",
        {
            "point": Element(_pairs),
            "line": Element(_pairs),
            "polygon": Element(_pairs),
            "box": Element(_pairs),
            # GeoRSS 17-002r1 writes the last three with capitals, GeoRSS 1.1 without.
            **dict.fromkeys("circle where elev floor radius featuretypetag relationshiptag featurename".split(), _ANY),
            **dict.fromkeys("featureTypeTag relationshipTag featureName".split(), _ANY),
        },
    ),
    "http://www.opengis.net/gml": Module("GML"),
    "http://purl.org/syndication/history/1.0": Module(
        "RFC 5005", {"archive": _ANY, "complete": _ANY, "incremental": _ANY}
    ),
    "http://purl.org/atompub/tombstones/1.0": Module(
        "RFC 6721",
        {
            "deleted-entry": Element(None, Attributes("RFC 6721 3", {"ref": values.uri, "when": values.rfc3339}, {})),
            "by": _ANY,
            "comment": _ANY,
        },
    ),
    "http://purl.org/syndication/thread/1.0": Module(
        "RFC 4685",
        {
            "in-reply-to": Element(
                None,
                Attributes(
                    "RFC 4685 3",
                    {"ref": values.uri},
                    {"href": values.reference, "source": values.reference, "type": values.mime},
                ),
            ),
            "total": Element(_COUNT),
        },
    ),
    "http://search.yahoo.com/mrss/": Module(
        _MRSS,
        {
            "group": _ANY,
            "content": Element(
                None,
                Attributes(
                    _MRSS,
                    {},
                    {
                        "url": values.uri,
                        "fileSize": _COUNT,
                        "type": values.mime,
                        "medium": values.one_of("image audio video document executable"),
                        "isDefault": values.one_of("true false"),
                        "expression": values.one_of("sample full nonstop"),
                        "bitrate": values.number(0),
                        "framerate": values.number(0),
                        "samplingrate": values.number(0),
                        "channels": _COUNT,
                        "duration": values.number(0),
                        "lang": values.language,
                        **_SIZED,
                    },
                ),
            ),
            "rating": Element(values.not_empty, Attributes(_MRSS, {}, {"scheme": _SCHEME})),
            "adult": Element(values.one_of("true false")),
            "title": Element(None, _TYPED),
            "description": Element(None, _TYPED),
            "keywords": _ANY,
            "thumbnail": Element(None, Attributes(_MRSS, {"url": values.uri}, {**_SIZED, "time": _NPT})),
            "category": Element(None, Attributes(_MRSS, {}, {"scheme": _SCHEME, "label": values.anything})),
            "hash": Element(None, Attributes(_MRSS, {}, {"algo": values.one_of("md5 sha-1")})),
            "player": Element(None, Attributes(_MRSS, {"url": values.uri}, _SIZED)),
            "credit": Element(
                None,
                Attributes(
                    _MRSS,
                    {},
                    {"role": values.matching(r"[a-z][a-z -]*", "a role in lower case"), "scheme": _SCHEME},
                ),
            ),
            "copyright": Element(None, Attributes(_MRSS, {}, {"url": values.uri})),
            "text": Element(
                None,
                Attributes(
                    _MRSS,
                    {},
                    {"type": values.one_of("plain html"), "lang": values.language, "start": _NPT, "end": _NPT},
                ),
            ),
            "restriction": Element(
                None,
                Attributes(
                    _MRSS,
                    {"relationship": values.one_of("allow deny")},
                    {"type": values.one_of("country uri sharing")},
                ),
            ),
            **dict.fromkeys(
                "community starRating statistics tags comments comment embed param responses response backLinks "
                "backLink status price license subTitle peerLink rights scenes scene sceneTitle sceneDescription "
                "sceneStartTime sceneEndTime location".split(),
                _ANY,
            ),
        },
    ),
    "http://www.itunes.com/dtds/podcast-1.0.dtd": Module("iTunes"),
    "http://www.w3.org/2007/app": Module(
        "RFC 5023", {"edited": Element(values.rfc3339), "control": _ANY, "draft": _ANY}
    ),
    "http://www.w3.org/1999/xhtml": Module("XHTML"),
    "http://www.w3.org/2000/svg": Module("SVG"),
    "http://www.w3.org/1998/Math/MathML": Module("MathML"),
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": Module("RDF"),
    "http://purl.org/rss/1.0/": Module("RSS 1.0"),
    "http://my.netscape.com/rdf/simple/0.9/": Module("RSS 0.90"),
    "http://xmlns.com/foaf/0.1/": Module("FOAF"),
    "http://www.w3.org/2000/01/rdf-schema#": Module("RDF Schema"),
    "http://rssnamespace.org/feedburner/ext/1.0": Module("FeedBurner"),
    "http://a9.com/-/spec/opensearch/1.1/": Module("OpenSearch"),
    "http://a9.com/-/spec/opensearchrss/1.0/": Module("OpenSearch"),
    "http://schemas.pocketsoap.com/rss/myDescModule/": Module("myDesc"),
    "http://blogs.law.harvard.edu/tech/rss": Module("RSS 2.0"),
}
_FH = "http://purl.org/syndication/history/1.0"
_THR = "http://purl.org/syndication/thread/1.0"
_MEDIA = "http://search.yahoo.com/mrss/"
# What media:rating may say, by its scheme.
_RATINGS: dict[str, values.Check] = {
    "urn:simple": values.one_of("adult nonadult"),
    "urn:mpaa": values.one_of("g m nc-17 nr pg pg-13 r x"),
    "urn:v-chip": values.matching(
        r"(?:ma|14|y7|y|pg|g|tv-ma|tv-14|tv-y7|tv-y|tv-pg|tv-g)(?:-(?:fv|[dlsv]+))?", "a V-chip rating like 14-ls"
    ),
    "urn:icra": values.matching(r"r\s*\(\s*(?:(?:[clnov][a-z]|vz|oz) [01]\s*)+\)", "an ICRA label like r (cz 1 lz 1)"),
}


class Namespaces:
    """Checks elements outside a feed's own vocabulary; remembers which namespaces were met."""

    def __init__(self) -> None:
        self._unknown: set[str] = set()
        self._met: set[str] = set()
        self._rules: Rules = {}  # of the elements that were met

    def judge(self, element: etree._Element) -> Iterable[Finding]:
        """Return the findings about one element."""
        rules = self._rules.get(element.tag)
        if rules is None:
            return self._meet(element)
        if len(rules) == 1:
            return rules[0](element)
        return [found for rule in rules for found in rule(element)]

    def _meet(self, element: etree._Element) -> Iterable[Finding]:
        """Record the first element of a name, or report one that is always wrong."""
        tag = str(element.tag)
        if tag[0] != "{":
            return atom.unnamed(element)
        if tag.startswith(atom.NS):
            return ()
        space, _, called = tag[1:].partition("}")
        self._met.add(space)
        module = MODULES.get(space)
        if module is not None and module.elements and tag not in _TABLE:
            message = f"<{called}> is not an element of its namespace ({module.reference})"
            return (finding(element, "error", "undefined-element", message, module.reference),)
        self._rules[tag] = _TABLE.get(tag, ())
        if module is None and space not in self._unknown:
            self._unknown.add(space)
            message = f"<{called}> is of a namespace that is not known here: '{shown(space)}'"
            return (finding(element, "warning", "unknown-namespace", message, "RFC 4287 6.4, RSS 2.0"),)
        return [found for rule in self._rules[tag] for found in rule(element)]

    def finish(self, root: etree._Element) -> list[Finding]:
        """Return the findings about the document as a whole."""
        found = list(_history(root))
        if _THR in root.nsmap.values() or _THR in self._met:
            found += _thread_links(root)
        if _MEDIA in self._met:
            found += _media(root)
        return found


def _rules(module: Module, element: Element) -> tuple[Rule, ...]:
    found: list[Rule] = []
    if element.check:
        found.append(value(element.check, "bad-value", module.reference))
    if element.attributes:
        found.append(attributes(element.attributes))
    return tuple(found)


_TABLE = {
    f"{{{space}}}{called}": _rules(module, element)
    for space, module in MODULES.items()
    for called, element in module.elements.items()
}


def _history(root: etree._Element) -> Iterator[Finding]:
    """Check which links stand next to fh:complete and fh:archive (RFC 5005)."""
    top = root if root.tag == atom.NS + "feed" else root.find("channel")
    if top is None:
        return
    links = {link.get("rel", "alternate"): link for link in top.findall(atom.NS + "link")}
    own = links["self"].get("href") if "self" in links else None
    if top.find(f"{{{_FH}}}complete") is not None:
        yield from _complete(links, own)
    for forward, end in (("next", "last"), ("previous", "first"), ("next-archive", "last"), ("prev-archive", "first")):
        if forward in links and end in links and own is not None and links[end].get("href") == own:
            message = f'<link rel="{forward}"> leads on from the {end} document'
            yield finding(links[forward], "error", "link-past-end", message, "RFC 5005 3")
    archive = top.find(f"{{{_FH}}}archive")
    if archive is not None and "current" not in links:
        message = 'an archive document should have a <link rel="current">'
        yield finding(archive, "warning", "no-current-link", message, "RFC 5005 4")


def _complete(links: dict[str, etree._Element], own: str | None) -> Iterator[Finding]:
    """Check the links of a feed that declares itself complete."""
    for relation in ("first", "last", "next", "previous", "prev-archive", "next-archive"):
        if relation in links:
            message = f'a complete feed has no <link rel="{relation}">'
            yield finding(links[relation], "error", "link-in-complete-feed", message, "RFC 5005 2")
    if "current" in links and links["current"].get("href") != own:
        message = 'the <link rel="current"> of a complete feed is the feed itself'
        yield finding(links["current"], "error", "link-in-complete-feed", message, "RFC 5005 2")


def _thread_links(root: etree._Element) -> Iterator[Finding]:
    """Check the thread attributes of a link (RFC 4685 4)."""
    known = {"count": values.integer(0), "updated": values.rfc3339}
    for link in root.iter(atom.NS + "link"):
        for key, stated in link.attrib.items():
            if not str(key).startswith(f"{{{_THR}}}"):
                continue
            called = str(etree.QName(str(key)).localname)
            if called not in known:
                message = f"attribute 'thr:{called}' is not known; expected thr:count or thr:updated"
                yield finding(link, "error", "undefined-attribute", message, "RFC 4685 4")
            elif expected := known[called](str(stated)):
                message = f"thr:{called} of <link> is '{shown(str(stated))}'; expected {expected}"
                yield finding(link, "error", "bad-attribute", message, "RFC 4685 4")


def _media(root: etree._Element) -> Iterator[Finding]:
    """Check groups, ratings and restrictions of Media RSS."""
    for group in root.iter(f"{{{_MEDIA}}}group"):
        if len(group.findall(f"{{{_MEDIA}}}content")) < 2:
            message = "<media:group> has fewer than two <media:content>; a group is for alternatives"
            yield finding(group, "error", "group-of-one", message, _MRSS)
    for rating in root.iter(f"{{{_MEDIA}}}rating"):
        of_scheme = _RATINGS.get(rating.get("scheme", "urn:simple"))
        if of_scheme and (expected := of_scheme(text(rating))):
            message = f"<media:rating> is '{shown(text(rating))}'; expected {expected}"
            yield finding(rating, "error", "bad-value", message, _MRSS)
    for restriction in root.iter(f"{{{_MEDIA}}}restriction"):
        if expected := _restriction(restriction.get("type"), text(restriction)):
            message = f"<media:restriction> is '{shown(text(restriction))}'; expected {expected}"
            yield finding(restriction, "error", "bad-value", message, _MRSS)


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
