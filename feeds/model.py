"""The values that pass between stages, and the errors. Imports nothing of ours.

Words are those of RFC 4287: an *item* is what a source lists, an *entry* is what a feed holds.
Every value is a named tuple (a frozen dataclass of as many fields takes seven times as long to define, and to make);
every datetime is aware; collections are tuples.
"""

from __future__ import annotations

import datetime as dt
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
    """The configuration is wrong: nothing is read, nothing is published."""

    code = "config"


class HistoryError(FeedsError):
    """The history file cannot be used: nothing is published."""

    code = "history"


class PublishError(FeedsError):
    """The output folder cannot be written: what was published before stays."""

    code = "publish"


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


class RawItem(NamedTuple):
    """An item as stated: strings that mean nothing yet, "" where absent."""

    origin: Origin
    date: str
    title: str
    paragraphs: tuple[str, ...] = ()  # of plain text
    html: str = ""  # the body, in place of paragraphs; of whoever wrote it, so never to be trusted
    link: str = ""  # may be relative
    guid: str = ""
    language: str = ""  # as the item itself states it, BCP 47
    stated: tuple[str, ...] = ()  # categories, in the source's own words
    enclosures: tuple[Enclosure, ...] = ()  # addresses may be relative
    translations: tuple[str, ...] = ()  # addresses of the same in other languages; may be relative


class Problem(NamedTuple):
    """Something in the input that people should look at.

    An error means that the item or document was put aside; a warning that it was used, with a change that is named.
    """

    origin: Origin
    code: str
    message: str
    severity: Severity = "error"

    def __str__(self) -> str:
        return f"{self.origin}: {self.severity}: {self.message} [{self.code}]"


class Candidate(NamedTuple):
    """An item whose every field is clean, but of which nobody knows yet whether it is a known entry."""

    origin: Origin
    date: dt.date  # as listed, in the time zone of the source
    time: dt.datetime | None  # aware, when a time was stated
    precision: Precision
    title: str
    text: str  # paragraphs, separated by a blank line; what tags are decided on
    summary: str
    content_html: str
    language: str
    link: str = ""
    guid: str = ""
    stated: tuple[str, ...] = ()  # categories, in the source's own words
    enclosures: tuple[Enclosure, ...] = ()
    translations: tuple[str, ...] = ()  # absolute addresses of the same in other languages


class Category(NamedTuple):
    """One tag: the facet it belongs to, its stable code there, its readable name."""

    scheme: str  # "countries", "regions", "topics"
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
    title: str
    link: str  # absolute; the source's own page, or ours
    page: str  # path of our own page below the output folder, "" where the source has one
    published: dt.datetime
    precision: Precision
    updated: dt.datetime
    summary: str
    content_html: str
    language: str
    origin: Origin
    categories: tuple[Category, ...]
    enclosures: tuple[Enclosure, ...] = ()
    stated: tuple[str, ...] = ()  # categories in its source's own words, which are not published
    translations: tuple[Translation, ...] = ()  # by language
    evidence: tuple[Evidence, ...] = ()  # of its categories
    withdrawn: dt.datetime | None = None  # when, where it was
    reason: str = ""  # why
    foreign_id: str = ""  # RSS guid and JSON id, where an older feed had one that is no id in Atom


class Format(NamedTuple):
    """A format that every feed is published in."""

    file: str  # the name of a feed's live document
    media_type: str
    name: str  # for people


ATOM = Format("atom.xml", "application/atom+xml", "Atom")
RSS = Format("rss.xml", "application/rss+xml", "RSS")
JSON = Format("feed.json", "application/feed+json", "JSON")
FORMATS = (ATOM, RSS, JSON)


class Fragments(NamedTuple):
    """One entry in each of FORMATS: an atom:entry and an RSS item, whose namespaces the head declares, an object."""

    atom: bytes
    rss: bytes
    json: bytes


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

    @property
    def page(self) -> str:
        """The address of its page, relative to the output folder: "countries/hn/"."""
        return f"{self.path}/" if self.path else ""

    def file(self, name: str) -> str:
        """The path of one of the feed's documents below the output folder."""
        return f"{self.path}/{name}" if self.path else name


class FeedSummary(NamedTuple):
    """A feed as the index lists it; gap: between its last entries, the median."""

    spec: FeedSpec
    entries: int
    newest: dt.datetime | None
    gap: dt.timedelta | None = None


class Document(NamedTuple):
    """Bytes that are ready to be published at a path below the output folder."""

    path: str
    media_type: str
    body: bytes


class Finding(NamedTuple):
    """What a validator says of a document; line counts from 1, 0 where unknown; column None where unknown."""

    severity: Severity
    code: str
    message: str
    line: int
    column: int | None
    reference: str  # the section that is broken: "RFC 4287 4.1.2"
