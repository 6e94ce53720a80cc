"""The extension namespaces that news feeds use: their elements, and what each may hold.

An element that its namespace does not have is an error, a namespace that nobody here knows a warning. Media RSS and
podcasts have modules of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from lxml import etree

from feeds.model import Finding
from feeds.validation import atom, feedsync, geo, history_links, media, podcasts, values
from feeds.validation.elements import ANY, Element, Module, rules_of
from feeds.validation.findings import Attributes, Rules, finding, label, shown

_DC = "title creator subject description publisher contributor type format identifier source relation coverage rights"
_DCTERMS = (
    "abstract accessRights accrualMethod accrualPeriodicity accrualPolicy alternative audience available "
    "bibliographicCitation conformsTo contributor coverage created creator date dateAccepted "
    "dateCopyrighted dateSubmitted description "
    "educationLevel extent format hasFormat hasPart hasVersion identifier "
    "instructionalMethod isFormatOf isPartOf isReferencedBy isReplacedBy isRequiredBy issued "
    "isVersionOf language license mediator medium "
    "modified provenance publisher references relation replaces requires rights rightsHolder source spatial subject "
    "tableOfContents temporal title type valid"
)
_POSITIVE, _COUNT = values.integer(1), values.integer(0)
_DATE = Element(values.w3cdtf)


def _event_date(text_: str) -> str:
    """A date of W3CDTF; the event module has times without a zone."""
    is_local = re.fullmatch(r"[^T]*T\d\d:\d\d(?::\d\d)?", text_)
    return values.w3cdtf(f"{text_}Z" if is_local else text_)


def _tags(reference: str, names: str, element: Element = ANY) -> Module:
    return Module(reference, dict.fromkeys(names.split(), element))


_THREAD_REFERENCE = Attributes(
    "RFC 4685 3", {"ref": values.uri}, {"href": values.reference, "source": values.reference, "type": values.mime}
)
_ADDRESS = Element(values.uri)
_SINGLE_ADDRESS = Element(values.uri, is_single=True)
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"


def _resource(reference: str, within: str = "", is_single: bool = False) -> Element:
    """Return an element that names something by rdf:resource."""
    stated = Attributes(reference, {f"{_RDF}resource": values.uri}, is_closed=False)
    return Element(None, stated, within, is_single)


MODULES: dict[str, Module] = {
    "http://purl.org/rss/1.0/modules/content/": Module(
        "content module",
        {
            "encoded": Element(None, Attributes("content module"), "item entry", is_single=True, is_text=True),
            "items": ANY,
            "item": ANY,
            "format": ANY,
            "encoding": ANY,
        },
        is_strict=True,
    ),
    "http://purl.org/dc/elements/1.1/": Module(
        "Dublin Core",
        {
            **dict.fromkeys(_DC.split(), ANY),
            "date": _DATE,
            "language": Element(values.language),
        },
    ),
    "http://purl.org/dc/terms/": Module(
        "Dublin Core terms",
        {
            **dict.fromkeys(_DCTERMS.split(), ANY),
            **dict.fromkeys("created modified issued dateAccepted dateCopyrighted dateSubmitted".split(), _DATE),
            "language": Element(values.language),
        },
    ),
    "http://purl.org/rss/1.0/modules/syndication/": Module(
        "syndication module",
        {
            "updatePeriod": Element(
                values.one_of("hourly daily weekly monthly yearly"), within="channel feed", is_single=True
            ),
            "updateFrequency": Element(_POSITIVE, within="channel feed", is_single=True),
            "updateBase": Element(values.w3cdtf, within="channel feed", is_single=True),
        },
        is_strict=True,
    ),
    "http://purl.org/rss/1.0/modules/slash/": Module(
        "slash module",
        {
            "section": Element(values.not_empty, within="item entry", is_single=True),
            "department": Element(values.not_empty, within="item entry", is_single=True),
            "comments": Element(_COUNT, within="item entry", is_single=True),
            "hit_parade": Element(
                values.matching(r"\d+(,\d+)*", "numbers separated by commas"), within="item entry", is_single=True
            ),
        },
        is_strict=True,
    ),
    "http://webns.net/mvcb/": Module(
        "admin module",
        {
            "generatorAgent": _resource("admin module", "channel feed", is_single=True),
            "errorReportsTo": _resource("admin module", "channel feed", is_single=True),
        },
        is_strict=True,
    ),
    "http://backend.userland.com/creativeCommonsRssModule": Module("creativeCommons module", {"license": _ADDRESS}),
    "http://backend.userland.com/blogChannelModule": Module(
        "blogChannel module",
        {
            **dict.fromkeys(("blogRoll", "mySubscriptions", "blink"), _ADDRESS._replace(within="channel")),
            "changes": Element(within="channel"),
        },
        is_strict=True,
    ),
    "http://web.resource.org/cc/": Module(
        "Creative Commons",
        {
            "license": _resource("Creative Commons"),
            **dict.fromkeys(("permits", "requires", "prohibits"), _resource("Creative Commons")),
            **dict.fromkeys(("License", "Work", "Agent", "PublicDomain"), ANY),
        },
        is_growing=True,
    ),
    "http://creativecommons.org/ns#": Module("Creative Commons"),
    "http://wellformedweb.org/CommentAPI/": Module(
        "CommentAPI",
        dict.fromkeys(("comment", "commentRss", "commentRSS"), _SINGLE_ADDRESS._replace(within="item entry")),
    ),
    "http://madskills.com/public/xml/rss/module/trackback/": Module(
        "trackback module", {"ping": _ADDRESS._replace(within="item entry"), "about": _ADDRESS}
    ),
    **geo.MODULES,
    "http://www.opengis.net/gml": Module("GML"),
    history_links.FH: Module(
        "RFC 5005",
        dict.fromkeys(("archive", "complete", "incremental"), Element(within="feed channel", is_single=True)),
        is_strict=True,
    ),
    "http://purl.org/atompub/tombstones/1.0": Module(
        "RFC 6721",
        {
            "deleted-entry": Element(
                None,
                Attributes("RFC 6721 3", {"ref": values.uri, "when": values.rfc3339}, {}),
                within="feed channel source",
            ),
            "by": Element(within="deleted-entry", is_single=True),
            "comment": Element(within="deleted-entry", is_single=True),
        },
    ),
    history_links.THR: Module(
        "RFC 4685",
        {
            "in-reply-to": Element(None, _THREAD_REFERENCE),
            "total": Element(_COUNT, within="entry item", is_single=True),
        },
    ),
    feedsync.NAMESPACE: feedsync.MODULE,
    media.NAMESPACE: media.MODULE,
    podcasts.ITUNES_NAMESPACE: podcasts.ITUNES,
    **dict.fromkeys(podcasts.PODCAST_NAMESPACES, podcasts.PODCAST),
    "http://www.google.com/schemas/play-podcasts/1.0": podcasts.GOOGLE_PLAY,
    "http://podlove.org/simple-chapters": podcasts.CHAPTERS,
    "http://www.w3.org/2007/app": Module(
        "RFC 5023",
        {
            "edited": Element(values.rfc3339, within="entry item", is_single=True),
            "control": Element(within="entry", is_single=True),
            "draft": Element(values.one_of("yes no"), within="control", is_single=True),
            "collection": Element(
                None, Attributes("RFC 5023 8.3.3", {"href": values.reference}), within="feed source entry workspace"
            ),
            **dict.fromkeys(("accept", "categories", "workspace", "service"), ANY),
        },
        is_strict=True,
    ),
    "http://www.bloglines.com/about/specs/fac-1.0": Module(
        "feed access control 1.0",
        {
            "restriction": Element(
                None,
                Attributes("feed access control 1.0", {"relationship": values.one_of("allow deny")}),
                "rss channel feed",
            )
        },
    ),
    "http://purl.org/rss/1.0/modules/event/": Module(
        "event module",
        {
            "startdate": Element(_event_date, within="item entry", is_single=True),
            "enddate": Element(_event_date, within="item entry", is_single=True),
            **dict.fromkeys(("location", "organizer", "type"), Element(within="item entry", is_single=True)),
        },
    ),
    "http://www.w3.org/1999/xhtml": Module("XHTML"),
    "http://www.w3.org/2000/svg": Module("SVG"),
    "http://www.w3.org/1998/Math/MathML": Module("MathML"),
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": Module("RDF"),
    "http://purl.org/rss/1.0/": Module("RSS 1.0"),
    "http://my.netscape.com/rdf/simple/0.9/": Module("RSS 0.90"),
    "http://xmlns.com/foaf/0.1/": Module("FOAF"),
    "http://www.w3.org/2000/01/rdf-schema#": Module("RDF Schema"),
    "http://rssnamespace.org/feedburner/ext/1.0": Module(
        "FeedBurner",
        {
            **dict.fromkeys("awareness origLink origEnclosureLink feedburnerHostname".split(), _SINGLE_ADDRESS),
            "feedFlare": Element(
                None, Attributes("FeedBurner", {"href": values.uri}, {"src": values.reference}, is_closed=False)
            ),
            **dict.fromkeys("info browserFriendly emailServiceId feedInfo".split(), ANY),
        },
        is_growing=True,
    ),
    "http://conversationsnetwork.org/rssNamespace-1.0/": Module(
        "Conversations Network",
        {
            "ratingAverage": Element(values.number()),
            "ratingCount": Element(_COUNT),
            "ratingIndividual": Element(values.number()),
        },
        is_growing=True,
    ),
    "http://a9.com/-/spec/opensearch/1.1/": Module(
        "OpenSearch 1.1",
        {
            **dict.fromkeys(
                "totalResults startIndex itemsPerPage".split(), Element(_COUNT, within="channel feed", is_single=True)
            ),
            "Query": ANY,
        },
    ),
    "http://a9.com/-/spec/opensearchrss/1.0/": _tags(
        "OpenSearch 1.0",
        "totalResults startIndex itemsPerPage",
        Element(_COUNT, within="channel feed", is_single=True),
    ),
    "http://schemas.pocketsoap.com/rss/myDescModule/": Module("myDesc"),
    "http://blogs.law.harvard.edu/tech/rss": Module("RSS 2.0"),
    # Met in the feeds of news publishers and portals; known by name, their elements are not looked at.
    **{
        space: Module(called)
        for space, called in (
            *(
                (f"http://purl.org/rss/1.0/modules/{called}/", f"{called} module")
                for called in (
                    "aggregation annotate audio changedpage company dcterms email link photo reference richequiv "
                    "search servicestatus streaming string subscription taxonomy textinput threading wiki image rss091"
                ).split()
            ),
            ("http://purl.org/rss/1.0/modules/company", "company module"),
            ("http://purl.org/rss/1.0/modules/rss091#", "rss091 module"),
            ("http://prismstandard.org/namespaces/1.2/basic/", "PRISM"),
            ("http://purl.org/rss/1.0/modules/prism/", "PRISM"),
            ("http://purl.oclc.org/net/rss_2.0/enc#", "enclosure module"),
            ("http://purl.org/atompub/rank/1.0", "Atom ranking extension"),
            ("http://prismstandard.org/namespaces/basic/2.0/", "PRISM"),
            ("http://schemas.google.com/g/2005", "Google Data"),
            ("http://www.w3.org/2005/Atom/ext", "Atom"),
            ("http://xml.weather.yahoo.com/ns/rss/1.0", "Yahoo Weather"),
            ("http://rss.com/rss", "rss.com"),
            ("com-wordpress:feed-additions:1", "WordPress"),
            ("http://www.w3.org/2001/XInclude", "XInclude"),
            ("http://www.rawvoice.com/rawvoiceRssModule/", "RawVoice"),
            ("https://www.rawvoice.com/rawvoiceRssModule/", "RawVoice"),
            ("http://www.spotify.com/ns/rss", "Spotify"),
            ("http://base.google.com/ns/1.0", "Google Merchant"),
            ("http://schema.org/", "schema.org"),
            ("http://source.scripting.com/", "source namespace"),
            ("http://www.feedland.org/", "FeedLand"),
            ("http://reliefweb.int/", "ReliefWeb"),
            ("https://reliefweb.int/", "ReliefWeb"),
            ("http://www.gdacs.org", "GDACS"),
        )
    },
}


def _normal(space: str) -> str:
    """Return a namespace without what is commonly mistaken in it: scheme, case, www., the last sign."""
    return re.sub(r"^https?://(?:www\.)?", "", space.strip().lower()).rstrip("/#")


_MEANT = {_normal(space): space for space in [*MODULES, atom.NS[1:-1]]}


def meant_namespace(space: str) -> str:
    """Return the known namespace that an unknown one is a misspelling of, "" if there is none."""
    return _MEANT.get(_normal(space), "")


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
        space, _, called = tag[1:].partition("}")
        if tag.startswith(atom.NS):
            return self._of_atom(element)
        self._met.add(space)
        module = MODULES.get(space)
        if module is not None and module.elements and tag not in _TABLE:
            message = f"<{called}> is not an element of its namespace ({module.reference})"
            severity: Literal["warning", "error"] = "warning" if module.is_growing else "error"
            return (finding(element, severity, "undefined-element", message, module.reference),)
        self._rules[tag] = _TABLE.get(tag, ())
        if module is None and space not in self._unknown:
            self._unknown.add(space)
            return (_of_namespace(element, space),)
        return [found for rule in self._rules[tag] for found in rule(element)]

    def _of_atom(self, element: etree._Element) -> Iterable[Finding]:
        """Report an element of Atom that RFC 4287 does not have, where Atom is a guest."""
        if str(element.getroottree().getroot().tag).startswith(atom.NS):
            return ()  # the rules about children say it
        message = f"<{label(element)}> is no element of Atom"
        return (finding(element, "error", "undefined-element", message, "RFC 4287 4"),)

    def finish(self, root: etree._Element, data: bytes = b"") -> list[Finding]:
        """Return the findings about the document as a whole.

        Args:
            data: the document as it was read; without it elements are looked at that cannot have xml:lang or xml:base.
        """
        found = list(history_links.history(root)) + list(_common_attributes(root, data))
        if history_links.THR in root.nsmap.values() or history_links.THR in self._met:
            found += history_links.thread_links(root)
        for space, check in _WHOLE.items():
            if space in self._met:
                found += check(root)
        return found


def _of_namespace(element: etree._Element, space: str) -> Finding:
    if meant := meant_namespace(space):
        message = f"<{label(element)}> is of the namespace '{shown(space)}'; '{meant}' was meant"
        return finding(element, "warning", "misspelt-namespace", message, "Namespaces in XML 2.3")
    message = f"<{label(element)}> is of a namespace that is not known here: '{shown(space)}'"
    return finding(element, "warning", "unknown-namespace", message, "RFC 4287 6.4, RSS 2.0")


_TABLE = {
    f"{{{space}}}{called}": rules_of(module, element)
    for space, module in MODULES.items()
    for called, element in module.elements.items()
}


def _robots(text_: str) -> str:
    """Words for search engines, none of which says the contrary of another."""
    words = {word.strip().lower() for word in text_.split(",")}
    is_known = words <= set("all none index noindex follow nofollow archive noarchive nosnippet nocache".split())
    if not is_known or any(f"no{word}" in words for word in words) or {"all", "none"} <= words:
        return "words like noindex, nofollow, without contradiction"
    return ""


# What a search engine may do with a feed, as pages of HTML say it; nothing else of a page's head has a meaning here.
_ROBOTS = Attributes("robots meta tag in feeds", {"name": values.one_of("robots"), "content": _robots}, is_closed=False)
_TABLE["{http://www.w3.org/1999/xhtml}meta"] = rules_of(Module("XHTML"), Element(None, _ROBOTS))
_XML = "{http://www.w3.org/XML/1998/namespace}"
_XML_ATTRIBUTE = re.compile(rb"xml:(?:lang|base)\b")
_WITH_COMMON = etree.XPath("//*[@xml:lang or @xml:base]")


def _with_common_attributes(root: etree._Element, data: bytes) -> Iterable[etree._Element]:
    """Return the elements with xml:lang or xml:base; most documents have one at the root, or none."""
    if data and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        stated = _XML_ATTRIBUTE.findall(data)
        on_root = (root.get(f"{_XML}lang") is not None) + (root.get(f"{_XML}base") is not None)
        if len(stated) == on_root:
            return (root,)
    found: list[etree._Element] = _WITH_COMMON(root)
    return found


def _common_attributes(root: etree._Element, data: bytes) -> Iterator[Finding]:
    """Check xml:lang and xml:base, which any element may have (RFC 4287 2, XML 1.0 2.12)."""
    for element in _with_common_attributes(root, data):
        language, base = element.get(f"{_XML}lang"), element.get(f"{_XML}base")
        if language and (expected := values.language(language)):
            message = f"xml:lang of <{label(element)}> is '{shown(language)}'; expected {expected}"
            yield finding(element, "error", "bad-language", message, "RFC 4287 2, BCP 47 2.1")
        if base is not None and (expected := values.reference(base)):
            message = f"xml:base of <{label(element)}> is '{shown(base)}'; expected {expected}"
            yield finding(element, "error", "bad-attribute", message, "RFC 4287 2, XML Base 3.1")


def _old_comment_feed(root: etree._Element) -> Iterator[Finding]:
    for element in root.iter("{http://wellformedweb.org/CommentAPI/}commentRSS"):
        message = "<commentRSS> is a misspelling of old; write <wfw:commentRss>"
        yield finding(element, "warning", "deprecated-element", message, "CommentAPI")


# What depends on more than one element of a module.
_WHOLE: dict[str, Callable[[etree._Element], Iterable[Finding]]] = {
    media.NAMESPACE: media.check,
    podcasts.ITUNES_NAMESPACE: podcasts.check,
    feedsync.NAMESPACE: feedsync.check,
    geo.GEORSS: geo.check,
    "http://wellformedweb.org/CommentAPI/": _old_comment_feed,
}
