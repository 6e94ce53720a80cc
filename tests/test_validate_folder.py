"""A published folder as a whole: what no document of it says by itself."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import Run, Site


@pytest.fixture
def published(seeds: Site) -> Path:
    seeds.build()
    return seeds.output


def codes(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str]]:
    """(file, code) of each line."""
    return [(line.split(":")[0], line.rsplit("[", 1)[1][:-1]) for line in done.stdout.splitlines()]


def test_what_is_published_is_whole(feeds: Run, published: Path) -> None:
    done = feeds("validate", "--strict", published)
    assert (done.returncode, done.stdout) == (0, "")


def test_an_entry_that_differs_elsewhere_is_named_with_both_places(feeds: Run, published: Path) -> None:
    path = published / "countries/hn/atom.xml"
    path.write_text(path.read_text().replace("IOM Builds Synergies", "OIM Builds Synergies"))
    done = feeds("validate", published)
    assert done.returncode == 1
    assert codes(done) == [(str(path), "differs-elsewhere")]
    assert "is titled 'OIM Builds" in done.stdout and "in atom.xml" in done.stdout


def test_another_date_of_the_same_entry_is_named(feeds: Run, published: Path) -> None:
    path = published / "countries/hn/rss.xml"
    path.write_text(path.read_text().replace("Fri, 30 Jul 2021 10:00:00", "Fri, 30 Jul 2021 11:00:00"))
    done = feeds("validate", published)
    assert "is published Fri, 30 Jul 2021" in done.stdout
    assert {code for _, code in codes(done)} == {"differs-elsewhere"}


def test_a_link_to_a_page_that_is_not_there_is_named_once_a_document(feeds: Run, published: Path) -> None:
    gone = published / "items/2021/07/14"
    shutil.rmtree(gone)
    done = feeds("validate", published)
    assert done.returncode == 1
    assert {code for _, code in codes(done)} == {"dangling-link"}
    files = [file for file, _ in codes(done)]
    assert len(files) == len(set(files))
    assert {str(published / name) for name in ("atom.xml", "rss.xml", "countries/gy/atom.xml")} <= set(files)


def test_an_archive_that_leads_in_a_circle_is_named(feeds: Run, published: Path) -> None:
    base = "https://feeds.example.org/"
    (published / "archive/0001").mkdir(parents=True)
    live, archive = published / "atom.xml", published / "archive/0001/atom.xml"
    text = live.read_text()
    link = '<link href="{}" rel="prev-archive"/>\n  <generator>'
    live.write_text(text.replace("<generator>", link.format(base + "archive/0001/atom.xml")))
    own = '{}" rel="self'
    older = text.replace("<generator>", link.format(base + "atom.xml"))
    archive.write_text(older.replace(own.format(base + "atom.xml"), own.format(base + "archive/0001/atom.xml")))
    done = feeds("validate", published)
    assert {code for _, code in codes(done)} == {"archive-circle"}


def test_opml_links_into_the_folder_must_lead_somewhere(feeds: Run, published: Path) -> None:
    (published / "opml.xml").write_text(
        '<opml version="2.0"><head><title>T</title></head><body>'
        '<outline text="A" type="rss" xmlUrl="https://feeds.example.org/atom.xml"/>'
        '<outline text="B" type="rss" xmlUrl="https://feeds.example.org/nothing.xml"/>'
        '<outline text="C" type="rss" xmlUrl="https://elsewhere.example.org/nothing.xml"/>'
        "</body></opml>"
    )
    done = feeds("validate", published)
    assert codes(done) == [(str(published / "opml.xml"), "dangling-link")]
    assert "https://feeds.example.org/nothing.xml" in done.stdout
