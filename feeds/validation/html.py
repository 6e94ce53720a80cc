"""HTML inside of feeds: what readers remove or show wrongly, as (code, message) pairs for one text.

A text is read tag by tag in one pass, which is a fraction of what an HTML parser costs; style is nobody's business
here. The elements are those of the HTML standard (html.spec.whatwg.org, 3 and 4) and its obsolete ones (16.2), which
readers still show.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

Remark = tuple[str, str]  # a code, and a sentence without its subject

_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
# Elements whose end tag may be left out (HTML 13.1.2.4).
_OPTIONAL_END = frozenset(
    "li dt dd p rt rp optgroup option colgroup caption thead tbody tfoot tr td th body html head".split()
)
# Run code, load documents or send data: every reader that is safe removes them.
_ACTIVE = frozenset(
    "script iframe object embed applet form frame frameset base meta link style noscript template portal".split()
)
_DOCUMENT = frozenset("html head body title".split())
_KNOWN = (
    _VOID
    | _OPTIONAL_END
    | _ACTIVE
    | _DOCUMENT
    | frozenset(
        "a abbr acronym address article aside audio b bdi bdo big blink blockquote button canvas center cite code data "
        "datalist del details dfn dialog dir div dl em fieldset figcaption figure font footer h1 h2 h3 h4 h5 h6 header "
        "hgroup i image ins kbd label legend main map mark marquee math menu meter nav nobr noembed noframes ol output "
        "picture plaintext pre progress q rb rtc ruby s samp search section select slot small span strike strong sub "
        "summary sup svg table textarea time tt u ul var video xmp".split()
    )
)
_FOREIGN = frozenset(("svg", "math"))  # what is inside has elements of its own
# The elements of SVG 2 and of MathML 3 that browsers show.
_KNOWN_FOREIGN = {
    "http://www.w3.org/2000/svg": frozenset(
        "a animate animateMotion animateTransform circle clipPath defs desc ellipse feBlend feColorMatrix "
        "feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting feDisplacementMap feDistantLight "
        "feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR feGaussianBlur feImage feMerge feMergeNode feMorphology "
        "feOffset fePointLight feSpecularLighting feSpotLight feTile feTurbulence filter foreignObject g image line "
        "linearGradient marker mask metadata mpath path pattern polygon polyline radialGradient rect script set stop "
        "style svg switch symbol text textPath title tspan use view font font-face glyph missing-glyph hkern".split()
    ),
    "http://www.w3.org/1998/Math/MathML": frozenset(
        "math annotation annotation-xml maction maligngroup malignmark menclose merror mfenced mfrac mglyph mi "
        "mlabeledtr mlongdiv mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mscarries mscarry "
        "msgroup msline mspace msqrt msrow mstack mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none "
        "semantics apply bind bvar ci cn csymbol eq plus minus times divide power mathml".split()
    ),
}
# The attributes that hold an address (HTML, index of attributes).
_ADDRESSES = frozenset("href src poster action formaction cite data background longdesc".split())

_TAG = re.compile(
    r"<(?:!--.*?(?:--!?>|\Z)|(?P<end>/?)(?P<name>[A-Za-z][^\s<>/]*)(?P<rest>(?:=\s*(?:\"[^\"]*\"|'[^']*')|[^>])*)(?P<close>>?)"
    r"|(?P<other>[!?/]))",
    re.DOTALL,
)
_VALUE = re.compile(r"=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"']+)")
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+)))?")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_CODE = re.compile(r"(?:javascript|vbscript|livescript|mocha|data:text/html)", re.IGNORECASE)
_IGNORED = re.compile(r"[\x00-\x20\u00ad\u200b-\u200d]+")  # what browsers leave out of a scheme
# Rules of style that take an element out of its place, load something or run code.
_STYLE = re.compile(
    r"position\s*:\s*(?:absolute|fixed|sticky)|z-index|expression\s*\(|behaviou?r\s*:|-moz-binding|@import|url\s*\(",
    re.IGNORECASE,
)
_OUTSIZE = re.compile(r"(?:margin|padding)[a-z-]*\s*:[^;]*?(?<![.\d])\d{4,}", re.IGNORECASE)
_OFFICE = re.compile(r"(?:^|;)\s*mso-[a-z-]+", re.IGNORECASE)
# An entity that was escaped once more, and a tag likewise: a reader shows them as they are.
_ESCAPED_ENTITY = re.compile(
    r"&amp;(?:#\d+|#x[0-9a-f]+|amp|lt|gt|quot|apos|nbsp|[rl][sd]quo|[mn]dash|hellip);", re.IGNORECASE
)
_ESCAPED_TAG = re.compile(
    r"&lt;/(?:p|a|div|b|i|em|strong|span|li|ul|h[1-6])\s*&gt;|&lt;(?:br|img|p)\b[^&]*?/?&gt;", re.IGNORECASE
)
# What nearly every text of a feed is made of; nothing is to be said of it, and one match is cheaper than a walk.
_SIMPLE = re.compile(
    r"(?:[^<&]++|</?p>|<br ?/?>|<a href=\"https?://[^\"<>&]*\">[^<&]*</a>|&(?:nbsp|quot|#39);"
    r"|&amp;(?!#?\w+;))*+"
)
_CONTROL = re.compile(r"&#(?:12[89]|1[345]\d|x[89][0-9a-f]);", re.IGNORECASE)  # C1
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_MARKUP = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)(?:\s[^<>]*)?/?>")


def fragment_remarks(source: str, has_base: bool = False) -> list[Remark]:
    """Return what is to be said of a piece of HTML, each code once.

    Args:
        has_base: an absolute base address is known to readers, so that relative addresses are right.
    """
    if _SIMPLE.fullmatch(source):
        return []
    found: dict[str, str] = {}
    if "<" in source:
        for code, message in _of_tags(source, has_base):
            found.setdefault(code, message)
    if "&" in source:
        for code, message in _of_entities(source):
            found.setdefault(code, message)
    return list(found.items())


def plain_remarks(text: str) -> list[Remark]:
    """Return what is to be said of a plain text that looks like HTML."""
    if "<" in text and (tag := has_markup(text)):
        return [("html-in-text", f"has the tag {tag} in plain text; readers show it as it is")]
    if "&" in text and (entity := _ENTITY.search(text)) and html.unescape(entity[0]) != entity[0]:
        return [("double-escaped", f"has the entity {entity[0]} in plain text; readers show it as it is")]
    return []


def has_markup(text: str) -> str:
    """Return the first tag of HTML in a text, "" if there is none."""
    return next((tag[0][:40] for tag in _MARKUP.finditer(text) if tag[1].lower() in _KNOWN), "")


def _of_entities(source: str) -> Iterator[Remark]:
    if control := _CONTROL.search(source):
        yield (
            "bad-characters",
            f"has {control[0]}, a control character; which sign it stands for is a guess of browsers",
        )
    if entity := _ESCAPED_ENTITY.search(source):
        yield "double-escaped", f"has {entity[0]}, an entity that was escaped twice"
    elif "&lt;" in source and "<" not in source and (tag := _ESCAPED_TAG.search(source)):
        yield "double-escaped", f"has {tag[0][:60]}, a tag that was escaped twice"


def _of_tags(source: str, has_base: bool) -> Iterator[Remark]:
    open_names: list[str] = []
    for tag in _TAG.finditer(source):
        name = tag["name"]
        if name is None:
            if tag["other"]:
                yield _other(source[tag.start() : tag.start() + 40])
            continue
        name = name.lower()
        if not tag["close"]:
            yield "bad-html", f"has a tag that does not end: {tag[0][:40]!r}"
        if tag["end"]:
            yield from _end(name, open_names)
            continue
        rest = tag["rest"]
        if not open_names or not _FOREIGN.intersection(open_names):
            yield from _element(name)
        if "=" in rest or "on" in rest:
            yield from _attributes(name, rest, has_base)
        if name not in _VOID and not (rest.endswith("/") and (name not in _KNOWN or _FOREIGN.intersection(open_names))):
            open_names.append(name)
    unclosed = [name for name in open_names if name not in _OPTIONAL_END and name in _KNOWN]
    if unclosed:
        yield "bad-html", f"has <{unclosed[0]}> without </{unclosed[0]}>"


def _end(name: str, open_names: list[str]) -> Iterator[Remark]:
    """Close an element, and those inside of it."""
    if name not in open_names:
        if name not in ("p", "br"):  # browsers make an element of these
            yield "bad-html", f"has </{name}> without <{name}>"
        return
    while open_names:
        closed = open_names.pop()
        if closed == name:
            return
        if closed not in _OPTIONAL_END and closed in _KNOWN:
            yield "bad-html", f"has <{closed}> that is not closed before </{name}>"


def _element(name: str) -> Iterator[Remark]:
    if name in _ACTIVE:
        yield "active-content", f"has <{name}>, which readers remove"
    elif name in _DOCUMENT:
        yield "not-a-fragment", f"has <{name}>; expected what stands inside of <body>"
    elif name not in _KNOWN and "-" not in name and ":" not in name:
        yield "bad-html", f"has <{name[:40]}>, which is no element of HTML"


def _other(start: str) -> Remark:
    if start.startswith("<!") and start[2:9].lower() == "doctype":
        return "not-a-fragment", "has a DOCTYPE; expected what stands inside of <body>"
    return "bad-html", f"has {start!r}, which is no tag of HTML"


def _attributes(name: str, rest: str, has_base: bool) -> Iterator[Remark]:
    bare = _VALUE.sub("", rest)
    if "'" in bare or '"' in bare:
        yield "bad-html", f"has a quotation mark out of place in <{name}>; write &quot; or &#39; inside of a value"
    for attribute in _ATTRIBUTE.finditer(rest):
        called = attribute[1].lower()
        stated = attribute[2] or attribute[3] or attribute[4] or ""
        if called.startswith("on") and len(called) > 4:
            yield "active-content", f"has the attribute {called} on <{name}>, which readers remove"
        elif called in _ADDRESSES:
            yield from _address(name, called, html.unescape(stated).strip(), has_base)
        elif called == "style" and (rule := _unsafe_style(html.unescape(stated))):
            yield "unsafe-style", f"has the style '{rule}' on <{name}>, which readers remove"


def _address(name: str, called: str, stated: str, has_base: bool) -> Iterator[Remark]:
    if _CODE.match(_IGNORED.sub("", stated)):
        yield "active-content", f"has code in {called} of <{name}>: '{stated[:40]}'"
    elif not has_base and stated and stated[0] != "#" and not _ABSOLUTE.match(stated):
        yield "relative-reference", f"has the relative address '{stated[:60]}' in {called} of <{name}>"


def _unsafe_style(style: str) -> str:
    match = _STYLE.search(style) or _OUTSIZE.search(style) or _OFFICE.search(style)
    return match[0].strip("; ")[:40] if match else ""


def title_remarks(title: str) -> list[Remark]:
    """Return what is to be said of a plain title of RSS, which some readers take for HTML."""
    if match := re.search(r"<[A-Za-z/!?][^\s<]{0,20}", title):
        return [("html-in-text", f"has '{match[0]}', which readers that take titles for HTML drop")]
    return []


def element_remarks(name: str, attributes: dict[str, str], namespace: str) -> Iterator[Remark]:
    """Yield what is to be said of one element of XHTML, or of SVG or MathML inside of it.

    Args:
        attributes: without a namespace, or with one in braces.
        namespace: of the element.
    """
    known = _KNOWN_FOREIGN.get(namespace)
    if known is None or name == "script":
        yield from _element(name) if known or namespace == "http://www.w3.org/1999/xhtml" else ()
    elif name not in known:
        language = "SVG" if namespace.endswith("svg") else "MathML"
        yield "bad-html", f"has <{name[:40]}>, which is no element of {language}"
    for called, stated in attributes.items():
        if called.startswith("on") and len(called) > 4:
            yield "active-content", f"has the attribute {called} on <{name}>, which readers remove"
        elif called.rpartition("}")[2] in _ADDRESSES and not called.startswith("{http://www.w3.org/XML"):
            yield from _address(name, called.rpartition("}")[2], stated.strip(), has_base=False)
        elif called == "style" and (rule := _unsafe_style(stated)):
            yield "unsafe-style", f"has the style '{rule}' on <{name}>, which readers remove"
