"""`feeds upload`: to a real SSH server, and to a stand-in that speaks S3 (moto), as the real one is a service."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import CONFIG, Site, item
from servers import free_port, running

from feeds.deploy.upload import upload
from feeds.model import ConfigError, Problem, PublishError
from feeds.pipeline import ROLLED_BACK
from feeds.publish import Generations, Previous

LISTING = "".join(item(f"{day} June, 2017", f"Honduras holds workshop {day}") for day in range(28, 0, -1)) + "".join(
    item(f"{day} May, 2017", f"Honduras holds meeting {day}") for day in range(31, 0, -1)
)
SSHD = "/usr/sbin/sshd"


def publish(site: Site, listing: str = LISTING) -> None:
    site.write("feeds.toml", CONFIG)
    site.write("news.txt", listing)
    assert site.build().status == 0


def paths(site: Site) -> set[str]:
    return {path.relative_to(site.output).as_posix() for path in site.output.rglob("*") if path.is_file()}


def rank(path: str) -> int:
    """What leads to nothing, what leads there, what leads to that."""
    if path.startswith("items/") or "archive/" in path or path.endswith((".css", ".js", ".svg")):
        return 0
    return 1 if path.rpartition("/")[2] in ("atom.xml", "rss.xml", "feed.json") else 2


@pytest.fixture
def sftp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path, Path]]:
    """A real SSH server on loopback: an address of a folder there, that folder, and a key that may in."""
    pytest.importorskip("paramiko", reason="needs the extra 'upload'")
    pytest.importorskip("fsspec", reason="needs the extra 'upload'")
    if not Path(SSHD).exists() or os.getuid():
        pytest.skip("needs openssh-server, and root to run it (.ci/clients installs it)")
    folder, home, port = tmp_path / "there", tmp_path / "home", free_port()
    folder.mkdir()
    (home / ".ssh").mkdir(parents=True)
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    shutil.copy(tmp_path / "user.pub", tmp_path / "authorized")
    Path("/run/sshd").mkdir(exist_ok=True)
    settings = {
        "Port": port, "ListenAddress": "127.0.0.1", "HostKey": tmp_path / "host", "PidFile": "none",
        "AuthorizedKeysFile": tmp_path / "authorized", "StrictModes": "no", "PermitRootLogin": "yes", "UsePAM": "no",
        "Subsystem": "sftp internal-sftp",
    }  # fmt: skip
    (tmp_path / "config").write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
    key = " ".join((tmp_path / "host.pub").read_text().split()[:2])
    (home / ".ssh/known_hosts").write_text(f"[127.0.0.1]:{port} {key}\n")
    monkeypatch.setenv("HOME", str(home))
    with running([SSHD, "-D", "-e", "-f", str(tmp_path / "config")], port):
        yield f"sftp://root@127.0.0.1:{port}{folder}", folder, tmp_path / "user"


def test_a_server_has_what_was_published_and_then_what_changed(site: Site, sftp: tuple[str, Path, Path]) -> None:
    target, there, key = sftp
    publish(site)
    brought = [str(one) for one in upload(target, site.folder, site.output, key)]
    assert set(brought) == paths(site)
    assert [rank(path) for path in brought] == sorted(rank(path) for path in brought)
    for path in brought:
        assert (there / path).read_bytes() == (site.output / path).read_bytes()
        assert (there / path).stat().st_mode & 0o777 == 0o644
    assert not [path for path in there.rglob("*") if path.name.startswith(".feeds-")]
    assert list(upload(target, site.folder, site.output, key)) == []
    before = site.files()
    publish(site, item("1 July, 2017", "Panama trains staff") + LISTING)
    changed = {path for path, body in site.files().items() if before.get(path) != body}
    assert set(upload(target, site.folder, site.output, key)) == changed
    assert not [path for path in changed if "archive/" in path and "countries/hn" in path]


def test_a_server_with_another_key_is_not_trusted(site: Site, sftp: tuple[str, Path, Path]) -> None:
    target, there, key = sftp
    known = Path(os.environ["HOME"]) / ".ssh/known_hosts"
    publish(site)
    known.write_text("")
    with pytest.raises(PublishError, match=r"cannot be reached: Server .* not found in known_hosts"):
        list(upload(target, site.folder, site.output, key))
    assert list(there.iterdir()) == []


@pytest.mark.slow
def test_an_upload_that_breaks_off_goes_on_from_there(site: Site, sftp: tuple[str, Path, Path]) -> None:
    target, there, key = sftp
    publish(site)
    (there / "topics").write_text("in the way")  # no folder can be made here
    *brought, problem = upload(target, site.folder, site.output, key)
    assert isinstance(problem, Problem) and problem.code == "upload" and "did not take 'topics/" in problem.message
    (there / "topics").unlink()
    rest = list(upload(target, site.folder, site.output, key))
    assert set(brought) | set(rest) == paths(site) and not set(brought) & set(rest)


def test_a_file_that_was_changed_by_hand_is_not_brought_anywhere(site: Site, sftp: tuple[str, Path, Path]) -> None:
    target, _, key = sftp
    publish(site)
    (site.output / "feed.css").write_text("oops")
    *brought, problem = upload(target, site.folder, site.output, key)
    assert isinstance(problem, Problem) and problem.code == "not-as-published"
    site.build()
    rest = upload(target, site.folder, site.output, key)
    assert {*brought, *rest} == paths(site)


@pytest.mark.filterwarnings("ignore")  # of the libraries
def test_storage_has_the_right_types_and_ages_and_only_what_changed(site: Site, s3: None) -> None:
    import s3fs

    files = s3fs.S3FileSystem(use_listings_cache=False)
    publish(site)
    site.write("feeds.toml", CONFIG + "[publish]\ngzip = true\n")
    site.build()
    brought = [str(one) for one in upload("s3://bucket/feeds", site.folder, site.output)]
    assert set(brought) == {path for path in paths(site) if not path.endswith(".gz")}
    assert [rank(path) for path in brought] == sorted(rank(path) for path in brought)
    for path, kind in (
        ("atom.xml", "application/xml; charset=utf-8"),
        ("countries/hn/feed.json", "application/feed+json; charset=utf-8"),
        ("index.html", "text/html; charset=utf-8"),
    ):
        head = files.call_s3("head_object", Bucket="bucket", Key=f"feeds/{path}")
        assert (head["ContentType"], head["CacheControl"]) == (kind, "max-age=900")
        assert files.cat_file(f"bucket/feeds/{path}") == (site.output / path).read_bytes()
    assert list(upload("s3://bucket/feeds", site.folder, site.output)) == []
    [problem] = upload("s3://nowhere", site.folder, site.output)
    assert isinstance(problem, Problem) and "bucket does not exist; the next upload goes on" in problem.message


def test_a_target_that_is_none_and_a_site_that_published_nothing_are_named(site: Site) -> None:
    with pytest.raises(PublishError, match="run feeds build first"):
        list(upload("s3://bucket", site.folder, site.output))
    publish(site)
    with pytest.raises(ConfigError, match="has a password in its address") as raised:
        list(upload("sftp://me:secret@example.org/x", site.folder, site.output))
    assert "secret" not in str(raised.value)
    for wrong in ("bucket", "s3://", "sftp:///x"):
        with pytest.raises(ConfigError, match="expected s3://bucket/prefix, sftp://user@host/folder, rsync:"):
            list(upload(wrong, site.folder, site.output))


def test_a_protocol_that_nobody_knows_is_named(site: Site) -> None:
    pytest.importorskip("fsspec", reason="needs the extra 'upload'")
    publish(site)
    with pytest.raises(ConfigError, match=r"nothing.*expected s3://bucket/prefix, sftp://user@host/folder, rsync:"):
        list(upload("nothing://example.org/x", site.folder, site.output))


@pytest.fixture
def ftp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """A real FTP server on loopback: an address of a folder there, and that folder."""
    pytest.importorskip("fsspec", reason="needs the extra 'upload'")
    pytest.importorskip("pyftpdlib", reason="needs pyftpdlib (the extra 'dev')")
    folder, port = tmp_path / "there", free_port()
    folder.mkdir()
    monkeypatch.setenv("FEEDS_UPLOAD_PASSWORD", "secret")
    command = [sys.executable, "-m", "pyftpdlib", "-i", "127.0.0.1", "-p", str(port), "-d", str(folder), "-w"]
    quiet = 'exec "$@" 2>/dev/null'  # it writes a line a command, which nobody here reads
    with running(["sh", "-c", quiet, "sh", *command, "-u", "me", "-P", "secret"], port):
        yield f"ftp://me@127.0.0.1:{port}/feeds", folder / "feeds"


def test_an_ftp_server_has_what_was_published_and_then_what_changed(site: Site, ftp: tuple[str, Path]) -> None:
    address, folder = ftp
    publish(site)
    first = [str(path) for path in upload(address, site.folder, site.output)]
    assert set(first) == paths(site)
    assert first == sorted(first, key=rank)
    assert {path: (folder / path).read_bytes() for path in first} == {
        path: (site.output / path).read_bytes() for path in first
    }
    publish(site, item("29 June, 2017", "Honduras opens") + LISTING)
    second = list(upload(address, site.folder, site.output))
    assert all(isinstance(path, str) for path in second), second[-1]
    assert "atom.xml" in second and len(second) < len(first)
    assert (folder / "atom.xml").read_bytes() == (site.output / "atom.xml").read_bytes()
    assert not list(folder.rglob(".feeds-*"))


@pytest.mark.skipif(not shutil.which("rsync"), reason="needs rsync (.ci/clients installs it)")
def test_rsync_brings_what_changed_and_says_why_it_fails(site: Site, tmp_path: Path) -> None:
    publish(site)
    target = f"rsync:{tmp_path / 'there'}/"
    (tmp_path / "there").mkdir()
    first = [str(path) for path in upload(target, site.folder, site.output)]
    assert set(first) == paths(site)
    assert first == sorted(first, key=rank)
    there = tmp_path / "there"
    assert {path: (there / path).read_bytes() for path in first} == {
        path: (site.output / path).read_bytes() for path in first
    }
    assert list(upload(target, site.folder, site.output)) == []
    publish(site, item("29 June, 2017", "Honduras opens") + LISTING)
    assert "atom.xml" in list(upload(target, site.folder, site.output))
    [problem] = upload(f"rsync:{tmp_path}/no/such/folder/", site.folder, site.output)
    assert isinstance(problem, Problem) and problem.message.startswith("rsync failed: ")
    (site.output / "atom.xml").write_text("x")
    *_, problem = upload(f"rsync:{tmp_path / 'other'}/", site.folder, site.output)
    assert isinstance(problem, Problem) and problem.code == "not-as-published"


@pytest.mark.parametrize("generations", [0, 2])
def test_what_was_taken_back_is_taken_back_there_too(site: Site, tmp_path: Path, generations: int) -> None:
    pytest.importorskip("fsspec", reason="needs the extra 'upload'")
    target, there = f"file://{tmp_path}/there", tmp_path / "there"
    site.write("feeds.toml", CONFIG + (f"[publish]\ngenerations = {generations}\n" if generations else ""))
    site.served = site.output / "current" if generations else site.output
    site.write("news.txt", item("9 May, 2017", "Honduras holds a meeting"))
    site.build()
    list(upload(target, site.folder, site.output))
    before = there.joinpath("atom.xml").read_bytes()
    site.write("news.txt", item("10 May, 2017", "A road was opened") + item("9 May, 2017", "Honduras holds a meeting"))
    site.build()
    list(upload(target, site.folder, site.output))
    after = there.joinpath("atom.xml").read_bytes()
    assert before != after
    if generations:
        Generations(site.output).roll_back()
    else:
        Previous(site.folder / ".history.sqlite3", site.output).take_back()
    brought = list(upload(target, site.folder, site.output))
    assert "atom.xml" in brought
    assert there.joinpath("atom.xml").read_bytes() == before
    assert list(upload(target, site.folder, site.output)) == []
    site.build(allow=(ROLLED_BACK,))
    list(upload(target, site.folder, site.output))
    assert there.joinpath("atom.xml").read_bytes() == after
