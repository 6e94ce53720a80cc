"""Mail: a message as a file (RFC 5322), or many in one (mbox, RFC 4155), each an item."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from typing import BinaryIO

from feeds.content import markup
from feeds.model import Author, Content, Problem, RawItem, SourceError
from feeds.sources.context import Context, read_whole, title_from_text

_MBOX = re.compile(rb"^From [^\r\n]*\r?\n", re.MULTILINE)
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)  # as mbox keeps a line that would begin a message
_NAMED_LINK = re.compile(r"<(https?://[^<>\s]+)>")  # RFC 5064


def read(stream: BinaryIO, context: Context) -> Iterator[RawItem | Problem]:
    """Yield the messages of a file.

    Raises:
        SourceError: it holds none.
    """
    data = read_whole(stream)
    is_mbox = data.startswith(b"From ")
    line, found = 1, False
    for part in _messages(data) if is_mbox else [data]:
        message = message_from_bytes(part, policy=policy.default)
        if isinstance(message, EmailMessage) and message["subject"] is not None:
            found = True
            yield _item(message, line, context)
        line += part.count(b"\n") + is_mbox
    if not found:
        raise SourceError("not-mail", "is not a message with a subject, nor a mailbox of such (mbox)")


def _messages(data: bytes) -> Iterator[bytes]:
    """Yield the messages of a mailbox; each begins after a blank line, with "From "."""
    starts = [match for match in _MBOX.finditer(data) if match.start() == 0 or _is_after_blank(data, match.start())]
    ends = [match.start() for match in starts[1:]] + [len(data)]
    for match, end in zip(starts, ends, strict=True):
        yield _QUOTED.sub(rb"\1", data[match.end() : end])


def _is_after_blank(data: bytes, at: int) -> bool:
    return data[max(0, at - 2) : at] == b"\n\n" or data[max(0, at - 4) : at] == b"\r\n\r\n"


def _item(message: EmailMessage, line: int, context: Context) -> RawItem:
    html, text = _body(message, "html"), _body(message, "plain")
    paragraphs = re.split(r"\n\s*\n", text.replace("\r\n", "\n"))
    title = _header(message, "subject")
    for file in message.iter_attachments():
        context.note_unused([f"attachment {file.get_filename() or file.get_content_type()}"])
    content = Content(
        title=title or title_from_text(markup.html_paragraphs(html) if html else tuple(paragraphs)),
        text="" if html else "\n\n".join(" ".join(part.split()) for part in paragraphs if part.strip()),
        html=html,
        language=_header(message, "content-language").partition(",")[0].strip(),
        categories=tuple(filter(None, (word.strip() for word in _header(message, "keywords").split(",")))),
        # Of an address without a name nothing is left: e-mail addresses are not published.
        authors=tuple(Author(name) for name, _ in getaddresses([_header(message, "from")]) if name),
    )
    link = _NAMED_LINK.search(_header(message, "archived-at"))
    return RawItem(
        origin=context.origin_at(line),
        date=_header(message, "date"),
        content=content,
        link=link[1] if link else "",
        guid=_header(message, "message-id").strip(" <>"),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(message[name] or "").split())
    except (ValueError, IndexError, AttributeError, TypeError):  # what the email package raises for broken headers
        return ""


def _body(message: EmailMessage, kind: str) -> str:
    """The text of a message that is HTML, or plain; "" where it has none such."""
    try:
        part = message.get_body(preferencelist=(kind,))
        found = part.get_content() if part is not None else ""
    except (LookupError, ValueError, AttributeError, TypeError):  # an encoding that is unknown, a part that is broken
        return ""
    return found if isinstance(found, str) else ""
