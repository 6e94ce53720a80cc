"""Generations: every feed changes in the same instant, and there is a way back."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest
from conftest import CONFIG, Run, Site, item
from test_publish import copy, run

from feeds.model import PublishError
from feeds.pipeline import ROLLED_BACK
from feeds.publish import Generations
from feeds.validation import validate

SETTING = "[publish]\ngenerations = 3\n"
DATES = ("1 May, 2017", "2 May, 2017", "3 May, 2017", "4 May, 2017", "5 May, 2017", "6 May, 2017")


def listing(count: int) -> str:
    """A listing of that many items, the newest on top; the third alone is about Honduras."""
    places = ["Panama", "Panama", "Honduras", "Panama", "Panama", "Panama"]
    return "".join(item(DATES[n], f"{places[n]} trains staff, part {n + 1}") for n in reversed(range(count)))


@pytest.fixture
def kept(site: Site) -> Site:
    """A site with three generations, of three, four and five items."""
    site.write("feeds.toml", CONFIG + SETTING)
    site.served = site.output / "current"
    for count in (3, 4, 5):
        site.write("news.txt", listing(count))
        assert site.build().status == 0
    return site


def names(site: Site) -> list[str]:
    return sorted(path.name for path in (site.output / "generations").iterdir())


def titles(site: Site) -> int:
    return (site.served / "atom.xml").read_text().count("<entry>")


def test_a_build_makes_a_whole_output_and_links_to_it(kept: Site) -> None:
    assert sorted(path.name for path in kept.output.iterdir()) == ["current", "generations"]
    assert (kept.output / "current").readlink() == Path("generations/0003")
    assert names(kept) == ["0001", "0002", "0003"]
    for name, entries in (("0001", 3), ("0002", 4), ("0003", 5)):
        assert (kept.output / "generations" / name / "atom.xml").read_text().count("<entry>") == entries
    assert all(validate(body) == [] for path, body in kept.files().items() if path.endswith(".xml"))


def test_what_does_not_change_is_the_same_file_with_the_same_time(kept: Site) -> None:
    before, generation = kept.stamps(), kept.output / "generations"
    kept.write("news.txt", listing(6))
    kept.build()
    after = kept.stamps()
    same = {path for path in before if after[path] == before[path]}
    assert str(kept.served / "countries/hn/atom.xml") in same
    assert str(kept.served / "items/2017/05/01/panama-trains-staff-part-1.html") in same
    assert str(kept.served / "atom.xml") not in same
    assert (generation / "0004/feeds.css").stat().st_nlink == 3


def test_a_run_with_nothing_new_makes_no_generation(kept: Site) -> None:
    before = kept.stamps()
    report = kept.build()
    assert (report.written, kept.stamps(), names(kept)) == ([], before, ["0001", "0002", "0003"])


def test_as_many_are_kept_as_are_wanted(kept: Site) -> None:
    kept.write("news.txt", listing(6))
    kept.build()
    assert names(kept) == ["0002", "0003", "0004"]
    kept.write("feeds.toml", CONFIG + SETTING.replace("3", "2"))
    kept.write("news.txt", item("7 May, 2017", "Chile trains") + listing(6))
    kept.build()
    assert names(kept) == ["0004", "0005"]


@pytest.mark.slow
def test_a_rollback_serves_what_was_before_until_a_build_is_allowed_to_publish(kept: Site, feeds: Run) -> None:
    ids_before = (kept.served / "atom.xml").read_text()
    done = feeds("rollback", "-o", kept.output)
    assert done.returncode == 0
    assert done.stdout.startswith("0003 -> 0002; builds publish nothing until one is allowed to: --allow rolled-back")
    assert titles(kept) == 4
    kept.write("news.txt", listing(6))
    held = feeds("build", kept.folder, "-o", kept.output)
    assert held.returncode == 3
    assert "generation 0002 is served since `feeds rollback` took 0003 back" in held.stderr
    kept.write("news.txt", listing(6).partition("5 May")[0] + listing(4))  # the fifth has left the listing meanwhile
    assert kept.build().status == 3
    assert titles(kept) == 4
    assert feeds("diff", kept.folder, "-o", kept.output).returncode == 3
    assert feeds("build", kept.folder, "-o", kept.output, "--allow", "rolled-back").returncode == 0
    assert titles(kept) == 6  # nothing that came meanwhile is lost, and nothing has another id
    for line in ids_before.splitlines():
        if "<id>" in line:
            assert line in (kept.served / "atom.xml").read_text()
    assert names(kept) == ["0001", "0002", "0004"]  # not 0003, which was taken back
    assert kept.build().status == 0
    assert not (kept.output / "undone").is_symlink()


@pytest.mark.slow
def test_rolling_back_goes_as_far_as_there_is_something_and_forward_again(kept: Site, feeds: Run) -> None:
    assert feeds("rollback", "-o", kept.output).returncode == 0
    assert feeds("rollback", "-o", kept.output).returncode == 0
    assert titles(kept) == 3
    done = feeds("rollback", "-o", kept.output)
    assert done.returncode == 3
    assert "has no generation before 0001; there are 0001, 0002, 0003 [nothing-kept]" in done.stderr
    assert "generation 0009 is not there" in feeds("rollback", "-o", kept.output, "--to", 9).stderr
    assert "generation 0001 is served already" in feeds("rollback", "-o", kept.output, "--to", 1).stderr
    assert feeds("rollback", "-o", kept.output, "--to", 2).stdout.startswith("0001 -> 0002; builds publish nothing")
    assert kept.build().status == 3
    assert feeds("rollback", "-o", kept.output, "--to", 3).stdout == "0002 -> 0003\n"
    # The history learns that the problem has ended; what is published is not touched.
    before = published(kept)
    assert (kept.build().status, published(kept)) == (0, before)


def published(site: Site) -> dict[str, tuple[int, int]]:
    return {path: stamp for path, stamp in site.stamps().items() if not path.endswith(".history.sqlite3")}


def test_an_output_without_generations_cannot_be_rolled_back(site: Site, feeds: Run) -> None:
    site.write("news.txt", listing(3))
    site.build()
    done = feeds("rollback", "-o", site.output)
    assert done.returncode == 3
    assert "has no generations to go back to; [publish] generations = 3 in feeds.toml keeps them" in done.stderr


def test_a_rollback_is_allowed_away_even_where_the_next_output_equals_the_one_that_is_served(kept: Site) -> None:
    Generations(kept.output).roll_back()
    shutil.rmtree(kept.output / "generations/0002")
    copy(kept.output / "generations/0003", kept.output / "generations/0002")
    assert kept.build(allow=(ROLLED_BACK,)).written == []
    assert kept.build().status == 0


def test_what_only_an_archive_had_is_published_again_after_a_rollback(kept: Site) -> None:
    kept.write("feeds.toml", CONFIG + SETTING + "[limits]\nlive = 1\n")
    kept.build()
    kept.write("news.txt", listing(5).replace("part 1\n\nSome", "part 1\n\nOther"))
    kept.build()
    assert b"Other text" in kept.files()["archive/0001/atom.xml"]
    new = kept.files()
    Generations(kept.output).roll_back()
    assert b"Other text" not in kept.files()["archive/0001/atom.xml"]
    assert kept.build(allow=(ROLLED_BACK,)).status == 0
    assert kept.files() == new


def test_files_and_links_of_others_come_along(kept: Site) -> None:
    (kept.served / "robots.txt").write_text("User-agent: *\n")
    (kept.served / "latest.xml").symlink_to("atom.xml")
    kept.write("news.txt", listing(6))
    kept.build()
    assert (kept.output / "generations/0004/robots.txt").read_text() == "User-agent: *\n"
    assert (kept.output / "generations/0004/latest.xml").readlink() == Path("atom.xml")


def test_what_others_put_where_a_folder_is_needed_stops_the_run_and_stays(kept: Site) -> None:
    shutil.rmtree(kept.served / "countries")
    (kept.served / "countries").write_text("mine")
    before = kept.files()
    kept.write("news.txt", listing(6))
    with pytest.raises(PublishError, match="countries: error: is a link or a file where a folder is needed"):
        kept.build()
    assert kept.files() == before and (kept.served / "countries").read_text() == "mine"


@pytest.mark.parametrize(
    ("place", "to", "message"),
    [
        ("current", "..", "current: error: is not a link to one of generations; move it away [publish]"),
        ("current", "generations/../../site", "is not a link to one of generations"),
        ("undone", "/etc", "undone: error: is not a link to one of generations"),
        ("generations", "..", "generations: error: is a link or a file where a folder is needed; move it away"),
    ],
)
def test_links_that_feeds_did_not_make_are_not_followed(site: Site, place: str, to: str, message: str) -> None:
    site.write("feeds.toml", CONFIG + SETTING)
    site.write("news.txt", listing(3))
    site.output.mkdir()
    (site.output / place).symlink_to(to)
    before = sorted(site.folder.iterdir())
    with pytest.raises(PublishError) as refused:
        site.build()
    assert message in str(refused.value)
    assert sorted(site.output.iterdir()) == [site.output / place]
    assert {path.name for path in site.folder.iterdir()} - {".history.sqlite3"} == {path.name for path in before}


def test_a_folder_in_the_place_of_the_link_is_left_alone(site: Site) -> None:
    site.write("feeds.toml", CONFIG + SETTING)
    site.write("news.txt", listing(3))
    (site.output / "current").mkdir(parents=True)
    (site.output / "current/mine.txt").write_text("mine")
    with pytest.raises(PublishError, match="is not a link to one of generations"):
        site.build()
    assert (site.output / "current/mine.txt").read_text() == "mine"


def test_what_was_published_the_other_way_is_named_until_it_is_gone(site: Site) -> None:
    site.write("news.txt", listing(3))
    site.build()
    site.write("feeds.toml", CONFIG + SETTING)
    report = site.build()
    assert [problem.code for problem in report.problems] == ["left-over"]
    assert report.status == 0
    assert "is of a time without generations, and not kept up" in str(report.problems[0])
    for path in ("atom.xml", "rss.xml"):
        (site.output / path).unlink()
    assert site.build().problems == []
    site.write("feeds.toml", CONFIG)
    [problem] = site.build().problems
    assert "is of a time with generations, and not kept up" in str(problem)
    assert titles(site) == 3
    (site.output / "current").unlink()
    assert site.build().problems == []


def test_feeds_whose_history_is_gone_are_not_begun_anew(kept: Site, feeds: Run) -> None:
    (kept.folder / ".history.sqlite3").unlink()
    done = feeds("build", kept.folder, "-o", kept.output)
    assert done.returncode == 3
    assert "what they remember would be lost" in done.stderr


@pytest.mark.slow
def test_a_rollback_killed_at_any_point_serves_one_of_both_and_can_be_done_again(kept: Site, tmp_path: Path) -> None:
    copy(kept.output, tmp_path / "start")
    undisturbed = run(kept, 0, "rollback", "-o", str(kept.output))
    points = int(undisturbed.stdout.splitlines()[-1])
    assert points >= 4
    for point in range(1, points + 1):
        shutil.rmtree(kept.output)
        copy(tmp_path / "start", kept.output)
        killed = run(kept, point, "rollback", "-o", str(kept.output))
        assert killed.returncode == -signal.SIGKILL
        served = titles(kept)
        assert served in (4, 5)
        is_held = kept.build().status == 3
        assert is_held == (served == 4), point
        assert not list(kept.output.glob(".feeds-*")), point
        if not is_held:
            assert run(kept, 0, "rollback", "-o", str(kept.output)).returncode == 0
        assert titles(kept) == 4
        assert kept.build(allow=(ROLLED_BACK,)).status == 0
        assert titles(kept) == 5
