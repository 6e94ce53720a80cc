"""The values that pass between rooms, the errors, and the tables of formats and facets. Imports nothing of ours.

The words are those of RFC 4287: an *item* is what a source lists, an *entry* is what a feed holds. Every value is a
named tuple (a frozen dataclass takes seven times as long to define and to make, and a run defines some sixty): make
those with more than four fields by keywords, and never compare values of unlike type. Datetimes are aware; collections
are tuples.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]
Precision = Literal["day", "minute", "second", "inferred"]  # inferred: nobody stated a date


class FeedsError(Exception):
    """Anything this program refuses to go on with; says where, what, and what to do."""

    code = "error"

    def __init__(self, place: object, message: str, line: int = 0) -> None:
        super().__init__(place, message, line)
        self.place, self.message, self.line = str(place), message, line

    def __str__(self) -> str:
        where = f"{self.place}:{self.line}" if self.line else self.place
        return f"{where}: error: {self.message} [{self.code}]"


class ConfigError(FeedsError):
    """The configuration is wrong: nothing is read, nothing is published.

    Attributes:
        others: what else is wrong in the same file, in the order of its lines.
    """

    code = "config"
    others: tuple[ConfigError, ...] = ()


class HistoryError(FeedsError):
    """The history file cannot be used: nothing is published."""

    code = "history"


class PublishError(FeedsError):
    """The output folder cannot be written: what was published before stays."""

    code = "publish"


class NothingKeptError(PublishError):
    """Nothing is kept of what was published before: what is published stays."""

    code = "nothing-kept"


class OtherSiteError(FeedsError):
    """The output folder holds what another site published: nothing is published."""

    code = "other-site"


class UnknownItemError(FeedsError):
    """There is no entry of that name."""

    code = "unknown-item"


class LockedError(FeedsError):
    """Another run is at work on the same site or output."""

    code = "locked"


class SourceError(Exception):
    """A whole document of a source cannot be read; its old entries stay."""

    def __init__(self, code: str, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.code, self.message, self.line = code, message, line


class ItemError(Exception):
    """One item cannot become an entry."""

    def __init__(self, code: str, message: str, until: dt.datetime | None = None) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.until = until  # when it can, where that is a matter of time; aware


class Origin(NamedTuple):
    """Where an item was found: the source's name, the document's path as shown to people, the line (from 1)."""

    source: str
    document: str
    line: int

    def __str__(self) -> str:
        return f"{self.document}:{self.line}" if self.line else self.document


class Enclosure(NamedTuple):
    """A file that belongs to an item; RFC 4287 4.2.7.2, RSS 2.0 <enclosure>."""

    address: str  # absolute
    media_type: str  # "" where unknown
    length: int  # bytes, 0 where unknown
    is_picture: bool = False  # stated as the picture of the item, whatever its address looks like
    description: str = ""  # of a picture, in words: its alternative text
    credit: str = ""  # of a picture: who made it


class Author(NamedTuple):
    """Who wrote an item; RFC 4287 4.2.1. E-mail addresses are not kept: feeds are read by those who collect them."""

    name: str
    address: str = ""  # of a page; absolute, in a RawItem perhaps relative


class SourceFeed(NamedTuple):
    """The feed that an entry was read from; RFC 4287 4.2.11."""

    id: str  # in RSS, which has none, an address
    title: str
    address: str = ""  # of the feed


class Content(NamedTuple):
    """What an item says. In a RawItem as its source states it, in a Candidate and an Entry clean.

    A new field is added here, in the parsers that find it, in normalise, in the renderer and on the page; the history
    stores it by its name.
    """

    title: str = ""
    text: str = ""  # plain; a blank line separates paragraphs
    html: str = ""  # the text with its markup; a RawItem's is by whoever wrote it and never to be trusted
    summary: str = ""  # plain
    language: str = ""  # BCP 47
    categories: tuple[str, ...] = ()  # in the source's own words; not published
    enclosures: tuple[Enclosure, ...] = ()
    authors: tuple[Author, ...] = ()
    alternates: tuple[str, ...] = ()  # addresses of the same in other languages
    stated_summary: str = ""  # by its editor; in a RawItem plain or HTML. Without one, summary is cut from the text
    point: str = ""  # where it happened: latitude and longitude in degrees, WGS 84 (GeoRSS Simple)
    source: SourceFeed | None = None  # where another's feed is its source
    modified: str = ""  # when its source last changed it, for information: a day or a moment in ISO 8601

    @property
    def picture(self) -> Enclosure | None:
        """The picture of the item: the one that its source calls so, else its first file that is one."""
        pictures = [file for file in self.enclosures if file.is_picture or file.media_type.startswith("image/")]
        return next((file for file in pictures if file.is_picture), next(iter(pictures), None))

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The paragraphs of the text."""
        return tuple(self.text.split("\n\n")) if self.text else ()


