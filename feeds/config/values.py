"""The values of a configuration, with every default."""

from __future__ import annotations

import datetime as dt
import re
import shlex
import zoneinfo
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from feeds.model import FACETS, Correction

FILE = "feeds.toml"
HISTORY = ".history.sqlite3"
AUTO = "auto"
RSS_PICTURES = (".png", ".jpg", ".jpeg", ".gif")  # that RSS 2.0 allows as <image>
PICTURES = (*RSS_PICTURES, ".svg", ".webp", ".ico")
KEEP = "keep"  # a category of a source that is published as it is


class Source(NamedTuple):
    """Where items come from: files below the site's folder that match a pattern, an address, or a command."""

    name: str
    path: str = "*.txt"
    url: str = ""  # in place of path: an address
    command: tuple[str, ...] = ()  # in place of both: a program and its arguments, whose output is the document
    # What is taken from the page of each item: part -> CSS selector, () for what is found; None = pages are not read.
    article: tuple[tuple[str, str], ...] | None = None
    pages: int = 1  # of a listing at an address that are followed, up to one that ends with a known item
    next: str = ""  # where the address of the next page is: a CSS selector, of JSON a path of keys; "" = found
    robots: bool = True  # whether the robots.txt of an address is asked
    private: bool = False  # whether the host of an address may be in a private network; then no proxy is used
    headers: tuple[tuple[str, str], ...] = ()  # of requests to its own host; "$NAME" is a value of the environment
    netrc: bool = False  # whether the user's .netrc is asked for the name and password for its host
    every: int = 0  # seconds between two looks at an address or a command; 0 = each run looks
    expect_days: int = 0  # an alarm where nothing new comes for so long; 0 = none
    kind: str = ""  # "" = told by the ending of a file's name, or how the answer of an address begins
    was: tuple[str, ...] = ()  # what it was called before: its entries are still its own
    duplicates: Literal["one", "keep"] = "one"  # whether an item that another source lists too, by its link, is one
    encoding: str = ""  # "" = found out from the bytes
    language: str = ""  # "" = the site's, "auto" = each item's own, told from its words
    timezone: str = ""  # in which it states its days; "" = the site's
    date_order: Literal["DMY", "MDY", "YMD"] | None = None  # of all-number dates; None = only those of one meaning
    ranges: Literal["first", "last"] | None = None  # which day of "11 - 24 May 2017"; None = no date line
    as_of: dt.date | Literal["now"] | None = None  # for what day "3 weeks ago" is said; None = it is not read
    undated: Literal["first-seen", "aside"] = "aside"  # what becomes of an item without a date
    base_url: str = ""  # what its relative links are relative to
    images: bool = False  # whether images in texts stay
    home: str = ""  # the code of the country that an item is about which names none
    lengths: bool = False  # whether servers are asked how long the files are that its items name
    delimiter: str = ""  # of a table; "" = found out
    # In its own words -> "countries/hn", "" for those that say nothing, "keep" for those that are published as they
    # are; of "*", what those are that name nothing here.
    categories: tuple[tuple[str, str], ...] = ()
    columns: tuple[tuple[str, str], ...] = ()  # of a table: field -> column
    sheet: str = ""  # of a spreadsheet; "" = the first that has a header
    items: str = ""  # of JSON: the path of keys to the list
    select: tuple[tuple[str, str], ...] = ()  # of a page: part -> CSS selector

    def place(self, folder: Path) -> str:
        """Return the path, address or command to show to people."""
        return self.document or str(folder / self.path)

    @property
    def document(self) -> str:
        """The name of its document, where that is one which is fetched or made anew in each run; "" for files."""
        return self.url or shlex.join(self.command)


class Limits(NamedTuple):
    """Limits on sizes; characters are Unicode code points."""

    live: int = 50  # entries in a live document
    live_bytes: int = 1_000_000  # bytes of one, if need be with fewer entries, but for a single one that has more
    summary: int = 300  # characters
    title: int = 500  # characters; what is longer is cut, with a warning
    text: int = 100_000  # characters, likewise
    earliest_year: int = 1990  # a date before it is taken for a mistake
    flood: int = 20  # percent of a listing that may be new although it looks old
    shrink: int = 50  # percent of a listing that must still be there


class Publish(NamedTuple):
    """How documents are written into the output folder."""

    generations: int = 0  # whole outputs that are kept beside each other, 0 for a plain folder
    content: Literal["full", "summary"] = "full"  # what of an entry's text is in the feeds
    hub: str = ""  # the address of a WebSub hub
    hint: bool = True  # whether a feed in a browser leads to its page
    points: Literal["one", "all", "none"] = "one"  # on the map: of entries with one country, of every country, none
    gzip: bool = False  # whether each document has a packed one beside it, for servers that send such
    embed: bool = False  # whether each feed has a list to show on other sites
    source: bool = False  # whether entries name the main feed as the one that they come from
    upload: str = ""  # where a build uploads to what it published, as `feeds upload` names places; "" = nowhere


class Rights(NamedTuple):
    """What others may do with the entries."""

    license: str = ""  # an address
    text: str = ""  # a sentence
    attribution: str = ""  # the line that is to stand beside what somebody shows elsewhere


class FacetSettings(NamedTuple):
    """What feeds.toml says of a facet (model.FACETS)."""

    publish: bool = True
    file: Path | None = None  # of countries and topics: the site's own table
    profile: str = ""  # of topics: the name of a shipped taxonomy, "" = the first
    without: tuple[str, ...] = ()  # of countries: codes that are no tags here
    only: tuple[str, ...] = ()  # of pairs: "hn/children-youth"; () = all that have entries
    least: int = 3  # of pairs: entries from which on one is published: most have one or two, and nobody subscribes


