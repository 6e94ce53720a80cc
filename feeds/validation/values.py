"""Checks of values: functions from a text to a phrase that completes "expected …", "" if the text is valid.

Each states the document that it obeys. They know no element; the tables of the formats say where each applies. PLAIN
tells of most values in one call that they are right.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Callable
from urllib.parse import quote

Check = Callable[[str], str]
# A check -> what tells at once that a value passes it, for nearly every value that is met. It may say no to others.
PLAIN: dict[Check, Callable[[str], object]] = {}

# RFC 3986: a scheme, then ASCII without white space and delimiters; spaces and brackets must be percent-encoded.
_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!//[/?#]|//$)([!#$%&'()*+,\-./0-9:;=?@A-Z_a-z~\[\]]+)")
# RFC 3987: the same with letters of any script.
_IRI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?!//[/?#]|//$)([!#$%&'()*+,\-./0-9:;=?@A-Z_a-z~\[\]\u00a1-\U000effff]+)")
_REFERENCE = re.compile(r"[!#$%&'()*+,\-./0-9:;=?@A-Z_a-z~\[\]\u00a1-\U000effff]*")
# RFC 3986 3.2.2: brackets stand around an address of IPv6 as the host, and nowhere else.
_LITERAL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@\[\]]*@)?\[[0-9A-Fa-fv:.]+\](?::\d*)?(?:[/?#][^\[\]]*)?")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DNS = r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?"
# RFC 4151 2.1: an authority in lower case as it was on a date, and anything that a URI may hold.
_TAG = re.compile(
    rf"(?:[A-Za-z0-9._-]+@)?{_DNS},\d{{4}}(?:-\d\d(?:-\d\d)?)?:[!$&'()*+,\-./0-9:;=?@A-Z_a-z~%]*(?:#.*)?", re.ASCII
)
# RFC 2141 2: a namespace identifier and what it names.
_URN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}:[A-Za-z0-9()+,\-.:=@;$_!*'%/?#]+")
_UUID = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-](\d\d):(\d\d))", re.ASCII)
_W3CDTF = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?)?)?", re.ASCII)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RFC822 = re.compile(
    rf"(?:(Mon|Tue|Wed|Thu|Fri|Sat|Sun),\s*)?(\d{{1,2}})\s+({'|'.join(_MONTHS)})\s+(\d{{4}}|\d{{2}})\s+"
    r"(\d\d):(\d\d)(?::(\d\d))?\s+(?:[+-]\d{4}|UT|GMT|EST|EDT|CST|CDT|MST|MDT|PST|PDT|[A-IK-Z])",
    re.ASCII | re.IGNORECASE,
)
_COMMENT = re.compile(r"\s*\([^()]*\)")  # RFC 822 3.4.3
_MIME = re.compile(
    r"[A-Za-z0-9][\w!#$&^.+-]*/[A-Za-z0-9*][\w!#$&^.+-]*\s*(?:;\s*[\w-]+=(?:[^\s;\"]+|\"[^\"]*\"))*", re.ASCII
)
# BCP 47 2.1; primary subtags of more than three letters are reserved, none is registered.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*|[iIxX](?:-[A-Za-z0-9]{1,8})+")
# RFC 5322 3.4.1, and with letters of any script RFC 6531 3.3.
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^_`{|}~-]+@[^\W_](?:[\w.-]*[^\W_])?")
# RSS profile: user@host (Real Name); a bare address, "Real Name <user@host>" and mailto: are met and understood.
_CONTACT = re.compile(
    rf"mailto:\S*(?:@|%40)\S+|{_ADDRESS.pattern}(?:\s*\(.*\))?|[^<>@]*<\s*{_ADDRESS.pattern}\s*>", re.DOTALL
)
# What nearly every address and id looks like: right by all of the above, without an escape.
_SIMPLE = re.compile(
    r"(?:https?://[A-Za-z0-9.-]+/|tag:[a-z0-9][a-z0-9.-]*[a-z0-9],\d{4}:|urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$)"
    r"[!$&'()*+,\-./0-9:;=?@A-Z_a-z~]*",
    re.ASCII,
)
_SIMPLE_WEB = re.compile(r"https?://[A-Za-z0-9.-]+/[!$&'()*+,\-./0-9:;=?@A-Z_a-z~]*")
# A date on any day but 29 February, without parts of a second.
_SIMPLE_RFC3339 = re.compile(
    r"[12]\d{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    r"T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)",
    re.ASCII,
)
_SIMPLE_MIME = frozenset(
    "text/html text/plain application/atom+xml application/rss+xml application/feed+json application/xhtml+xml "
    "application/pdf image/jpeg image/png image/gif audio/mpeg video/mp4".split()
)
_CHECKED = re.compile(r"(?:tag|urn|https?|ftp):", re.IGNORECASE)
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
# Schemes of the registry at IANA: the permanent ones, and provisional ones that are met in ids and links.
REGISTERED = frozenset(
    "about acct at ari bitcoin blob cap cid coap coaps crid data dav did dict dns doi drop dtn ethereum example "
    "fax feed file finger ftp geo git go gopher h323 hdl http https iax icap im imap info ipfs ipp ipps irc ircs "
    "iris isbn jabber jdbc ldap ldaps leaptofrogans magnet mailto mid mms msrp msrps mtqp mupdate mvn news nfs ni "
    "nih nntp opaquelocktoken pkcs11 pop pres reload rsync rtmp rtsp rtspu s3 service session sftp sgn shttp "
    "sieve sip sips sms snmp soap.beep soap.beeps ssh stun stuns svn swh tag tel telnet tftp thismessage tip "
    "tn3270 turn turns tv udp urn vemmi vnc webcal ws wss xcon xcon-userid xmlrpc.beep xmlrpc.beeps xmpp z39.50r "
    "z39.50s".split()
)
_OPENED = ("http", "https", "ftp", "ftps", "news", "nntp", "gopher", "mailto", "feed", "tel", "file", "rtsp", "mms")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def is_uri(text: str) -> bool:
    """Return True if the text is an absolute URI (RFC 3986), in ASCII."""
    return bool(_SIMPLE.fullmatch(text)) or (bool(_URI.fullmatch(text)) and not _BAD_PERCENT.search(text))


def uri(text: str) -> str:
    """An absolute URI (RFC 3986) or IRI (RFC 3987); of tag: (RFC 4151), urn: (RFC 2141) and urn:uuid: (RFC 4122) also
    what follows.
    """
    match = _IRI.fullmatch(text)
    if not match or _BAD_PERCENT.search(text):
        return "an absolute URI"
    if ("[" in text or "]" in text) and not _LITERAL.fullmatch(text):
        return "[ and ] to be written as %5B and %5D"
    scheme, rest = match[1].lower(), match[2]
    if scheme == "tag" and not _TAG.fullmatch(rest):
        return "a tag URI like tag:example.org,2020:name"
    if scheme == "urn":
        return _urn(rest)
    if scheme in ("http", "https", "ftp") and (rest[:2] != "//" or rest[2:3] in "/?#"):
        return "an address with a host"
    return ""


def url(text: str) -> str:
    """A URL as RSS asks for it: an absolute URI in ASCII (RFC 3986)."""
    expected = uri(text)
    if expected or text.isascii():
        return expected
    return f"it in ASCII: {in_ascii(text)}"


def in_ascii(iri: str) -> str:
    """Return an IRI as a URI: the host by IDNA, all else in percent-encoded UTF-8 (RFC 3987 3.1)."""
    match = re.fullmatch(r"([A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?)([^/?#:]*)(.*)", iri, re.DOTALL)
    front, host, rest = match.groups() if match else ("", "", iri)
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        host = quote(host)
    safe = "!#$%&'()*+,/:;=?@[]~"
    return quote(front, safe) + host + quote(rest, safe)


def _urn(rest: str) -> str:
    """What follows urn:."""
    if rest.lower().startswith("uuid:") and not _UUID.fullmatch(rest[5:]):
        return "a UUID like urn:uuid:60a76c80-d399-11d9-b93c-0003939e0af6"
    return "" if _URN.fullmatch(rest) else "a URN like urn:example:name"


def reference(text: str) -> str:
    """A URI, an IRI or a relative reference (RFC 3986 4.1); of an absolute one the scheme's rules hold."""
    if not _REFERENCE.fullmatch(text) or _BAD_PERCENT.search(text):
        return "a URI without spaces"
    if ("[" in text or "]" in text) and not _LITERAL.fullmatch(text):
        return "[ and ] to be written as %5B and %5D"
    return uri(text) if _CHECKED.match(text) else ""


