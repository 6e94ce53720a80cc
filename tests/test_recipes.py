"""The recipes of docs/, with the real servers and tools for which they are."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml
from conftest import CONFIG, Site, item
from servers import CLIENTS, FRESH, LISTING, RECIPES, build, codes, free_port, nginx, running

import feeds as feeds_package
from feeds.config import schema
from feeds.deploy.check import check

LINTER, SCHEMAS = CLIENTS / "node_modules/.bin/dockerfilelint", CLIENTS / "venv/bin/check-jsonschema"
needs_nginx = pytest.mark.skipif(not shutil.which("nginx"), reason="needs nginx (.ci/clients installs it)")


@needs_nginx
@pytest.mark.parametrize("packed", ["", "[publish]\ngzip = true\n"])
def test_nginx_with_the_recipe_passes_the_check(site: Site, tmp_path: Path, packed: str) -> None:
    port = free_port()
    build(site, f"http://127.0.0.1:{port}/", packed)
    with running(nginx(tmp_path, site.output, port), port):
        assert list(check(f"http://127.0.0.1:{port}/", FRESH)) == []
        assert list(check(f"http://127.0.0.1:{port}/countries/hn/feed.json", FRESH)) == []
        assert httpx.get(f"http://127.0.0.1:{port}/countries/hn/").text.startswith("<!DOCTYPE html>")
        assert httpx.get(f"http://127.0.0.1:{port}/feeds.js").headers["content-type"].startswith("text/javascript")
        assert httpx.get(f"http://127.0.0.1:{port}/atom.xml.gz").status_code == 404
        before = httpx.get(f"http://127.0.0.1:{port}/countries/hn/atom.xml").headers["etag"]
        site.write("news.txt", item("6 June, 2017", "Panama trains staff") + LISTING)
        site.build()
        assert httpx.get(f"http://127.0.0.1:{port}/countries/hn/atom.xml").headers["etag"] == before
        assert b"Panama trains staff" in httpx.get(f"http://127.0.0.1:{port}/atom.xml").content


SPOILED_RECIPES = {
    "a type of its own": (("application/xml xml;", "text/plain xml;"), "bad-content-type"),
    "no charset": (("charset utf-8;", ""), "no-charset"),
    "no ETag": (("gzip on;", "etag off; gzip on;"), "no-etag"),
    "no gzip": (("gzip on;", "gzip off;"), "compression"),
    "gzip of pages only": (
        ("application/xml application/json application/feed+json;\n    gzip_min", ";\n    gzip_min"),
        "compression",
    ),
    "no CORS": (('add_header Access-Control-Allow-Origin "*";', ""), "cors"),
    "kept for a week": (("max-age=900", "max-age=604800"), "cache-control"),
    "times that are not answered": (("gzip on;", "if_modified_since off; gzip on;"), "last-modified-not-answered"),
    "another folder": (
        ("root /var/www/feeds;", "root /var/www/feeds;\n    location /countries/ { return 404; }"),
        "opml-link",
    ),
}


@pytest.mark.slow
@needs_nginx
@pytest.mark.parametrize(("spoil", "code"), SPOILED_RECIPES.values(), ids=SPOILED_RECIPES)
def test_a_recipe_that_is_broken_fails_the_check(site: Site, tmp_path: Path, spoil: tuple[str, str], code: str) -> None:
    port = free_port()
    build(site, f"http://127.0.0.1:{port}/")
    with running(nginx(tmp_path, site.output, port, spoil), port):
        assert code in codes(f"http://127.0.0.1:{port}/")


# A second server of those that our users have, with its own ETags; .ci/run installs it.
@pytest.mark.skipif(not shutil.which("apache2"), reason="needs apache2 (.ci/clients installs it)")
@pytest.mark.parametrize(
    ("spoil", "found"),
    [(("", ""), set()), (("DeflateAlterETag NoChange", "DeflateAlterETag AddSuffix"), {"etag-not-answered"})],
)
def test_apache_with_the_recipe_passes_the_check(
    site: Site, tmp_path: Path, spoil: tuple[str, str], found: set[str]
) -> None:
    port = free_port()
    build(site, f"http://127.0.0.1:{port}/")
    recipe = (RECIPES / "apache.conf").read_text().replace(*spoil).replace("*:80", f"127.0.0.1:{port}")
    modules = "mpm_event authz_core authz_host mime dir deflate headers filter alias"
    loaded = "".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n" for name in modules.split())
    whole = tmp_path / "apache.conf"
    whole.write_text(
        f"{loaded}Listen 127.0.0.1:{port}\nPidFile {tmp_path}/pid\nDefaultRuntimeDir {tmp_path}\n"
        f"ErrorLog {tmp_path}/log\nTypesConfig /dev/null\n"
        f"User www-data\nGroup www-data\nServerName localhost\nMutex file:{tmp_path}\n"
        + recipe.replace("/var/www/feeds", str(site.output))
    )
    for folder in (site.output, *site.output.parents):  # which Apache reads as somebody else
        with contextlib.suppress(PermissionError):
            folder.chmod(folder.stat().st_mode | 0o055)
    with running([str(shutil.which("apache2")), "-X", "-f", str(whole)], port):
        assert set(codes(f"http://127.0.0.1:{port}/")) == found, (tmp_path / "log").read_text()


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
@pytest.mark.parametrize(
    ("service", "timer"),
    [("feeds.service", "feeds.timer"), ("feeds@.service", "feeds@.timer"), ("feeds-watch.service", "")],
)
def test_the_units_are_understood_and_shut_in(tmp_path: Path, service: str, timer: str) -> None:
    for name in filter(None, (service, timer)):
        text = (RECIPES / name).read_text().replace("/srv/feeds/.venv/bin/feeds", "/bin/true")
        (tmp_path / name).write_text(text)
    shown = [str(tmp_path / name.replace("@", "@news")) for name in (timer, service) if name]
    verify = ["systemd-analyze", "verify", "--man=no", *shown]
    done = subprocess.run(verify, capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "feeds" in line and "Unit feeds" not in line]
    assert ours == [], done.stderr
    security = ["systemd-analyze", "security", "--offline=true", "--threshold=25", str(tmp_path / service)]
    done = subprocess.run(security, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-400:] + done.stderr


def test_the_matrix_lists_the_folders_with_a_site(tmp_path: Path) -> None:
    if not shutil.which("jq"):
        pytest.skip("needs jq")
    for name in ("health", "water"):
        (tmp_path / "sites" / name).mkdir(parents=True)
        (tmp_path / "sites" / name / "feeds.toml").touch()
    (tmp_path / "sites/README.md").touch()
    [step] = yaml.safe_load((RECIPES / "matrix.yml").read_text())["jobs"]["sites"]["steps"][1:]
    environment = {**os.environ, "GITHUB_OUTPUT": str(tmp_path / "said")}
    subprocess.run(["bash", "-e", "-c", step["run"]], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "said").read_text() == 'sites=["health","water"]\n'


def test_the_cronjob_keeps_to_one_run_at_a_time_and_what_it_mounts_is_there() -> None:
    job = yaml.safe_load((RECIPES / "cronjob.yml").read_text())
    assert (job["apiVersion"], job["kind"], job["spec"]["concurrencyPolicy"]) == ("batch/v1", "CronJob", "Forbid")
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    [container] = pod["containers"]
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    assert "feeds build /site --output /site/output --quiet" in container["args"][0]


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
def test_the_workflow_remembers_from_one_fresh_machine_to_the_next(site: Site, tmp_path: Path) -> None:
    """Its script is run as it is, with a real repository, each time in a new clone."""
    job = yaml.safe_load((RECIPES / "pages.yml").read_text())["jobs"]["build"]
    [script] = [step["run"] for step in job["steps"] if "feeds build" in step.get("run", "")]
    package = Path(feeds_package.__file__).parent.parent
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin/feeds"
    lines = ("import sys", f"sys.path.insert(0, {str(package)!r})", "from feeds.__main__ import main", "main()")
    command.write_text(f"#!{sys.executable}\n" + "\n".join(lines) + "\n")
    command.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "GITHUB_OUTPUT": "/dev/null",
    }

    def run(*words: str, folder: Path = tmp_path, stdin: str = "") -> str:
        done = subprocess.run(words, cwd=folder, env=environment, input=stdin, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("git", "init", "-q", "--bare", "-b", "main", "origin")
    ids, commits = [], []
    later = item("6 June, 2017", "Panama trains staff") + LISTING.replace("workshop 3", "workshops 3")
    run("git", "config", "--global", "user.name", "x")
    run("git", "config", "--global", "user.email", "x@example.org")
    for number, listing in enumerate((LISTING, LISTING, later, later)):
        clone = tmp_path / f"clone{number}"
        run("git", "clone", "-q", "origin", str(clone))
        if number in (0, 2):  # somebody changes the listing; else nothing is new
            (clone / "feeds.toml").write_text(CONFIG)
            (clone / "news.txt").write_text(listing)
            (clone / ".gitignore").write_text("output/\n.history.sqlite3\n")
            run("git", "add", ".", folder=clone)
            run("git", "commit", "-qm", "news", folder=clone)
            run("git", "push", "-q", "origin", "HEAD:main", folder=clone)
            run("git", "branch", "-q", "-u", "origin/main", folder=clone)
        run("bash", "-e", folder=clone, stdin=script)
        ids.append(set(re.findall(r"<id>(tag:[^<]*news/[^<]*)</id>", (clone / "output/atom.xml").read_text())))
        commits.append(run("git", "log", "--format=%s", "main", folder=tmp_path / "origin").splitlines())
        assert (clone / "output/rss.xml").exists() and list(clone.glob("output/countries/*/rss.xml"))
    ours = "Feeds: what was published"
    assert commits == [[ours, "news"], [ours, "news"], [ours, "news"] * 2, [ours, "news"] * 2]
    assert ids[0] == ids[1] < ids[2] == ids[3] and len(ids[2]) == 6  # of the corrected title the id stays
    state = run("sh", "-c", "gunzip -c history.jsonl.gz", folder=clone)
    assert str(tmp_path) not in state  # no path of the machine


@pytest.mark.skipif(not SCHEMAS.exists(), reason="needs check-jsonschema (.ci/clients installs it)")
def test_the_workflows_are_as_their_schema_wants(tmp_path: Path) -> None:
    command = [str(SCHEMAS), "--builtin-schema", "vendor.github-workflows"]
    recipes = [str(RECIPES / name) for name in ("pages.yml", "matrix.yml")]
    done = subprocess.run([*command, *recipes], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    wrong = tmp_path / "wrong.yml"
    wrong.write_text((RECIPES / "pages.yml").read_text().replace("runs-on:", "runs-at:"))
    assert subprocess.run([*command, str(wrong)], capture_output=True).returncode == 1


@pytest.mark.skipif(not SCHEMAS.exists(), reason="needs check-jsonschema (.ci/clients installs it)")
@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ("github-workflows", ".github/workflows/ci.yml"),
        ("github-actions", "action.yml"),
        ("dependabot", ".github/dependabot.yml"),
        ("github-issue-forms", ".github/ISSUE_TEMPLATE/wrong.yml"),
        ("github-issue-forms", ".github/ISSUE_TEMPLATE/page.yml"),
    ],
)
def test_what_a_code_host_reads_is_as_its_schema_wants(schema: str, path: str) -> None:
    root = Path(__file__).parent.parent
    done = subprocess.run([str(SCHEMAS), "--builtin-schema", f"vendor.{schema}", str(root / path)], capture_output=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(not SCHEMAS.exists(), reason="needs check-jsonschema (.ci/clients installs it)")
def test_the_schema_of_feeds_toml_takes_the_readme_and_refuses_mistakes(tmp_path: Path) -> None:
    [whole] = re.findall(
        r"```toml\n(\[site\]\n.*?)```",
        (Path(__file__).parent.parent / "docs/example-feeds-toml.md").read_text(),
        re.DOTALL,
    )
    (tmp_path / "schema.json").write_text(schema.schema_text())
    path = tmp_path / "feeds.toml"

    def is_taken(text: str) -> bool:
        path.write_text(text)
        command = [str(SCHEMAS), "--schemafile", str(tmp_path / "schema.json"), str(path)]
        return subprocess.run(command, capture_output=True).returncode == 0

    assert is_taken(whole)
    for old, new in (
        ('title = "Min', 'titel = "Min'),
        ("live = 50", "live = 0"),
        ('date_order = "DMY"', 'date_order = "MYD"'),
        ("authors = true", 'authors = "yes"'),
        ("[fetch]", "[fetching]"),
    ):
        assert old in whole
        assert not is_taken(whole.replace(old, new, 1)), new


@pytest.mark.skipif(not LINTER.exists(), reason="needs dockerfilelint (.ci/clients installs it)")
def test_a_linter_finds_nothing_in_the_container(tmp_path: Path) -> None:
    done = subprocess.run([str(LINTER), str(RECIPES / "Dockerfile")], capture_output=True, text=True)
    assert done.returncode == 0 and "None found" in done.stdout, done.stdout
    wrong = tmp_path / "Dockerfile"
    wrong.write_text("FROM python:latest\nRUN apt-get upgrade\n")
    assert "None found" not in subprocess.run([str(LINTER), str(wrong)], capture_output=True, text=True).stdout


def test_the_container_runs_the_line_that_cron_runs() -> None:
    lines = (RECIPES / "Dockerfile").read_text().splitlines()
    words = [line.split(maxsplit=1)[0] for line in lines if line and not line.startswith("#")]
    assert words == ["FROM", "COPY", "RUN", "USER", "VOLUME", "ENTRYPOINT", "CMD"]
    assert lines[-1] == 'CMD ["build", "/site", "--output", "/output", "--quiet"]'
