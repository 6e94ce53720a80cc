"""Foreign HTML -> HTML that is safe in any reader, its plain text, and absolute addresses.

What is allowed is written here, element by element; everything else is taken away. Nothing is changed after that.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

from lxml import etree

from feeds.content import embedded

_PLAIN = (
    "p br hr h1 h2 h3 h4 h5 h6 ul dl dt dd blockquote pre code kbd samp var em strong b i u s small sub sup mark "
    "abbr cite dfn q figure figcaption caption table thead tbody tfoot tr span div section"
).split()
# Element -> attributes that stay. What is not here is removed and its content kept; of _DROPPED that goes too.
_ALLOWED: dict[str, set[str]] = {
    **{tag: set() for tag in _PLAIN},
    "a": {"href", "title", "hreflang"},
    "ol": {"start", "reversed"},
    "li": {"value"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "bdo": {"dir"},
}
_EVERYWHERE = {"lang", "dir"}
_IMAGES = {"img": {"src", "alt", "title", "width", "height"}}
# What needs no end tag.
_UNCLOSED = set(
    "p li dt dd tr td th thead tbody tfoot colgroup option area base br col embed hr img input link meta param source "
    "track wbr".split()
)
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})")
_WHOLE_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})[^<>]*>")
_IMAGES_AND_STYLE = {"img": {*_IMAGES["img"], "style"}}
_IMAGE = re.compile("<img[^>]*>")
_DROPPED = set(
    "script style template svg math iframe object embed applet noscript noembed noframes frame frameset form input "
    "button select textarea option audio video source track canvas base meta link title head portal slot dialog".split()
)
_BLOCKS = set(
    "p div section article header footer main aside nav h1 h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre figure "
    "figcaption table caption thead tbody tfoot tr td th hr address body".split()
)
_SCHEMES = ("http", "https")
_HOST_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)
_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_WRITTEN = re.compile(rf"https?://(?:{_LABEL}\.)+{_LABEL}/[A-Za-z0-9/_.~-]*")  # links that are as they should be
_UNRESERVED = re.compile("[A-Za-z0-9/_.~-]*")
_TINY = re.compile(r"\s*0*[01](?:px)?\s*")
_CONTROLS = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u2069\ufeff]")
_DEEPEST = 200  # elements in each other that a text may have


def absolute_link(link: str, base_url: str = "") -> str | None:
    """Resolve link against base_url and write it as a URI, in ASCII.

    An id compares character by character, so one spelling is chosen here, once.

    >>> absolute_link("../année 1", "https://example.org/news/")
    'https://example.org/ann%C3%A9e%201'

    Returns:
        None unless the result is http or https with a host that DNS could know, and without a user's name.
    """
    if _WRITTEN.fullmatch(link) and "/." not in link:
        return link
    link = _CONTROLS.sub(lambda found: " " if found[0] == " " else "", link).strip()
    try:
        stated, parts = urlsplit(link), urlsplit(urljoin(base_url, link.replace("\\", "/")))
        netloc = _netloc(parts)
    except (ValueError, UnicodeError):
        return None
    is_without_host = stated.scheme in _SCHEMES and not stated.netloc  # which urljoin takes for a path
    if parts.scheme not in _SCHEMES or is_without_host or not netloc:
        return None
    path = _percent_encode(parts.path or "/", _IN_PATH)
    query, fragment = (_percent_encode(text, _IN_QUERY) for text in (parts.query, parts.fragment))
    return urlunsplit((parts.scheme, netloc, path, query, fragment))


_IN_PATH = "%:/@!$&'()*+,;=~-._"  # characters that stay as they are (RFC 3986 3.3, 3.4)
_IN_QUERY = _IN_PATH + "?"


def _netloc(parts: SplitResult) -> str:
    """Return host and port in ASCII; "" if the host cannot be a DNS name or there is a user name.

    Raises:
        ValueError, UnicodeError: the port is not a number, or the host cannot be written in ASCII.
    """
    host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    if not host.isascii():
        host = host.encode("idna").decode()
    if not host or "@" in parts.netloc:
        return ""
    if ":" in host:
        return f"[{host}]{port}"
    if not all(_HOST_LABEL.fullmatch(label) for label in host.rstrip(".").split(".")):
        return ""
    return host.lower() + port


def _percent_encode(text: str, safe: str) -> str:
    """Percent-encode a part of a URI; existing escapes are kept."""
    if _UNRESERVED.fullmatch(text):
        return text
    stated = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    return quote(stated.encode("utf-8", "replace"), safe=safe)


def safe_html(stated: str, base_url: str = "", images: bool = False) -> str:
    """Return the part of some HTML that may be published: listed elements and attributes, absolute links, closed tags.

    Args:
        base_url: what relative links are relative to; without one they lose their address.
        images: whether images stay; those of a pixel, which only count readers, never do.
    """
    if is_too_deep(stated):
        return paragraphs_html(html_paragraphs(stated))
    stated = embedded.resolve_text(stated)
    has_images = images and "<img" in stated.lower()
    if has_images:  # as it comes out of a first cleaning, a tag ends at the next ">" and has its values in quotes
        stated = _IMAGE.sub(_unless_pixel, _cleaned(stated, base_url, {**_ALLOWED, **_IMAGES_AND_STYLE}))
    return _cleaned(stated, base_url, {**_ALLOWED, **(_IMAGES if has_images else {})}).strip()


def paragraphs_html(paragraphs: Iterable[str]) -> str:
    """Return plain paragraphs as HTML."""
    return "\n".join(f"<p>{html.escape(paragraph, quote=False)}</p>" for paragraph in paragraphs)


def is_too_deep(stated: str) -> bool:
    """Return True if HTML leaves hundreds of elements open: cleaning it would take time quadratic in their number."""
    if stated.count("<") <= _DEEPEST:
        return False
    depth = 0
    opened: dict[str, int] = defaultdict(int)
    for tag in _TAG.finditer(stated):
        name = tag[2].lower()
        if name in _UNCLOSED:
            continue
        step = -1 if tag[1] else 1
        if step > 0 or opened[name]:
            opened[name] += step
            depth += step
            if depth > _DEEPEST:
                return True
    return False


def _cleaned(stated: str, base_url: str, allowed: dict[str, set[str]]) -> str:
    import nh3

    result: str = nh3.clean(
        stated,
        tags=set(allowed),
        attributes={**{tag: attributes for tag, attributes in allowed.items() if attributes}, "*": _EVERYWHERE},
        clean_content_tags=_DROPPED - set(allowed),
        attribute_filter=partial(_attribute, base_url),
        url_schemes={*_SCHEMES, "mailto"},
        link_rel=None,
    )
    return result


def _attribute(base_url: str, tag: str, name: str, value: str) -> str | None:
    """Return the value that an attribute may have, None to remove it."""
    if name == "href" and value.strip().lower().startswith("mailto:"):
        address = value.strip()[7:].split("?")[0]
        return f"mailto:{address}" if re.fullmatch(r"[\w.+-]+@[A-Za-z0-9.-]+", address) else None
    if name in ("href", "src"):
        return absolute_link(value, base_url) if value.strip() or name == "href" else None
    # What looks like markup in an attribute is nobody's title: other programs may take it for some, or for the end of
    # CDATA, in which RSS has it.
    return value.replace("<", "").replace(">", "")


def _unless_pixel(tag: re.Match[str]) -> str:
    """Return the image tag, or nothing for one without an address or for a tracking pixel."""
    if ' src="' not in tag[0]:
        return ""
    sizes = re.findall(r"\b(?:width|height)\s*[=:]\s*[\"']?([^\"'\s;>]+)", tag[0], re.IGNORECASE)
    return "" if any(_TINY.fullmatch(size) for size in sizes) else tag[0]


def parse_html(stated: str) -> etree._Element | None:
    """Return the element tree of a page or fragment, None if it is empty."""
    from lxml import html as lxml_html  # not for plain text

    parser = lxml_html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True)
    try:
        return lxml_html.document_fromstring(stated, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def html_paragraphs(stated: str) -> tuple[str, ...]:
    """Return the plain text of HTML, one string for each block; scripts and styles are left out."""
    if is_too_deep(stated):
        return _flat_paragraphs(stated)
    root = parse_html(stated) if "<" in stated or "&" in stated else None
    if root is None:
        return tuple(filter(None, (part.strip() for part in stated.split("\n\n")))) if "<" not in stated else ()
    return element_paragraphs(root)


def _flat_paragraphs(stated: str) -> tuple[str, ...]:
    """Return the plain text of HTML that is nested too deeply to parse, one string for each block."""
    parts: list[str] = []
    end, skipped = 0, ""  # of the last tag; the script or style that is open
    for tag in _WHOLE_TAG.finditer(stated):
        if not skipped:
            parts.append(stated[end : tag.start()])
        end, name = tag.end(), tag[2].lower()
        if name in ("script", "style"):
            skipped = "" if tag[1] and name == skipped else skipped or ("" if tag[1] else name)
        if name in _BLOCKS or name == "br":
            parts.append("\n\n")
    if not skipped:
        parts.append(stated[end:])
    text = html.unescape("".join(parts))
    return tuple(filter(None, (" ".join(part.split()) for part in text.split("\n\n"))))


def element_paragraphs(root: etree._Element) -> tuple[str, ...]:
    """Return the text of an element, one string for each block in it."""
    paragraphs: list[list[str]] = [[]]
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag if isinstance(element.tag, str) else "script"
        if event == "start" and tag in _DROPPED and tag not in _WITH_TEXT:
            _empty(element)
        if tag in _BLOCKS or (tag == "br" and event == "start"):
            paragraphs.append([])
        text = element.text if event == "start" else _tail(element, root)
        if text:
            paragraphs[-1].append(text)
    return tuple(filter(None, (" ".join("".join(parts).split()) for parts in paragraphs)))


_WITH_TEXT = ("form", "noscript", "head")  # elements that are dropped, but not what they say


def _empty(element: etree._Element) -> None:
    element.text = None
    for child in list(element):
        element.remove(child)


def _tail(element: etree._Element, root: etree._Element) -> str | None:
    """Return the text after an element; after the root it is outside."""
    return element.tail if element is not root else None