_FACETS = {facet.name: FacetSettings(facet.is_published) for facet in FACETS}


class Custom(NamedTuple):
    """A feed defined by the site: entries with a category of any_of (if there are some) and all of all_of."""

    name: str
    title: str
    description: str
    any_of: tuple[str, ...]  # "countries/hn"
    all_of: tuple[str, ...]
    line: int

    def holds(self, paths: Collection[str]) -> bool:
        """Return True if an entry with categories of these paths belongs to the feed."""
        return set(self.all_of) <= set(paths) and (not self.any_of or not set(self.any_of).isdisjoint(paths))


class Override(NamedTuple):
    """What people rule about the items that a selector matches: tags, corrections, that they are skipped. A facet that
    is not named is left alone.
    """

    key: str  # "id", "link", "pattern", "phrase" or "source"
    value: str
    line: int
    facets: tuple[tuple[str, tuple[str, ...]], ...]  # facet -> terms, () for none
    file: str = FILE  # that states it
    correction: Correction = Correction()
    skip: bool = False  # leave these items out, as long as they are not published

    @property
    def place(self) -> str:
        """What it is and where it stands, for people."""
        return f"override of {self.key} '{self.value}' in {self.file}:{self.line}"

    def picks(self, *, identifier: str, link: str, source: str, title: str, text: str) -> bool:
        """Return True if an item is meant; a pattern is searched for in the title, a phrase in title and text."""
        if self.key == "pattern":
            return re.search(self.value, title) is not None
        if self.key == "phrase":
            words = rf"(?<!\w){re.escape(self.value)}(?!\w)"
            return re.search(words, f"{title}\n{text}", re.IGNORECASE) is not None
        return self.value == {"id": identifier, "link": link, "source": source}[self.key]


class Ended(NamedTuple):
    """A feed that has ended: its last document says so, and which feed replaces it."""

    feed: str  # "topics/rivers"
    to: str  # another feed, "" where there is none
    note: str  # a sentence for readers, or ""
    line: int


class Moved(NamedTuple):
    """An address at which a feed was: readers are sent to where it is."""

    old: str  # a path below the output, or with "/" before it from the root of the host
    new: str  # the path of a live document: "rss.xml"
    line: int


class Look(NamedTuple):
    """What feeds and pages show of their publisher; files below the site's folder."""

    icon: Path | None = None  # square
    logo: Path | None = None  # twice as wide as high (RFC 4287 4.2.8)
    image: Path | None = None  # of RSS: PNG, JPEG or GIF; None = the logo, or else the icon
    home: str = ""  # the address of the publisher's own site
    color: str = ""  # of links, as #rrggbb; "" = ours
    css: Path | None = None  # added to the style of the pages
    email: str = ""  # where people subscribe by e-mail: the address of a newsletter

    @property
    def files(self) -> tuple[tuple[str, Path], ...]:
        """The pictures, each with what it is."""
        return tuple(
            (name, path) for name, path in (("icon", self.icon), ("logo", self.logo), ("image", self.image)) if path
        )


class Fetch(NamedTuple):
    """How servers are asked, for all sources."""

    proxy: str = ""  # the address of an HTTP proxy; "$NAME" is a value of the environment
    user_agent: str = ""  # "" = the program's name and version
    per_host: int = 2  # requests to one host side by side


class Remote(NamedTuple):
    """Where the history is kept between two runs."""

    url: str = ""  # an object of S3 storage; "" = beside feeds.toml


class Status(NamedTuple):
    """Whether monitors may see how the sources are."""

    publish: bool = False  # as status.json in the output


class Alert(NamedTuple):
    """Who is told when a source goes on failing, beside what a run prints; of each way that is set."""

    after: int = 3  # runs, one after the other, in which a source fails before anybody is told
    command: tuple[str, ...] = ()  # a program and its arguments, which is given the message
    mailto: str = ""  # an e-mail address, by the machine's sendmail
    webhook: str = ""  # an address to which {"text": message} is posted; "$NAME" is a value of the environment


class Config(NamedTuple):
    """The complete, checked configuration of a site."""

    folder: Path
    title: str
    description: str = ""
    base_url: str = "http://localhost/"  # ends in "/"
    authority: str = "localhost"  # of tag URIs, RFC 4151: a domain or address that the site owned in `year`
    year: int = 2026
    language: str = "en"
    timezone: str = "UTC"
    author: str = ""
    authors: bool = True  # whether the authors of items are published
    words: Path | None = None  # the site's own words of pages
    look: Look = Look()
    rights: Rights = Rights()
    limits: Limits = Limits()
    publish: Publish = Publish()
    fetch: Fetch = Fetch()
    alert: Alert = Alert()
    status: Status = Status()
    remote: Remote = Remote()
    sources: tuple[Source, ...] = (Source("news"),)
    facets: Mapping[str, FacetSettings] = _FACETS
    custom: tuple[Custom, ...] = ()
    overrides: tuple[Override, ...] = ()
    reviewed: Path | None = None  # a table of tags that were corrected, which is read as overrides
    moved: tuple[Moved, ...] = ()
    ended: tuple[Ended, ...] = ()
    translations: tuple[tuple[str, ...], ...] = ()  # ids and links of entries that say the same in other languages
    is_default: bool = False  # there was no feeds.toml

    @property
    def history(self) -> Path:
        """The path of the history file, next to the configuration."""
        return self.folder / HISTORY

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone in which the listing states its dates."""
        return zoneinfo.ZoneInfo(self.timezone)
