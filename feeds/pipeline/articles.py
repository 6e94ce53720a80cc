"""Items completed by the page that each links to: its text, picture, authors, language and date, fetched once."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from feeds.config import Config, Source
from feeds.content import markup
from feeds.content.normalise import clean_text
from feeds.history import History
from feeds.history.articles import StoredArticle
from feeds.model import Author, Enclosure, Origin, Problem, RawItem, SourceError
from feeds.pipeline.downloads import get_document, robots_of, stated_charset
from feeds.pipeline.run import Run, digest
from feeds.sources import notes
from feeds.sources.article import Article, has_extractor, read_article

MOST = 30  # pages of a source that are fetched in a run
PAUSE = 1.0  # seconds between two pages of one source
_SECONDS = 10  # that one may take
_MOST_BYTES = 4 << 20  # of a page
_MOST_SILENT = 3  # pages one after the other that no server gives, after which none is asked for in this run
_AT_ONCE = 3  # tries in runs that follow each other; after them a day is waited
_LAST_TRY = 10
_DAY = 24 * 60 * 60


class Articles:
    """The pages of the items of one source in one run.

    Attributes:
        pending: items whose page is still to be fetched, so that the document is read again.
    """

    def __init__(self, run: Run, source: Source) -> None:
        self._run, self._source = run, source
        self._how = digest(source.article, has_extractor())
        self._fetched, self._silent, self._left_out, self._without_text = 0, 0, 0, 0
        self._failed: dict[str, str] = {}  # link -> why
        self.pending = 0

    def complete(self, raw: RawItem) -> RawItem | None:
        """Return an item with what its page says; as it is where that cannot be had now.

        Returns:
            None for an address without a title, as of a sitemap, whose page is not read yet or states no date of
            publication: that is no news.
        """
        link = markup.absolute_link(raw.link, self._source.base_url) if raw.link else None
        if link is None:
            return raw
        article = self._article(link)
        if raw.content.title:
            return raw if article is None else completed(raw, article, self._source)
        if article is None or not (raw.date or article.date):
            self._left_out += article is not None
            return None
        return completed(raw, article, self._source)

    def problems(self, origin: Origin) -> list[Problem]:
        """Return what is to be said of the pages: those that failed, and how many wait for the next run."""
        found = []
        if self._failed:
            reasons = list(dict.fromkeys(self._failed.values()))
            stated = notes.of_names("article", tuple(self._failed), origin)
            found.append(stated._replace(message=f"{stated.message}: {reasons[0]}"))
        if left := self.pending - len(self._failed):
            message = f"{left} pages of items are not fetched yet; the next runs do"
            found.append(Problem(origin, "article-later", message, "warning"))
        if self._left_out and self._fetched:
            message = f"{self._left_out} addresses lead to pages that state no date of publication, and are no news"
            found.append(Problem(origin, "left-out", message, "warning"))
        if self._without_text and not has_extractor():
            found.append(notes.of_names("no-extractor", ("feeds[articles]",), origin))
        return found

    def _article(self, link: str) -> Article | None:
        stored = self._run.history.articles.get(self._source.name, link, self._how)
        if stored and stored.content:
            return _unpacked(json.loads(stored.content))
        now = int(self._run.now.timestamp())
        if stored and stored.failures >= _LAST_TRY:
            return None
        self.pending += 1
        is_due = not stored or stored.failures < _AT_ONCE or now - stored.tried >= _DAY
        if not is_due or not self._may_fetch():
            return None
        failures = stored.failures if stored else 0
        try:
            article = self._fetch(link)
        except SourceError as error:
            self._silent += error.code in ("timeout", "unreachable")
            self._failed[link] = error.message
            self._store(link, StoredArticle("", now, failures + 1))
            return None
        self._silent = 0
        self.pending -= 1
        self._store(link, StoredArticle(json.dumps(article._asdict(), ensure_ascii=False), now, 0))
        return article

    def _may_fetch(self) -> bool:
        return self._fetched < MOST and self._silent < _MOST_SILENT and not self._run.is_dry

    def _fetch(self, link: str) -> Article:
        if self._fetched:
            time.sleep(PAUSE)
        self._fetched += 1
        run, source = self._run, self._source
        answer = get_document(run.config, source, link, robots_of(run), most=_MOST_BYTES, seconds=_SECONDS, tries=1)
        article = read_article(
            answer.body, stated_charset(answer.content_type), answer.address, dict(source.article or ())
        )
        self._without_text += not article.html
        return _clean(article, run.config)

    def _store(self, link: str, article: StoredArticle) -> None:
        self._run.history.articles.set(self._source.name, link, self._how, article)


def complete_known(history: History, source: Source, raw: RawItem) -> RawItem:
    """Return an item with what its page said when it was fetched; nothing is fetched."""
    link = markup.absolute_link(raw.link, source.base_url) if raw.link else None
    how = digest(source.article, has_extractor())
    stored = history.articles.get(source.name, link, how) if link else None
    return completed(raw, _unpacked(json.loads(stored.content)), source) if stored and stored.content else raw


def completed(raw: RawItem, article: Article, source: Source) -> RawItem:
    """Return an item with what its page says: its text in place of the teaser, which becomes the summary; the rest only
    where the list does not state it.
    """
    content = raw.content
    if article.html:
        teaser = content.html or content.text
        content = content._replace(
            html=article.html,
            text="",
            stated_summary=content.stated_summary or (teaser or article.summary),
        )
    if article.image and content.picture is None:
        picture = Enclosure(
            address=article.image,
            media_type="",
            length=0,
            is_picture=True,
            description=article.image_text,
            credit=article.image_credit,
        )
        content = content._replace(enclosures=(*content.enclosures, picture))
    content = content._replace(
        title=content.title or article.title,
        authors=content.authors or article.authors,
        language=content.language or ("" if source.language else article.language),
    )
    return raw._replace(content=content, date=raw.date or article.date)


def _clean(article: Article, config: Config) -> Article:
    """An article of which every text is bounded and holds only characters that can be stored."""
    texts = {
        name: clean_text(value)[0][: config.limits.text]
        for name, value in article._asdict().items()
        if isinstance(value, str) and name != "html"
    }
    authors = tuple(Author(clean_text(author.name)[0], author.address) for author in article.authors)
    html = markup.safe_html(article.html[: 4 * config.limits.text], images=True)
    return article._replace(**texts, html=html, authors=authors)


def _unpacked(stored: Mapping[str, Any]) -> Article:
    authors = tuple(Author(*author) for author in stored["authors"])
    return Article(**{**stored, "authors": authors})
