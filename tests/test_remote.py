"""A history in object storage: machines that remember nothing share a site, and of two at once one wins."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import CONFIG, NOW, Run, Site, item

from feeds.deploy import objects, remote
from feeds.deploy.objects import ChangedError, Lease, StorageError, StoredObject
from feeds.model import ConfigError, HistoryError, LockedError
from feeds.pipeline.report import Report

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # of the libraries
    pytest.mark.usefixtures("s3"),
]
URL = "s3://bucket/news.sqlite3"
FIRST = item("4 May, 2017", "Honduras holds a workshop")
SECOND = item("5 May, 2017", "Panama trains staff") + FIRST
THIRD = item("6 May, 2017", "Peru sings") + SECOND
UPLOAD = '[publish]\nupload = "s3://bucket/feeds"\n'


class Machine:
    """A machine with a folder and an output of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.site = Site(folder)
        self.configure()

    def configure(self, more: str = "") -> None:
        self.site.write("feeds.toml", f'{CONFIG}[history]\nurl = "{URL}"\n{more}')

    def build(self, listing: str | None = None) -> Report:
        if listing:
            self.site.write("news.txt", listing)
        return remote.build(self.site.folder, self.site.output, now=NOW)

    def feed(self) -> str:
        path = self.site.output / "atom.xml"
        return path.read_text() if path.exists() else ""


@pytest.fixture
def one(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "one")


@pytest.fixture
def two(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "two")


def files_of_storage() -> Any:
    import s3fs

    return s3fs.S3FileSystem(use_listings_cache=False, skip_instance_cache=True)


def ids(text: str) -> list[str]:
    return [part.partition("</id>")[0] for part in text.split("<id>")[1:]]


def test_a_machine_goes_on_where_another_ended(one: Machine, two: Machine) -> None:
    assert one.build(SECOND).counts.new == 2
    report = two.build(THIRD)
    assert (report.counts.new, report.counts.unchanged) == (1, 2)
    assert set(ids(one.feed())) < set(ids(two.feed()))
    again = one.build(THIRD)
    assert (again.counts.new, one.feed()) == (0, two.feed())
    one.build()
    stored = StoredObject(URL).get()
    assert one.build().written == [] and StoredObject(URL).get() == stored  # nothing new, nothing written
    assert StoredObject(f"{URL}.lease").get() is None


def test_of_two_that_began_with_the_same_history_one_publishes(
    one: Machine, two: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    one.build(FIRST)
    two.build(FIRST)
    before = two.feed()
    faster = threading.Event()
    put = remote.Kept.put

    def put_late(kept: remote.Kept) -> None:
        if not faster.is_set():  # the lease of this machine ended while it was silent
            faster.set()
            StoredObject(f"{URL}.lease").remove()
            assert one.build(SECOND).counts.new == 1
        put(kept)

    monkeypatch.setattr(remote.Kept, "put", put_late)
    with pytest.raises(LockedError, match="another machine has published meanwhile"):
        two.build(THIRD)
    assert two.feed() == before and not (two.site.folder / ".history.sqlite3").exists()
    report = two.build(THIRD)
    assert (report.counts.new, report.counts.unchanged) == (1, 2)
    assert set(ids(one.feed())) < set(ids(two.feed()))


def test_while_one_is_at_work_another_says_so(one: Machine, two: Machine, feeds: Run) -> None:
    one.build(FIRST)
    with Lease(URL, 0):
        with pytest.raises(LockedError, match="another machine is at work on this site"):
            two.build(FIRST)
        done = feeds("build", two.site.folder, "-o", two.site.output)
        assert done.returncode == 75 and "[locked]" in done.stderr
    assert two.build(FIRST).counts.unchanged == 1


def test_one_may_wait_for_the_other(one: Machine) -> None:
    lease = Lease(URL, 0)
    lease.__enter__()
    threading.Timer(1, lease.__exit__, (None, None, None)).start()
    one.site.write("news.txt", FIRST)
    assert remote.build(one.site.folder, one.site.output, now=NOW, wait=20).counts.new == 1


def test_the_lease_of_a_machine_that_is_gone_ends(one: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "LEASE_SECONDS", 1)
    StoredObject(f"{URL}.lease").put(b"{}", None)
    with pytest.raises(LockedError):
        one.build(FIRST)
    time.sleep(2.5)
    assert one.build(FIRST).counts.new == 1


def test_a_lease_is_kept_while_its_machine_lives_and_its_loss_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "LEASE_SECONDS", 2)
    with Lease(URL, 0) as lease:
        time.sleep(4.5)
        with pytest.raises(LockedError), Lease(URL, 0):
            pass
        lease.check()
        other = StoredObject(f"{URL}.lease")
        other.remove()
        other.put(b"another", None)
        time.sleep(1.5)
        with pytest.raises(LockedError, match="took over"):
            lease.check()
    found = other.get()
    assert found and found.data == b"another"  # which is not ours to take away


def test_the_output_is_uploaded_as_the_last_step_and_only_what_changed(one: Machine, two: Machine) -> None:
    files = files_of_storage()
    one.configure(UPLOAD)
    two.configure(UPLOAD)
    one.build(FIRST)
    assert files.cat_file("bucket/feeds/atom.xml").decode() == one.feed()
    archived = files.info("bucket/feeds/feeds.css")["LastModified"]
    two.build(SECOND)
    assert files.cat_file("bucket/feeds/atom.xml").decode() == two.feed()
    assert "Panama" in two.feed() and files.info("bucket/feeds/feeds.css")["LastModified"] == archived