def permalink(text: str) -> str:
    """An address that a browser can open."""
    if expected := url(text):
        return expected
    return "" if text.split(":")[0].lower() in _OPENED else "an address like https://example.org/"


def is_usual(text: str) -> bool:
    """Return True if readers open the scheme of this URI."""
    return text.split(":")[0].lower() in _OPENED


def is_simple_web(text: str) -> bool:
    """Return True if the text is an http or https address without escapes, as nearly all are."""
    return bool(_SIMPLE_WEB.fullmatch(text))


def rfc3339(text: str) -> str:
    """RFC 3339 5.6 as RFC 4287 3.3 narrows it: upper-case T and Z, a zone, no white space."""
    match = _RFC3339.fullmatch(text)
    if match:
        try:
            dt.datetime.fromisoformat(match[1].replace(":60", ":59"))
            if not match[4] or (int(match[4]) < 24 and int(match[5]) < 60):
                return ""
        except ValueError:
            pass
    return "a date like 2017-07-28T10:00:00Z"


def w3cdtf(text: str) -> str:
    """W3C NOTE-datetime: a year, a month, a day, or a day with a time and its zone."""
    if _W3CDTF.fullmatch(text):
        year, month, day = (*text[:10].split("-"), "01", "01")[:3]
        clock = text[11:19] if "T" in text else "00:00"
        hours, minutes, *seconds = (int(part) for part in re.findall(r"\d\d", clock)[:3])
        try:
            dt.date(int(year), int(month), int(day))
        except ValueError:
            return "a date that exists"
        if hours < 24 and minutes < 60 and all(second < 61 for second in seconds):
            return ""
    return "a date like 2017-07-28 or 2017-07-28T10:00Z"


