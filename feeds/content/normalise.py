"""RawItem -> Candidate: a date that exists, clean text, safe HTML, a summary.

Characters are cleaned here, once, before anything is stored or rendered; what leaves this module can be written into
XML 1.0, JSON and HTML as it is. Decides nothing about identity or tags.
"""

from __future__ import annotations

import datetime as dt
import mimetypes
import re
import unicodedata
from collections.abc import Iterable

from feeds.config import Limits, Source
from feeds.content import markup
from feeds.dates import DateLineError, DateRules, Reading, read_date_field, read_stated_date
from feeds.model import Author, Candidate, Content, Enclosure, ItemError, Origin, Problem, RawItem, SourceFeed

# What XML 1.0 section 2.2 (Char) leaves out, and the noncharacters that it only discourages.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF))
    # controls of direction, which would turn round what stands behind them in a page or a terminal
    + "\u202a-\u202e\u2066-\u2069]"
)
_C1 = re.compile("[\x80-\x84\x86-\x9f]")  # Windows-1252 that was taken for Latin-1; U+0085 is a line end
_BLANKS = re.compile("[\u2800\u3164]")  # letters without ink; str.split knows NBSP, U+0085, U+2028 and all of Zs
_WIDTHLESS = re.compile("[\xad\u180e\u200b\u2060-\u2064\ufeff]+")
# A joiner belongs between two characters of a script or emoji that uses it, and nowhere else.
_STRAY_JOINER = re.compile(r"(?:^|(?<=[\x00-\u024f\s]))[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\u024f\s]|$)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Sra|Gen|Lt|Col|Rep|Sen|Gov|No|Nos|Art|vs|etc|approx|Inc|Ltd|Co|cf|al|"
    r"e\.g|i\.e|p|pp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|EE|UU)|\.[A-Za-z])\.$"
)
_AHEAD = dt.timedelta(hours=1)  # that the clock of a source may be
_EMAIL = re.compile(r"(?:mailto:)?[\w.+-]+@[\w.-]+")
_MOST_AUTHORS, _LONGEST_NAME = 20, 200  # more is no byline; characters
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_LONGEST_LINE = 500  # characters of what stands beside a picture
_COORDINATES = re.compile(r"(-?\d{1,3}(?:\.\d{1,20})?)[\s,;]{1,3}(-?\d{1,3}(?:\.\d{1,20})?)")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+")
_SENTENCE = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+[\"'“‘«(\[¿¡]*[A-Z\u00c0-\u00de\u0100-\u017e0-9])|[。！？]")


