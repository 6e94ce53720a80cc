"""Nothing that an item or a configuration says makes a path outside of the output, or two files of one name."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from conftest import CONFIG, Site, item

from feeds.config import load_config
from feeds.model import ConfigError

TITLES = [
    "../../../etc/passwd",
    "/etc/passwd",
    "..\\..\\windows\\system32",
    "CON",
    "nul.html",
    "index",
    ".",
    "…",
    "a" * 300,
    "é" * 300,
    "The Café opens",
    "The Cafe opens",
    "THE CAFÉ OPENS again",
    unicodedata.normalize("NFD", "the café opens again too"),
    "name\u202efdp.exe",
    "%2e%2e%2fescape",
    "中文标题",
    "<script>alert(1)</script>",
]


def test_no_title_leaves_the_output_or_takes_the_place_of_another(tmp_path: Path) -> None:
    site = Site(tmp_path)
    site.write("news.txt", "".join(item("07/28/17", title, f"Text {n}.") for n, title in enumerate(TITLES)))
    before = {path for path in tmp_path.rglob("*") if not path.is_relative_to(site.output)}
    report = site.build()
    assert report.counts.new + report.counts.rejected == len(TITLES)
    assert report.counts.new >= len(TITLES) - 2
    after = {path for path in tmp_path.rglob("*") if not path.is_relative_to(site.output)}
    assert after - before <= {site.folder / ".history.sqlite3"}
    pages = [path for path in site.files() if path.startswith("items/")]
    assert len(pages) == report.counts.new
    assert len({unicodedata.normalize("NFKC", path).casefold() for path in site.files()}) == len(site.files())
    for path in pages:
        assert path.isascii()
        assert max(len(part) for part in path.split("/")) <= 80
        assert not {"..", "."} & set(path.split("/"))
        assert path.rsplit("/", 1)[1].split(".")[0] not in ("con", "nul", "prn", "aux", "")


@pytest.mark.parametrize(
    "text",
    [
        '[[sources]]\nname = "../news"\n',
        '[[sources]]\nname = "news"\npath = "/etc/*"\n',
        '[[sources]]\nname = "news"\npath = "a/../../*"\n',
        '[facets.topics]\nfile = "../../topics.toml"\n',
        '[facets.countries]\nfile = "/etc/passwd"\n',
    ],
)
def test_no_configuration_leaves_the_sites_folder(tmp_path: Path, text: str) -> None:
    site = Site(tmp_path)
    site.write("feeds.toml", CONFIG + text)
    with pytest.raises(ConfigError):
        load_config(site.folder)


@pytest.mark.parametrize("term", ["../escape", "a/b", "Upper", "", "a" * 61, "."])
def test_no_topic_leaves_its_folder(tmp_path: Path, term: str) -> None:
    site = Site(tmp_path)
    site.write("topics.toml", f'[[topics]]\nterm = "{term}"\nlabel.en = "T"\nphrases.en = ["river"]\n')
    site.write("feeds.toml", CONFIG + '[facets.topics]\nfile = "topics.toml"\n')
    site.write("news.txt", item("07/28/17", "A river rises"))
    with pytest.raises(ConfigError, match="expected lower-case letters"):
        site.build()


@pytest.mark.parametrize("place", ["countries", "countries/pa", "items", "atom.xml"])
def test_no_link_in_the_output_is_followed(tmp_path: Path, place: str) -> None:
    site = Site(tmp_path)
    site.write("news.txt", item("07/28/17", "Panama opens an office"))
    outside = tmp_path / "outside"
    outside.mkdir()
    target = site.output / place
    target.parent.mkdir(parents=True)
    target.symlink_to(outside / "file" if place == "atom.xml" else outside)
    if place == "atom.xml":
        (outside / "file").write_text("precious")
        assert site.build().status == 0  # the link itself is replaced
        assert not target.is_symlink()
        assert (outside / "file").read_text() == "precious"
        return
    with pytest.raises(Exception, match="is a link or a file where a folder is needed"):
        site.build()
    assert list(outside.iterdir()) == []