def rfc822(text: str) -> str:
    """RFC 822 5 with four-digit years allowed (RSS 2.0); the day of the week must be the date's.

    Names are case-independent (RFC 822 3.4.7), and comments may stand in parentheses (3.4.3).
    """
    match = _RFC822.fullmatch(text) or _RFC822.fullmatch(_COMMENT.sub("", text).strip())
    if not match or not _is_clock(*match.groups()[4:]):
        return "a date like Fri, 28 Jul 2017 10:00:00 +0000"
    named, day, month, year = match.groups()[:4]
    try:
        date = dt.date(_full_year(year), _MONTHS.index(month.title()) + 1, int(day))
    except ValueError:
        return "a date that exists"
    if named and _DAYS.index(named.title()) != date.weekday():
        return f"the day of the week to be {_DAYS[date.weekday()]}"
    return ""


def _full_year(digits: str) -> int:
    """Two digits by RFC 2822 4.3: 00-49 are 20xx, the others 19xx."""
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (2000 if int(digits) < 50 else 1900)


def _is_clock(hour: str, minute: str, second: str | None) -> bool:
    return int(hour) < 24 and int(minute) < 60 and int(second or 0) < 61


def mime(text: str) -> str:
    """A media type (RFC 2045 5.1)."""
    return "" if _MIME.fullmatch(text) else "a media type like text/html"


def language(text: str) -> str:
    """A language tag (BCP 47), by its form."""
    return "" if _LANGUAGE.fullmatch(text) else "a language tag like en or es-PA"


def address(text: str) -> str:
    """An e-mail address (RFC 2822 addr-spec, without quoted parts)."""
    return "" if _ADDRESS.fullmatch(text) else "an e-mail address like news@example.org"


def contact(text: str) -> str:
    """An e-mail address, and whatever else: in which order the name stands is advice (RSS profile, e-mail)."""
    outside = _COMMENT.sub(" ", text)  # an address in parentheses is a comment
    is_there = _ADDRESS.search(outside) or is_usual_contact(text)
    return "" if is_there else "an e-mail address like news@example.org (Ana Ruiz)"


def is_usual_contact(text: str) -> bool:
    """Return True for an e-mail address with an optional name as programs read it."""
    return _CONTACT.fullmatch(text) is not None


def has_address(text: str) -> bool:
    """Return True if there is an e-mail address in a text."""
    return _ADDRESS.search(text) is not None


_WEB_ID = re.compile(
    r"(?P<scheme>https?)://(?P<user>[^/?#@]*@)?(?P<host>[^/?#:@]*)(?P<port>:\d*)?(?P<rest>.*)", re.I | re.S
)
_NEEDLESS = re.compile(
    r"%(?:2[DdEe]|3\d|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])"
)  # of unreserved characters, RFC 3986 2.3
_SMALL_HEX = re.compile(r"%(?=[0-9A-F]?[a-f])[0-9A-Fa-f]{2}")
_PORTS = {"http": ":80", "https": ":443"}