def clean_text(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the text as one line of characters that every output can hold, and the code points that were removed.

    Runs of white space, no-break spaces among them, become one space; characters without width go; C1 controls are
    read as the Windows-1252 they were; the result is in Unicode normalisation form C.

    >>> clean_text("Migration's (IOM)\\xa0\\xa0strategy\\x01")
    ("Migration's (IOM) strategy", ('U+0001',))
    """
    if not text.isascii():
        text = _WIDTHLESS.sub("", text)
        text = _C1.sub(lambda match: match[0].encode("latin-1").decode("cp1252", "ignore"), text)
        text = _BLANKS.sub(" ", _STRAY_JOINER.sub("", text))
    removed = [] if text.isprintable() else _FORBIDDEN.findall(text)  # nothing of it is printable
    if removed:
        text = _FORBIDDEN.sub(lambda match: " " if match[0].isspace() else "", text)
    text = " ".join(text.split())
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return text, tuple(dict.fromkeys(f"U+{ord(character):04X}" for character in removed))


def _clean_html(text: str) -> str:
    """Remove characters that no output can hold; white space stays."""
    return unicodedata.normalize("NFC", _FORBIDDEN.sub("", _WIDTHLESS.sub("", text)))


def summarise(text: str, limit: int) -> str:
    """Return the first sentences of a text that fit into the limit, or else its beginning.

    >>> summarise("Panama joins. It was the U.S. Department that paid. Nobody else did.", 60)
    'Panama joins. It was the U.S. Department that paid.'
    """
    if len(text) <= limit:
        return text
    end = 0
    for match in _SENTENCE.finditer(text, 0, limit + 80):
        if match.end() > limit:
            break
        if not _ABBREVIATION.search(text[max(0, match.end() - 12) : match.end()]):
            end = match.end()
    return text[:end] if end else shorten(text, limit)


def shorten(text: str, limit: int) -> str:
    """Return at most limit characters of a text, ending at a word, with an ellipsis if something was cut."""
    if len(text) <= limit:
        return text
    start = text[: limit - 1]
    space = start.rfind(" ")
    return (start[:space] if space > limit // 2 else start).rstrip(" ,;:-–—") + "…"


def make_candidate(
    raw: RawItem, language: str, dates: DateRules, limits: Limits, now: dt.datetime, source: Source
) -> tuple[Candidate, tuple[Problem, ...]]:
    """Return the item with every field clean, and a warning for each thing that was removed or cut.

    Args:
        language: of the item, a BCP 47 tag.
        dates: how its date is meant, and where the source states its days.
        now: aware; a date after its day there is a mistake or an embargo.
        source: whose item it is: what its links are relative to, whether images stay.

    Raises:
        ItemError: the date is missing, impossible, incomplete, too old or in the future, or no title is left.
    """
    reading = _date(raw, dates, now, source)
    time = reading.value if isinstance(reading.value, dt.datetime) else None
    day = reading.value.date() if isinstance(reading.value, dt.datetime) else reading.value
    _check_range(clean_text(raw.date)[0], day, time, limits, now, dates.zone)
    warnings = _Warnings(raw.origin)
    if reading.language:
        message = f"states dates in '{reading.language}', which is not the language of its source; name it: language"
        warnings.add("other-language", f'{message} = "{reading.language}"', (reading.language,))
    if reading.doubt:
        warnings.add("doubtful-date", f"date '{shorten(clean_text(raw.date)[0], 100)}' {reading.doubt}")
    title, paragraphs = _texts(raw.content, limits, warnings)
    link = _link(raw.link, source.base_url, warnings)
    base_url = link or source.base_url
    categories = (clean_text(category)[0] for category in raw.content.categories)
    stated_summary = _stated_summary(raw.content, title, limits)
    content = Content(
        title=title,
        text="\n\n".join(paragraphs),
        html=_html(raw.content, title, paragraphs, base_url, source.images, warnings),
        summary=stated_summary or summarise(" ".join(paragraphs), limits.summary) or title,
        stated_summary=stated_summary,
        language=language,
        categories=tuple(dict.fromkeys(filter(None, categories))),
        enclosures=_enclosures(raw.content, base_url),
        authors=_authors(raw.content, base_url),
        alternates=_alternates(raw.content, link, base_url),
        source=_source(raw.content.source),
        point=_point(raw.content.point),
        modified=_modified(raw.content.modified, dates),
    )
    candidate = Candidate(
        origin=raw.origin,
        date=day,
        time=time,
        precision=reading.precision,
        content=content,
        link=link,
        guid=clean_text(raw.guid)[0],
    )
    return candidate, tuple(warnings.problems)


class _Warnings:
    """Collects warnings about an item that is accepted."""

    def __init__(self, origin: Origin) -> None:
        self.origin, self.problems = origin, list[Problem]()
        self.is_cut = False  # the text

    def add(self, code: str, message: str, names: tuple[str, ...] = ()) -> None:
        problem = Problem(origin=self.origin, code=code, message=message, severity="warning", names=names)
        self.problems.append(problem)


def _texts(stated: Content, limits: Limits, warnings: _Warnings) -> tuple[str, list[str]]:
    """Return title and paragraphs, clean and within their limits.

    Raises:
        ItemError: the title has no letter and no digit.
    """
    title, removed = clean_text(stated.title)
    if not any(character.isalnum() for character in title):
        raise ItemError("no-title", f"title '{title}' has no letter and no digit; write one below the date")
    paragraphs = []
    for paragraph in stated.paragraphs or (markup.html_paragraphs(stated.html) if stated.html else ()):
        cleaned, characters = clean_text(paragraph)
        removed += characters
        paragraphs += [cleaned] if cleaned else []
    shown = shorten(title, 60)
    if removed:
        warnings.add("removed-characters", f"'{shown}' holds {', '.join(dict.fromkeys(removed))}, taken out")
    if any("\ufffd" in text for text in (title, *paragraphs)):
        message = f"'{shown}' holds U+FFFD: characters were lost before it was read; mend them"
        warnings.add("lost-characters", message)
    if len(title) > limits.title:
        title = shorten(title, limits.title)
        warnings.add("title-cut", f"title cut at {limits.title} characters: '{shown}'")
    if sum(map(len, paragraphs)) > limits.text:
        paragraphs = list(_within(paragraphs, limits.text))
        warnings.is_cut = True
        warnings.add("text-cut", f"text of '{shown}' cut at {limits.text} characters")
    return title, paragraphs


def _html(stated: Content, title: str, paragraphs: list[str], base_url: str, images: bool, warnings: _Warnings) -> str:
    """Return the text as safe HTML: the stated HTML, or the paragraphs if it is missing or cannot be used."""
    if stated.html and markup.is_too_deep(stated.html):
        message = f"HTML of '{shorten(title, 60)}' has hundreds of elements in each other; only its text was kept"
        warnings.add("too-deep", message)
    elif stated.html and not warnings.is_cut:
        # Before, so that no element is put together by it; after, for what character references stood for.
        safe = _clean_html(markup.safe_html(_clean_html(stated.html), base_url, images))
        if safe:
            return safe
    return markup.paragraphs_html(paragraphs or [title])


def _date(raw: RawItem, dates: DateRules, now: dt.datetime, source: Source) -> Reading:
    """Read the item's date; with undated = "first-seen" an item without a date gets today's.

    Raises:
        ItemError: it states none.
    """
    date, _ = clean_text(raw.date)
    if not date and (raw.is_undated or source.undated == "first-seen"):
        return Reading(now.astimezone(dates.zone).date(), "inferred", "")
    if not date:
        title = shorten(clean_text(raw.content.title)[0], 60)
        raise ItemError("no-date", f"'{title}' has no date; give it one, or set for the source: undated = 'first-seen'")
    try:
        reading = read_stated_date(date, clean_text(raw.date_for_programs)[0], dates)
    except DateLineError as error:
        raise ItemError("bad-date", f"date '{date}' {error}; {error.remedy}") from None
    if reading is None:
        raise ItemError("bad-date", f"date '{date}' is not a date; write it like '28 July, 2017'")
    return reading


def _link(stated: str, base_url: str, warnings: _Warnings) -> str:
    """Return the link as an absolute address, "" if there is none or it is not valid."""
    if not stated.strip():
        return ""
    link = markup.absolute_link(stated, base_url)
    if link is None:
        remedy = "correct it" if base_url or ":" in stated else "name what it is relative to: base_url = '…'"
        shown = shorten(clean_text(stated)[0], 80)
        message = f"link '{shown}' is not an address of the web; the item gets a page here; {remedy}"
        warnings.add("bad-link", message)
    return link or ""


def _alternates(stated: Content, link: str, base_url: str) -> tuple[str, ...]:
    """Return the absolute addresses of the item in other languages, in order."""
    found = {markup.absolute_link(address, base_url) for address in stated.alternates if address}
    return tuple(sorted(address for address in found if address and address != link))


def _enclosures(stated: Content, base_url: str) -> tuple[Enclosure, ...]:
    """Return the files of an item with absolute addresses; a missing media type is guessed from the name."""
    found: dict[str, Enclosure] = {}
    for enclosure in stated.enclosures:
        address = markup.absolute_link(enclosure.address, base_url)
        if address:
            media_type = enclosure.media_type if _MEDIA_TYPE.fullmatch(enclosure.media_type) else ""
            guessed = mimetypes.guess_type(address.partition("?")[0])[0] or ""
            found[address] = found.get(address) or enclosure._replace(
                address=address,
                media_type=media_type or guessed,
                description=_line(enclosure.description),
                credit=_line(enclosure.credit),
            )
    return tuple(found.values())


def _source(stated: SourceFeed | None) -> SourceFeed | None:
    """Return the feed that an item was read from, where it has an id that Atom can hold."""
    if stated is None:
        return None
    identifier, title = clean_text(stated.id)[0], clean_text(stated.title)[0]
    is_valid = _IRI.fullmatch(identifier) and len(identifier) <= _LONGEST_LINE
    address = markup.absolute_link(stated.address, "") if stated.address else ""
    return SourceFeed(identifier, shorten(title, _LONGEST_LINE), address or "") if is_valid else None


def _line(stated: str) -> str:
    """Return the words beside a picture, plain and in one line; markup.html_paragraphs knows what is no word."""
    return shorten(clean_text(" ".join(markup.html_paragraphs(stated[: 5 * _LONGEST_LINE])))[0], _LONGEST_LINE)


def _point(stated: str) -> str:
    """Return latitude and longitude as GeoRSS Simple has them, "" for what is no place on Earth.

    >>> _point("8.9824, -79.5199")
    '8.9824 -79.5199'
    """
    numbers = _COORDINATES.fullmatch(stated.strip())
    if not numbers or abs(float(numbers[1])) > 90 or abs(float(numbers[2])) > 180:
        return ""
    return (
        "" if float(numbers[1]) == float(numbers[2]) == 0 else f"{numbers[1]} {numbers[2]}"
    )  # 0 0: nobody filled it in


def _modified(stated: str, dates: DateRules) -> str:
    """Return when the source says that it changed the item, "" where it says nothing that is a date."""
    try:
        reading = read_date_field(clean_text(stated)[0], dates) if stated else None
    except DateLineError:
        return ""
    return reading.value.isoformat() if reading else ""


def _stated_summary(stated: Content, title: str, limits: Limits) -> str:
    """Return the editor's own summary in one line, "" if there is none or it only repeats the title."""
    summary = clean_text(" ".join(markup.html_paragraphs(stated.stated_summary)))[0] if stated.stated_summary else ""
    return shorten(summary, limits.text) if summary != title else ""


def _authors(stated: Content, base_url: str) -> tuple[Author, ...]:
    """Return the authors with a name, each once; e-mail addresses are left out."""
    found: dict[str, Author] = {}
    for author in stated.authors[:_MOST_AUTHORS]:
        name = clean_text(_EMAIL.sub("", author.name[: 5 * _LONGEST_NAME]))[0].strip(" ,;()<>")
        name = shorten(re.sub(r"^by\s+", "", name, flags=re.IGNORECASE), _LONGEST_NAME)
        if any(character.isalpha() for character in name):
            address = markup.absolute_link(author.address, base_url) if author.address else None
            found.setdefault(name.casefold(), Author(name, address or ""))
    return tuple(found.values())


def _check_range(
    date: str, day: dt.date, time: dt.datetime | None, limits: Limits, now: dt.datetime, zone: dt.tzinfo
) -> None:
    if day.year < limits.earliest_year:
        raise ItemError(
            "old-date",
            f"date '{date}' is before {limits.earliest_year}{_calendar(day.year, now)}; correct it, or set "
            "earliest_year in [limits]",
        )
    today = now.astimezone(zone).date()
    if day > today or (time and time > now + _AHEAD):
        until = time - _AHEAD if time else dt.datetime.combine(day, dt.time(), zone)
        other = _calendar(day.year, now)
        wait = f"{other}; correct it" if other else "; the item waits for its day, or correct the line"
        message = f"date '{date}' is after today, {today}{wait}"
        raise ItemError("future-date", message, until)


# Calendars by the years that they are ahead of ours (Thai solar; Solar Hijri; Hijri, whose years are shorter).
_CALENDARS = (("Buddhist", range(542, 545)), ("Iranian", range(-622, -620)), ("Islamic", range(-582, -575)))


def _calendar(year: int, now: dt.datetime) -> str:
    """Return ", as in the … calendar" for a year that is one of these decades in another calendar, else ""."""
    for name, ahead in _CALENDARS:
        if any(now.year - 30 <= year - years <= now.year for years in ahead):
            return f", perhaps a year of the {name} calendar"
    return ""


def _within(paragraphs: Iterable[str], limit: int) -> Iterable[str]:
    for paragraph in paragraphs:
        yield shorten(paragraph, limit) if limit > 1 else "…"
        limit -= len(paragraph)
        if limit <= 0:
            return
