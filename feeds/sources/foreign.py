"""Files that are no source, named by their first bytes with what to do; and addresses whose program has a feed."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_OFFICE = "save it as .xlsx or .csv where it is a table, as .html or .txt where it is a text"
# How a file begins, in lower case -> what it is, and the remedy.
_BEGINNINGS = (
    (b"%pdf-", "a PDF document", "name the page that links to it; a PDF lists no items that can be told apart"),
    (b"{\\rtf", "a text in RTF", "save it as .html or .txt"),
    (b"\x1f\x8b", "packed with gzip", "unpack it"),
    (b"bzh", "packed with bzip2", "unpack it"),
    (b"\xfd7zxz\0", "packed with xz", "unpack it"),
    (b"(\xb5/\xfd", "packed with zstd", "unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "an archive of 7-Zip", "unpack it"),
    (b"rar!\x1a\x07", "a RAR archive", "unpack it"),
    (b"sqlite format 3\0", "a database of SQLite", "export the table as .csv"),
    (b"par1", "a table in Parquet", "export it as .csv"),
    (b"\x89png\r\n", "a picture (PNG)", "name the page or the file that lists the news"),
    (b"\xff\xd8\xff", "a picture (JPEG)", "name the page or the file that lists the news"),
    (b"gif8", "a picture (GIF)", "name the page or the file that lists the news"),
    (b"id3", "a sound (MP3)", "name the page or the feed that lists it"),
)
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_OLD_NAMES = {
    "xls": ("an Excel workbook of before 2007", "save it as .xlsx"),
    "doc": ("a Word document of before 2007", "save it as .html or .txt"),
    "ppt": ("PowerPoint slides of before 2007", _OFFICE),
    "msg": ("a message of Outlook", "save it as .eml"),
}
# What stands near the start of a ZIP file -> what it is, and the remedy.
_PACKED = (
    (b"word/", "docx", "a Word document", "save it as .html or .txt"),
    (b"ppt/", "pptx", "PowerPoint slides", _OFFICE),
    (b"opendocument.text", "odt", "a text document of LibreOffice", "save it as .html or .txt"),
    (b"opendocument.presentation", "odp", "slides of LibreOffice", _OFFICE),
    (b"application/epub+zip", "epub", "an electronic book", "name the page that lists the news"),
)


def name_format(ending: str, start: bytes) -> str:
    """Return what a file is that is no source, with the remedy; "" for all others.

    Args:
        ending: of its name, in lower case.
        start: its first bytes, in lower case.

    >>> name_format("docx", b"pk\\x03\\x04")
    'is a Word document; save it as .html or .txt'
    """
    if start.startswith(b"pk\x03\x04"):
        for mark, own_ending, what, remedy in _PACKED:
            if mark in start or ending == own_ending:
                return f"is {what}; {remedy}"
        return "is a ZIP archive; unpack it"
    if start.startswith(_OLD_OFFICE):
        what, remedy = _OLD_NAMES.get(ending, ("a file of Office of before 2007", _OFFICE))
        return f"is {what}; {remedy}"
    return next((f"is {what}; {remedy}" for mark, what, remedy in _BEGINNINGS if start.startswith(mark)), "")


# Addresses of pages -> where the program that makes them has a feed of the same.
_FEEDS = (
    (r"https?://(?:www\.)?reddit\.com(/(?:r|user)/[\w-]+)/?", r"https://www.reddit.com\1/.rss"),
    (
        r"https?://(?:www\.)?youtube\.com/channel/([\w-]+)(?:/.*)?",
        r"https://www.youtube.com/feeds/videos.xml?channel_id=\1",
    ),
    (r"https?://bsky\.app/profile/([\w.:-]+)/?", r"https://bsky.app/profile/\1/rss"),
    (r"https?://medium\.com/(@?[\w.-]+)/?", r"https://medium.com/feed/\1"),
    (r"https?://github\.com/([\w.-]+/[\w.-]+)/(releases|tags|commits)/?", r"https://github.com/\1/\2.atom"),
    (r"https?://([\w-]+\.(?:substack|wordpress)\.com)/?", r"https://\1/feed"),
    (r"https?://([\w-]+)\.tumblr\.com/?", r"https://\1.tumblr.com/rss"),
    (r"https?://t\.me/(?!s/)([A-Za-z]\w{3,})/?", r"https://t.me/s/\1"),
    # Mastodon and those like it; last, for others write addresses so too.
    (r"(https?://(?!(?:www\.)?(?:medium|youtube|tiktok|threads|x|twitter)\.)[\w.-]+/@[\w.-]+)/?", r"\1.rss"),
)


def find_known_feed(address: str) -> str:
    """Return the address at which a known program lists what it shows at another; "" where none is known.

    >>> find_known_feed("https://mastodon.example/@press")
    'https://mastodon.example/@press.rss'
    """
    if not urlsplit(address).hostname:
        return ""
    for pattern, feed in _FEEDS:
        if match := re.fullmatch(pattern, address.partition("?")[0]):
            return match.expand(feed)
    return ""
