"""A folder of Markdown: a file an item, its date and title in front matter (YAML between ---, TOML between +++)."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator
from typing import Any, BinaryIO

from feeds.model import Author, Content, Enclosure, Problem, RawItem, SourceError
from feeds.sources import decoding
from feeds.sources.context import Context

_FRONT = re.compile(r"(---|\+\+\+)[ \t]*\n(.*?)(?:\n|(?<=\n))\1[ \t]*(?:\n|$)", re.DOTALL)
_NAMED = re.compile(r"(\d{4}-\d{2}-\d{2})[-_]")  # as Jekyll has it: 2021-08-02-title.md
_NULL = "tag:yaml.org,2002:null"
_YES, _NO = ("true", "yes", "on"), ("false", "no", "off")
# The keys of front matter that are read, and those that tell programs how to make a page of the file.
_READ = frozenset(
    """title date publishdate pubdate draft published lang language categories category tags keywords topics summary
    description excerpt abstract author authors translations translation_of link canonical_url permalink url id guid
    image featured_image cover thumbnail image_alt image_caption image_credit alt caption credit lastmod modified
    updated last_modified_at location coordinates geo latitude lat longitude lon lng
    layout slug type template weight aliases menu toc math comments""".split()
)
_HEADING = re.compile(r"\s*#\s+(.+?)\s*#*\s*\n")


def read(stream: BinaryIO, context: Context) -> Iterator[RawItem | Problem]:
    """The one item of a file; none of a draft.

    Raises:
        SourceError: its front matter cannot be read.
    """
    text, encoding = decoding.decode(stream, context.encoding)
    yield from context.decoding_problems(encoding)
    stated: dict[str, Any] = {}
    match = _FRONT.match(text.lstrip("\ufeff"))
    if match:
        text = text.lstrip("\ufeff")[match.end() :]
        stated = _front_matter(match[1], match[2])
    if _flag(stated, "draft") in _YES or _flag(stated, "published") in _NO:
        return
    title = _text(stated, "title")
    if not title and (heading := _HEADING.match(text)):
        title, text = heading[1], text[heading.end() :]
    named = _NAMED.match(context.origin.document.rpartition("/")[2])
    tags = [tag for key in ("categories", "category", "tags", "keywords", "topics") for tag in _listed(stated.get(key))]
    context.note_unused(key for key, value in stated.items() if key not in _READ and value not in (None, "", [], {}))
    yield RawItem(
        origin=context.origin_at(1),
        date=_text(stated, "date", "publishdate", "pubdate") or (named[1] if named else ""),
        content=Content(
            title=title,
            html=_html(text),
            language=_text(stated, "lang", "language"),
            categories=tuple(dict.fromkeys(tags)),
            enclosures=tuple(_images(stated)),
            stated_summary=_text(stated, "summary", "description", "excerpt", "abstract"),
            authors=tuple(_authors(stated.get("authors") or stated.get("author"))),
            alternates=tuple(_listed(stated.get("translations") or stated.get("translation_of"))),
            point=_point(stated),
            modified=_text(stated, "lastmod", "modified", "updated", "last_modified_at"),
        ),
        link=_text(stated, "link", "canonical_url", "permalink", "url"),
        guid=_text(stated, "id", "guid"),
    )


def _front_matter(mark: str, front: str) -> dict[str, Any]:
    if mark == "+++":
        try:
            return {key.lower(): value for key, value in tomllib.loads(front).items()}
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            message = f"front matter is not TOML: {error}"
            raise SourceError("front-matter", message, int(line[1]) + 1 if line else 1) from None
    import yaml

    class Loader(yaml.BaseLoader):
        """Scalars are the words that were written: YAML 1.1 makes 493 of 0755, 750 of 12:30 and a flag of no."""

    Loader.add_implicit_resolver(_NULL, re.compile("(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
    Loader.add_constructor(_NULL, lambda loader, node: None)
    try:
        stated = yaml.load(front, Loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark_at = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or error
        raise SourceError(
            "front-matter", f"front matter is not YAML: {why}", (mark_at.line if mark_at else 0) + 2
        ) from None
    return {str(key).lower(): value for key, value in stated.items()} if isinstance(stated, dict) else {}


def _flag(stated: dict[str, Any], key: str) -> str:
    """Return the value of a flag in lower case, "" if it is not there."""
    return str(stated.get(key, "")).lower()


def _text(stated: dict[str, Any], *keys: str) -> str:
    """The first of these that is there, as text; a date in ISO 8601."""
    for key in keys:
        value = stated.get(key)
        if isinstance(value, dt.date):
            return value.isoformat()
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return str(value).strip()
    return ""


def _listed(value: Any) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return [str(part) for part in value if isinstance(part, str | int)] if isinstance(value, list) else []


def _images(stated: dict[str, Any]) -> Iterator[Enclosure]:
    """Yield the picture of an item: an address, or an object that has one."""
    for key in ("image", "featured_image", "cover", "thumbnail"):
        value = stated.get(key)
        if address := _text(value, "url", "src", "path") if isinstance(value, dict) else _text(stated, key):
            words = value if isinstance(value, dict) else stated
            yield Enclosure(
                address,
                "",
                0,
                is_picture=True,
                description=_text(words, "alt", "image_alt", "caption", "image_caption"),
                credit=_text(words, "credit", "image_credit"),
            )
            return


def _point(stated: dict[str, Any]) -> str:
    """Where an item happened, latitude first: two keys, or an object or a list of two."""
    place = stated.get("location") or stated.get("coordinates") or stated.get("geo") or stated
    if isinstance(place, list):
        return " ".join(map(str, place[:2]))
    if isinstance(place, dict):
        return " ".join((_text(place, "latitude", "lat"), _text(place, "longitude", "lon", "lng"))).strip()
    return str(place)


def _authors(value: Any) -> Iterator[Author]:
    """Yield the authors of front matter: a name, or names or objects with a name in a list."""
    for author in value if isinstance(value, list) else [value]:
        if isinstance(author, dict):
            yield Author(_text(author, "name"), _text(author, "url", "link", "website"))
        elif isinstance(author, str):
            yield Author(author)


def _html(content: str) -> str:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).use(footnote_plugin)
    # Without links: in a reader they would lead to a place of a page that may not have it.
    parser.add_render_rule("footnote_ref", lambda self, tokens, at, *_: f"<sup>[{tokens[at].meta['id'] + 1}]</sup>")
    parser.add_render_rule("footnote_anchor", lambda *_: "")
    result: str = parser.render(content)
    return result