class RawItem(NamedTuple):
    """An item as stated: strings that mean nothing yet, "" where absent; addresses may be relative."""

    origin: Origin
    date: str
    content: Content
    link: str = ""
    guid: str = ""
    date_for_programs: str = ""  # the same as the source states it for programs, where it states both
    is_undated: bool = False  # its kind of source states no date of publication, so that the day it is found on counts


class Problem(NamedTuple):
    """Something in the input that people should look at.

    An error means that the item or document was rejected; a warning that it was used, with a change that is named.
    """

    origin: Origin
    code: str
    message: str
    severity: Severity = "error"
    names: tuple[str, ...] = ()  # what it is said of, where each is said once

    def __str__(self) -> str:
        return f"{self.origin}: {self.severity}: {self.message} [{self.code}]"


class Candidate(NamedTuple):
    """An item whose every field is clean, before it is matched to a stored entry."""

    origin: Origin
    date: dt.date  # as listed, in the time zone of the source
    time: dt.datetime | None  # aware, when a time was stated
    precision: Precision
    content: Content
    link: str = ""  # absolute, "" where the source gives none
    guid: str = ""


class Correction(NamedTuple):
    """What people correct in an item; "" for what stays as its source states it."""

    title: str = ""
    date: str = ""  # YYYY-MM-DD
    link: str = ""  # absolute
    text: str = ""  # plain; a blank line separates paragraphs
    summary: str = ""  # plain
    author: str = ""  # a name
    image: str = ""  # the address of a picture, absolute


class Category(NamedTuple):
    """One tag: the facet it belongs to, its stable code there, its readable name."""

    scheme: str  # "countries", "regions", "topics"; "" for one that is published as its source states it
    term: str  # "hn", "013", "counter-trafficking"
    label: str  # "Honduras", "Human trafficking and exploitation"


class Evidence(NamedTuple):
    """Why an entry has (or lost) a tag: text[start:end] of the field is the phrase, or somebody's ruling says so."""

    scheme: str
    term: str
    field: Literal["title", "text", "ruling"]
    start: int
    end: int
    phrase: str
    rule: str
    weight: float


