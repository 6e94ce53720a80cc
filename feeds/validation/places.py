"""Where a finding is: the path of an element, the entry that it is in, and its line and column in the document.

A parser keeps the line at which a start tag ends and no column. Where something is found the document is read once
more, tag by tag, which costs nothing for a valid one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from lxml import etree

from feeds.model import Finding

_ENTRIES = ("entry", "item", "outline")
_MOST_OF_LABEL = 60  # characters of a title
# What stands between start and end tags is skipped as a whole, so that no tag inside is counted.
_TOKEN = re.compile(
    r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>"
    r"|<(?P<end>/)?(?P<name>[^\s<>/!?]+)(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>",
    re.DOTALL,
)
_STEP = re.compile(r"/([^/\[]+)(?:\[(\d+)\])?")
_DECLARED = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_DECLARATION = re.compile(r"""(<\?xml[^>]*?encoding\s*=\s*["'])[A-Za-z0-9._-]+(["'])""")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def path_of(element: etree._Element) -> str:
    """Return the path of an element as the document writes its names: /rss/channel/item[17]/pubDate."""
    steps = []
    here: etree._Element | None = element
    while here is not None:
        tag, prefix = str(here.tag), here.prefix
        local = tag.rpartition("}")[2]
        step = f"{prefix}:{local}" if prefix else local
        number = 1 + sum(1 for twin in here.itersiblings(tag, preceding=True) if twin.prefix == prefix)
        is_one_of_several = number > 1 or any(twin.prefix == prefix for twin in here.itersiblings(tag))
        steps.append(f"{step}[{number}]" if is_one_of_several else step)
        here = here.getparent()
    return "/" + "/".join(reversed(steps))


def entry_of(element: etree._Element) -> str:
    """Return the title of the entry that an element is in, else its guid or id; "" outside of entries."""
    for holder in (element, *element.iterancestors()):
        if str(holder.tag).rpartition("}")[2] in _ENTRIES:
            named = {
                str(child.tag).rpartition("}")[2]: child for child in reversed(holder) if isinstance(child.tag, str)
            }
            for called in ("title", "guid", "id", "link"):
                if called in named and (label := " ".join("".join(named[called].itertext()).split())):
                    return label if len(label) <= _MOST_OF_LABEL else label[: _MOST_OF_LABEL - 1] + "…"
            return holder.get("text", "")
    return ""


def locate(findings: Iterable[Finding], data: bytes) -> list[Finding]:
    """Give each finding that has a path the line and the column at which its element begins."""
    given = list(findings)
    wanted = {finding.path for finding in given if finding.path}
    source = decode(data) if wanted else None
    if source is None:
        return given
    offsets = _offsets(source, wanted)
    positions = _positions(source, sorted(set(offsets.values())))
    return [
        finding._replace(line=positions[offsets[finding.path]][0], column=positions[offsets[finding.path]][1])
        if finding.path in offsets
        else finding
        for finding in given
    ]


def declared_encoding(data: bytes) -> str:
    """Return the encoding that the XML declaration of a document names, "" where it names none."""
    declared = _DECLARED.search(data[:1024])
    return declared[1].decode("ascii") if declared else ""


def declare_utf8(source: str) -> str:
    """Return a document whose XML declaration names UTF-8, whatever encoding it named."""
    return _DECLARATION.sub(r"\1utf-8\2", source, count=1)


def decode(data: bytes) -> str | None:
    """Return the text of a document as its declaration says it is written; None where it is not, or is unknown here."""
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), declared_encoding(data) or "utf-8")
    try:
        return data.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _offsets(source: str, wanted: set[str]) -> dict[str, int]:
    """Return the offsets of the start tags with these paths."""
    sought = {"".join(f"/{name}[{number or 1}]" for name, number in _STEP.findall(path)): path for path in wanted}
    found: dict[str, int] = {}
    open_paths, counts = [""], [Counter[str]()]
    for token in _TOKEN.finditer(source):
        name = token["name"]
        if name is None:
            continue
        if token["end"]:
            if len(open_paths) == 1:
                break  # not what the parser saw, for example elements out of entities
            open_paths.pop()
            counts.pop()
            continue
        counts[-1][name] += 1
        here = f"{open_paths[-1]}/{name}[{counts[-1][name]}]"
        if here in sought:
            found[sought[here]] = token.start()
            if len(found) == len(sought):
                break
        if source[token.end() - 2] != "/":
            open_paths.append(here)
            counts.append(Counter())
    return found


def _positions(source: str, offsets: list[int]) -> dict[int, tuple[int, int]]:
    """Return lines and columns, both from 1, of offsets in ascending order."""
    positions: dict[int, tuple[int, int]] = {}
    line, before = 1, 0
    for offset in offsets:
        line += source.count("\n", before, offset)
        positions[offset] = line, offset - source.rfind("\n", 0, offset)
        before = offset
    return positions