_KILLED = """
import os, sys
from feeds.deploy import upload
def kill(*_): os.kill(os.getpid(), 9)
upload.upload = kill
from feeds.__main__ import main
main()
"""


def test_what_a_killed_run_left_is_done_by_another_machine(
    one: Machine, two: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objects, "LEASE_SECONDS", 1)
    one.configure(UPLOAD)
    two.configure(UPLOAD)
    one.build(FIRST)
    one.site.write("news.txt", SECOND)
    command = [sys.executable, "-c", _KILLED, "build", str(one.site.folder), "-o", str(one.site.output)]
    done = subprocess.run(command, env={**os.environ, "SOURCE_DATE_EPOCH": str(int(NOW.timestamp()))}, cwd="/")
    assert done.returncode == -signal.SIGKILL
    files = files_of_storage()
    assert "Panama" in one.feed() and "Panama" not in files.cat_file("bucket/feeds/atom.xml").decode()
    time.sleep(2.5)
    report = two.build(SECOND)
    assert report.counts.new == 0
    assert files.cat_file("bucket/feeds/atom.xml").decode() == one.feed() == two.feed()


def test_an_upload_that_failed_is_done_by_the_next_run_though_nothing_is_new(
    site: Site, feeds: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.write("news.txt", FIRST)
    site.write("feeds.toml", f'{CONFIG}[publish]\nupload = "s3://nowhere/feeds"\n')
    done = feeds("build", site.folder, "-o", site.output)
    assert done.returncode == 1 and "bucket does not exist; the next upload goes on" in done.stderr
    again = feeds("build", site.folder, "-o", site.output)
    assert (again.returncode, again.stderr) == (0, "")  # it is known, and told once a day
    assert feeds("build", site.folder, "-o", site.output, "--strict").returncode == 1
    files_of_storage().mkdir("nowhere")
    command = [sys.executable, "-c", "from feeds.__main__ import main; main()", "build", "-q"]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(int(NOW.timestamp()))}
    command += [str(site.folder), "-o", str(site.output)]
    mended = subprocess.run(command, env=environment, check=True, cwd="/", capture_output=True, text=True)
    assert mended.stderr.startswith("ended: the upload to s3://nowhere/feeds failed since 2026-11-21T12:00")
    files = files_of_storage()
    assert files.cat_file("nowhere/feeds/atom.xml") == (site.output / "atom.xml").read_bytes()


def test_a_history_that_is_gone_is_no_reason_to_begin_anew(one: Machine, two: Machine) -> None:
    one.build(FIRST)
    StoredObject(URL).remove()
    with pytest.raises(HistoryError, match="is gone, and this machine has a copy"):
        one.build(SECOND)
    assert "Panama" not in one.feed()


def test_a_history_of_its_own_is_neither_lost_nor_mixed(one: Machine, two: Machine) -> None:
    one.build(FIRST)
    two.site.write("feeds.toml", CONFIG)
    two.build(SECOND)
    before = (two.site.folder / ".history.sqlite3").read_bytes()
    two.configure()
    with pytest.raises(HistoryError, match="this machine has a history of its own"):
        two.build(SECOND)
    assert (two.site.folder / ".history.sqlite3").read_bytes() == before


def test_a_history_that_was_beside_feeds_toml_moves(one: Machine, two: Machine) -> None:
    one.site.write("feeds.toml", CONFIG)
    one.build(FIRST)
    one.configure()
    assert one.build(SECOND).counts.new == 1
    assert two.build(SECOND).counts.unchanged == 2


def test_an_entry_is_withdrawn_from_another_machine(one: Machine, two: Machine, feeds: Run) -> None:
    one.build(SECOND)
    two.build(SECOND)
    entry = ids(one.feed())[1]
    done = feeds("withdraw", entry, two.site.folder, "-o", two.site.output, "--reason", "It did not happen.")
    assert done.returncode == 0, done.stderr
    one.build(SECOND)
    assert "It did not happen." in one.feed() and one.feed() == two.feed()


def test_storage_that_does_not_answer_is_a_clear_error(
    one: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(StorageError, match="cannot be used"):
        one.build(FIRST)
    assert one.feed() == ""


@pytest.mark.parametrize(
    "wrong", ["s3://bucket", "s3://bucket/", "https://example.org/x", "news.sqlite3", "s3://b/a b"]
)
def test_an_address_that_is_no_object_is_refused(one: Machine, wrong: str) -> None:
    one.site.write("feeds.toml", f'{CONFIG}[history]\nurl = "{wrong}"\n')
    with pytest.raises(ConfigError, match="an object like 's3://bucket/news"):
        one.build(FIRST)


def test_a_condition_that_does_not_hold_writes_nothing() -> None:
    stored = StoredObject("s3://bucket/thing")
    assert stored.get() is None
    etag = stored.put(b"a", None)
    for wrong in (None, '"0123"'):
        with pytest.raises(ChangedError):
            stored.put(b"b", wrong)
    assert stored.get() == (b"a", etag)
    stored.remove()
    with pytest.raises(ChangedError):
        stored.put(b"c", etag)
    assert stored.get() is None
