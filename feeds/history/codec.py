"""Values <-> what the history stores of them: JSON objects by field name, so that a new field needs no new column.

A field that holds its default is left out; one that is missing gets its default. So a value that was stored before a
field existed is read as one without it, and equal values have equal texts.
"""

from __future__ import annotations

import datetime as dt
import json
import marshal
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from feeds.model import Candidate, Content, Enclosure, Fragments

_Value = TypeVar("_Value")
# What is the same is written in the same way.
encode_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class _Field(NamedTuple):
    """How a field of a named tuple is stored.

    Attributes:
        pack, unpack: turn its value into plain values and back; None where it is plain.
    """

    name: str
    default: object
    pack: Callable[[Any], object] | None
    unpack: Callable[[Any], object] | None


@lru_cache
def _fields(kind: Callable[..., object]) -> tuple[_Field, ...]:
    """The fields of a named tuple, from its annotations."""
    hints = get_type_hints(kind)
    defaults: Mapping[str, object] = kind._field_defaults  # type: ignore[attr-defined]
    return tuple(_Field(name, defaults.get(name, ...), *_converters(hints[name])) for name in hints)


_Converters = tuple[Callable[[Any], object] | None, Callable[[Any], object] | None]


def _converters(hint: Any) -> _Converters:
    """How values of a type are turned into plain ones and back; None where they are plain."""
    inner = next((part for part in get_args(hint) if part is not type(None)), hint)
    if get_origin(hint) is tuple:
        return _converters_of_tuple(inner)
    if hasattr(inner, "_fields"):
        return lambda value: value and to_plain(value), lambda found: found and from_plain(inner, found)
    if inner in (dt.date, dt.datetime):
        return lambda value: value and value.isoformat(), lambda found: found and inner.fromisoformat(found)
    return None, None


def _converters_of_tuple(inner: Any) -> _Converters:
    if not hasattr(inner, "_fields"):
        return list, tuple
    return lambda values: list(map(to_plain, values)), lambda found: tuple(from_plain(inner, value) for value in found)


def to_plain(value: Any) -> dict[str, object]:
    """Return a named tuple as plain values by field name."""
    return {
        name: pack(found) if pack else found
        for (name, default, pack, _), found in zip(_fields(value.__class__), value, strict=True)
        if found != default
    }


def from_plain(kind: Callable[..., _Value], stored: Mapping[str, Any]) -> _Value:
    """Return the named tuple that to_plain made plain values of; what it does not know any more is left out."""
    return kind(
        **{
            name: unpack(stored[name]) if unpack else stored[name]
            for name, _, _, unpack in _fields(kind)
            if name in stored
        }
    )


def encode(value: Any) -> str:
    """Return a named tuple as JSON."""
    return encode_json(to_plain(value))


def decode(kind: Callable[..., _Value], stored: str) -> _Value:
    """Return the named tuple of a kind that encode made JSON of."""
    return from_plain(kind, json.loads(stored))


def encode_all(values: Iterable[Any]) -> str:
    """Return named tuples of one kind as a JSON array."""
    return encode_json([to_plain(value) for value in values])


def decode_all(kind: Callable[..., _Value], stored: str) -> tuple[_Value, ...]:
    """Return the named tuples of a kind that encode_all made JSON of."""
    return tuple(from_plain(kind, value) for value in json.loads(stored))


def pack_candidate(candidate: Candidate) -> bytes:
    """Return a candidate as bytes, for as long as a run takes: marshal is the fastest, and not for longer."""
    return marshal.dumps(to_plain(candidate))


def unpack_candidate(packed: bytes) -> Candidate:
    """Return the candidate that pack_candidate packed."""
    return from_plain(Candidate, marshal.loads(packed))


def pack_fragments(fragments: Fragments) -> tuple[str, bytes]:
    """Return how many bytes each fragment has ("atom 310 json 290 rss 300"), and all of them compressed together.

    Together, since the formats of one entry hold the same text; at the fastest level, since stronger ones gain nothing.
    """
    sizes = " ".join(f"{name} {len(body)}" for name, body in fragments.items())
    return sizes, zlib.compress(b"".join(fragments.values()), zlib.Z_BEST_SPEED)


def read_sizes(sizes: str) -> list[tuple[str, int]]:
    """Return the bytes of each fragment by its format, in the order in which they are packed."""
    words = sizes.split(" ")
    return list(zip(words[::2], map(int, words[1::2]), strict=True))


def unpack_fragments(sizes: str, packed: bytes) -> Fragments:
    """Return the fragments that pack_fragments packed."""
    bodies, at, fragments = zlib.decompress(packed), 0, {}
    for name, size in read_sizes(sizes):
        fragments[name] = bodies[at : at + size]
        at += size
    return fragments


# --- columns of earlier schemas, for schema.MIGRATIONS ----------------------------------------------------------------


def content_of_columns(
    title: str, text: str, html: str, summary: str, language: str, categories: str, enclosures: str, alternates: str
) -> str:
    """Return the content column of an entry that had a column for each field, with arrays by position."""
    return encode(
        Content(
            title=title,
            text=text,
            html=html,
            summary=summary,
            language=language,
            categories=tuple(json.loads(categories)),
            enclosures=tuple(Enclosure(*enclosure) for enclosure in json.loads(enclosures)),
            alternates=tuple(json.loads(alternates)),
        )
    )


def named(kind: Callable[..., object], stored: str) -> str:
    """Return a JSON array of named tuples by field name, of one that had them by position."""
    return encode_all(kind(*values) for values in json.loads(stored))


def sizes_of_columns(atom: bytes, json_item: bytes, rss: bytes) -> str:
    """Return the sizes column of an entry that had a row for each format."""
    return pack_fragments({"atom": atom, "json": json_item, "rss": rss})[0]


def packed_of_columns(atom: bytes, json_item: bytes, rss: bytes) -> bytes:
    """Return the packed column of an entry that had a row for each format."""
    return pack_fragments({"atom": atom, "json": json_item, "rss": rss})[1]
