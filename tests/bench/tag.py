"""What tagging costs: documents of 700 characters a second on one core, and what a start takes.

    python tests/bench/tag.py

The documents are the items of the seeds, cut and joined to that length. Not part of the tests.
"""

from __future__ import annotations

import resource
import time
from pathlib import Path

from feeds import config, dates, fetch, sources
from feeds.model import RawItem
from feeds.tagging import Tagger

LENGTH, DOCUMENTS = 700, 3000


def documents() -> list[tuple[str, str]]:
    """Titles and texts, LENGTH characters together."""
    seeds = Path(__file__).parent.parent.parent / "seeds"
    settings = config.load_config(seeds)
    rules = dates.DateRules(tuple(dates.MONTHS))
    titles, texts = [], []
    for source in settings.sources:
        for document in fetch.find(seeds, source.path):
            for raw in sources.read(document, source, rules, 100_000):
                if isinstance(raw, RawItem):
                    titles.append(raw.content.title)
                    texts += raw.content.paragraphs
    text = "\n\n".join(texts)
    found = []
    for number in range(DOCUMENTS):
        title = titles[number % len(titles)]
        start = number * 97 % (len(text) - LENGTH)
        found.append((title, text[start : start + LENGTH - len(title)]))
    return found


def main() -> None:
    """Print the figures."""
    texts = documents()
    start = time.process_time()
    tagger = Tagger()
    tagger.tag(*texts[0])
    print(f"start {time.process_time() - start:.2f} s")
    best = 0.0
    for _ in range(5):
        start = time.process_time()
        for title, text in texts:
            tagger.tag(title, text)
        best = max(best, len(texts) / (time.process_time() - start))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{best:.0f} documents of {LENGTH} characters a second, peak {memory:.0f} MB")


if __name__ == "__main__":
    main()