def canonical(text: str) -> str:
    """An id in normal form (RFC 4287 4.2.6.1): nothing that another spelling of the same address would have."""
    if _CANONICAL.fullmatch(text):
        return ""
    match = _WEB_ID.fullmatch(text)
    if match is None:
        return ""
    if match["scheme"] != match["scheme"].lower() or match["host"] != match["host"].lower():
        return "scheme and host in lower case"
    if match["port"] in (":", _PORTS[match["scheme"]]):
        return "no port, it is the usual one"
    if not match["rest"].startswith("/"):
        return "a / behind the host"
    if "/./" in match["rest"] or "/../" in match["rest"]:
        return "a path without . and .."
    if needless := _NEEDLESS.search(match["rest"]):
        return f"{bytes.fromhex(needless[0][1:]).decode()} where it is written as {needless[0]}"
    return "capital letters in %XX" if _SMALL_HEX.search(match["rest"]) else ""


_CANONICAL = re.compile(r"(?:https?://[a-z0-9.-]+/(?!\.)|tag:|urn:)(?:[!$&'()*+,\-0-9:;=?@A-Z_a-z~]|\.(?!/)|/(?!\.))*")


def moment(text: str) -> dt.datetime | None:
    """Return the time that a date of RFC 3339, RFC 822 or W3CDTF states; None where it states none.

    A zone that has a name is taken for UTC, which is right to within half a day.
    """
    try:
        if match := _RFC3339.fullmatch(text):
            return dt.datetime.fromisoformat(match[1].replace(":60", ":59") + match[3].replace("Z", "+00:00"))
        if match := _RFC822.fullmatch(text) or _RFC822.fullmatch(_COMMENT.sub("", text).strip()):
            _, day, month, year, hour, minute, _ = match.groups()
            date = _full_year(year), _MONTHS.index(month.title()) + 1, int(day)
            return dt.datetime(*date, int(hour), int(minute), tzinfo=dt.UTC)
        if _W3CDTF.fullmatch(text) and text[4:5] in ("", "-"):
            year, month, day = (*text[:10].split("-"), "01", "01")[:3]
            return dt.datetime(int(year), int(month), int(day), tzinfo=dt.UTC)
    except ValueError:
        pass
    return None


def integer(low: int, high: int | None = None) -> Check:
    """A whole number in a range."""

    def check(text: str) -> str:
        if (
            text.isascii()
            and text.isdigit()
            and len(text) < 20
            and low <= int(text)
            and (high is None or int(text) <= high)
        ):
            return ""
        return f"a whole number from {low} to {high}" if high is not None else f"a whole number from {low}"

    return check


_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]*)?")


def number(low: float | None = None, high: float | None = None) -> Check:
    """A decimal number, in a range where one is given."""

    def check(text: str) -> str:
        if _NUMBER.fullmatch(text):
            value = float(text)
            if (low is None or value >= low) and (high is None or value <= high):
                return ""
        return "a number" if low is None else f"a number from {low:g}" + (f" to {high:g}" if high is not None else "")

    return check


def one_of(words: str) -> Check:
    """One of some words, separated by spaces."""
    allowed = frozenset(words.split())

    def check(text: str) -> str:
        return "" if text in allowed else f"one of {', '.join(words.split())}"

    PLAIN[check] = allowed.__contains__
    return check


def matching(pattern: str, expected: str) -> Check:
    """What a pattern matches."""
    compiled = re.compile(pattern, re.ASCII)

    def check(text: str) -> str:
        return "" if compiled.fullmatch(text) else expected

    PLAIN[check] = compiled.fullmatch
    return check


def base64_text(text: str) -> str:
    """Base64 (RFC 4648 4), with white space anywhere."""
    try:
        base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return "text in Base64"
    return ""


def anything(text: str) -> str:
    """Whatever it is, it is right."""
    return ""


def not_empty(text: str) -> str:
    """Some text."""
    return "" if text.strip() else "some text"


PLAIN |= {
    uri: _SIMPLE.fullmatch,
    url: _SIMPLE.fullmatch,
    reference: _SIMPLE.fullmatch,
    rfc3339: _SIMPLE_RFC3339.fullmatch,
    mime: _SIMPLE_MIME.__contains__,
}