class Tags(NamedTuple):
    """The categories of an item, the evidence for each, and what was found but not enough for a tag."""

    categories: tuple[Category, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    rejected: tuple[Evidence, ...] = ()


class Translation(NamedTuple):
    """Another entry that says the same in another language."""

    language: str  # BCP 47
    link: str  # absolute
    title: str
    id: str


class Entry(NamedTuple):
    """What a feed publishes; always publishable."""

    id: str  # a tag URI (RFC 4151), minted once
    content: Content
    link: str  # absolute; the source's own page, or ours
    page: str  # path of our own page below the output folder, "" where the source has one
    published: dt.datetime
    precision: Precision
    updated: dt.datetime
    origin: Origin
    categories: tuple[Category, ...]
    translations: tuple[Translation, ...] = ()  # by language
    evidence: tuple[Evidence, ...] = ()  # of its categories
    withdrawn: dt.datetime | None = None  # when, where it was
    reason: str = ""  # why
    foreign_id: str = ""  # RSS guid and JSON id, where an older feed had one that is no id in Atom
    stated: Content | None = None  # as its source states it, where people corrected that
    stated_link: str = ""  # likewise


class Neighbour(NamedTuple):
    """An entry that the page of another leads to: the path of its own page, its title, and in what language that is."""

    page: str
    title: str
    language: str


class Format(NamedTuple):
    """A format that every feed is published in.

    A new one is a row of FORMATS, its functions in feed/render, and its rules in validation.
    """

    name: str  # in the history, and of its functions in feed/render
    label: str  # for people
    file: str  # the name of a feed's live document
    media_type: str
    end: bytes  # the part of a document that entries are put in front of
    around: bytes = b""  # what stands before the first entry and after the last
    between: bytes = b""


ATOM = Format("atom", "Atom", "atom.xml", "application/atom+xml", end=b"</feed>")
RSS = Format("rss", "RSS", "rss.xml", "application/rss+xml", end=b"</channel>")
JSON = Format("json", "JSON", "feed.json", "application/feed+json", end=b"]", around=b"\n", between=b",\n")
FORMATS = (ATOM, RSS, JSON)
Fragments = Mapping[str, bytes]  # the name of a format -> an entry in it: an atom:entry, an RSS item, a JSON object


class Facet(NamedTuple):
    """One way to divide the entries into feeds.

    A new one whose categories entries carry is a row of FACETS, a module of its name in tagging with the rules, its
    labels and phrases in tagging/tables, and a heading in the catalogues of feed/messages.
    """

    name: str  # the scheme of its categories
    term: str  # a regular expression: what a code of it looks like
    is_tag: bool = False  # entries carry its categories
    is_published: bool = True  # where feeds.toml does not say
    path: str = "{facet}/{term}"  # of a feed


# In the order in which an index shows them.
FACETS = (
    Facet("countries", "[a-z]{2}", is_tag=True),
    Facet("regions", "[0-9]{3}", is_tag=True, is_published=False),
    Facet("topics", "[a-z0-9-]+", is_tag=True),
    Facet("languages", "[a-z0-9-]+", is_published=False),
    Facet("pairs", "countries/[a-z]{2}/topics/[a-z0-9-]+", is_published=False, path="{term}"),
    Facet("custom", "[a-z0-9-]+"),
)
TAGS = tuple(facet.name for facet in FACETS if facet.is_tag)
FEED_PATHS = "|".join(facet.path.format(facet=facet.name, term=facet.term) for facet in FACETS)  # a regular expression


class FeedSpec(NamedTuple):
    """One feed: where it lies and what it is called. category is None for the main feed; that of a feed of a language
    is of the scheme "languages", which no entry carries."""

    path: str  # "" for the main feed, else "countries/hn"
    title: str
    description: str
    category: Category | None = None
    language: str = ""  # of all that is in it, "" where that is the site's to say

    @property
    def name(self) -> str:
        """What it is of, for people who know the site: "Honduras"."""
        return self.category.label if self.category else self.title


class FeedSummary(NamedTuple):
    """A feed as the index lists it; gap: between its last entries, the median."""

    spec: FeedSpec
    entries: int
    newest: dt.datetime | None
    gap: dt.timedelta | None = None


class Document(NamedTuple):
    """Bytes that are ready to be published at a path below the output folder."""

    path: str
    body: bytes


class Finding(NamedTuple):
    """What a validator says of a document.

    Attributes:
        line: counts from 1, 0 where unknown; column likewise, None where unknown.
        reference: the section that is broken: "RFC 4287 4.1.2".
        path: of the element, "/rss/channel/item[17]/pubDate", or of the value, "items[3].url"; "" for the document.
        entry: the title of the entry that it is in, else its id; "" outside of entries.
    """

    severity: Severity
    code: str
    message: str
    line: int
    column: int | None
    reference: str
    path: str = ""
    entry: str = ""
