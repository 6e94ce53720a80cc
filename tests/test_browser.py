"""Pages in a real browser (headless Chromium): axe-core finds nothing, nothing is asked of another origin, and all of
it works without scripts. `.ci/clients` installs what it takes; without that these tests are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import CONFIG, Site
from servers import CLIENTS, free_port, serving
from test_clients import FIRST, Published, needs
from test_pages import RIGHTS

# Opens each page as it is told to, and says what it saw: {url, scripts, dark, width} -> {violations, requests, ...}.
LOOK = """
const { chromium } = require("playwright-core");
const fs = require("fs");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
(async () => {
  const flags = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    + " --disable-component-update --disable-sync";
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: flags.split(" ") });
  for (const wanted of JSON.parse(process.env.WANTED)) {
    const context = await browser.newContext({
      javaScriptEnabled: wanted.scripts, colorScheme: wanted.dark ? "dark" : "light", bypassCSP: wanted.axe,
      viewport: { width: wanted.width, height: 900 }, permissions: ["clipboard-read", "clipboard-write"],
    });
    const page = await context.newPage();
    const seen = { requests: [], said: [] };
    page.on("request", (one) => seen.requests.push(one.url()));
    page.on("console", (one) => seen.said.push(one.text()));
    page.on("pageerror", (one) => seen.said.push(String(one)));
    await page.goto(wanted.url);
    const shown = () => {  // also of a document that is no HTML
      getSelection().selectAllChildren(document.documentElement);
      return getSelection().toString();
    };
    seen.text = await (wanted.url.endsWith(".xml") ? page.evaluate(shown) : page.locator("body").innerText());
    seen.wide = wanted.scripts && await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    if (wanted.axe) {
      await page.evaluate(axe);
      const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
      const found = await page.evaluate((values) => axe.run({ runOnly: { type: "tag", values } }), tags);
      seen.violations = found.violations.map((one) => one.id + ": " + one.nodes.map((node) => node.html).join(" "));
    }
    const script = new Function("page", "return (async () => {" + wanted.script + "})()");
    if (wanted.script) seen.result = await script(page);
    console.log(JSON.stringify(seen));
    await context.close();
  }
  await browser.close();
})();
"""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
pytestmark = [
    pytest.mark.slow,
    needs("node", CLIENTS / "node_modules/playwright-core", CLIENTS / "node_modules/axe-core", CHROMIUM or "chromium"),
]


def look(*wanted: dict[str, Any]) -> list[dict[str, Any]]:
    stated = {"scripts": True, "dark": False, "width": 1100, "axe": False}
    environment = {**os.environ, "CHROMIUM": CHROMIUM, "WANTED": json.dumps([{**stated, **one} for one in wanted])}
    done = subprocess.run(
        ["node", "-e", LOOK], cwd=CLIENTS, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def published(site: Site) -> Iterator[Published]:
    port = free_port()
    base = f"http://127.0.0.1:{port}/"
    site.write(
        "feeds.toml", CONFIG.replace("https://news.example.org/feeds/", base) + RIGHTS + "[publish]\nembed = true\n"
    )
    found = Published(site, base)
    found.build(*FIRST)
    with serving(site.output, port):
        yield found


def pages(published: Published) -> list[str]:
    entry = next(one.page for one in published.truth() if len(one.categories) > 1)
    return ["", "countries/hn/", "topics/border-management/", entry, "countries/hn/embed.html"]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1100], ids=["phone", "desktop"])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(published: Published, dark: bool, width: int) -> None:
    wanted = [{"url": published.base + path, "axe": True, "dark": dark, "width": width} for path in pages(published)]
    for one, seen in zip(wanted, look(*wanted), strict=True):
        assert seen["violations"] == [], one["url"]
        assert not seen["wide"], one["url"]


def test_axe_finds_nothing_on_a_page_from_right_to_left(published: Published) -> None:
    config = published.site.folder / "feeds.toml"
    config.write_text(config.read_text().replace("[site]", '[site]\nlanguage = "ar"') + SOURCE)
    published.build(*FIRST)
    wanted = [{"url": published.base + path, "axe": True, "width": 500} for path in pages(published)]
    for one, seen in zip(wanted, look(*wanted), strict=True):
        assert seen["violations"] == [] and not seen["wide"], one["url"]


SOURCE = '[[sources]]\nname = "news"\nlanguage = "en"\n'


def test_no_page_and_no_feed_asks_another_origin_or_complains(published: Published) -> None:
    wanted = [{"url": published.base + path} for path in (*pages(published), "atom.xml", "countries/hn/rss.xml")]
    for one, seen in zip(wanted, look(*wanted), strict=True):
        own = [address for address in seen["requests"] if address.startswith(published.base)]
        assert own == seen["requests"] and len(own) > 1, one["url"]
        assert [said for said in seen["said"] if "favicon" not in said and "404" not in said] == []


def test_pages_say_the_same_without_scripts_but_for_their_conveniences(published: Published) -> None:
    wanted = [
        {"url": published.base + path, "scripts": scripts} for path in pages(published) for scripts in (True, False)
    ]
    seen = look(*wanted)
    for with_scripts, without in zip(seen[::2], seen[1::2], strict=True):
        lines = [line for line in with_scripts["text"].splitlines() if line.strip() not in ("Copy", "Find a feed", "")]
        assert lines == [line for line in without["text"].splitlines() if line.strip()]
    assert "Find a feed" in seen[0]["text"] and "Find a feed" not in seen[1]["text"]


def test_the_search_box_finds_names_without_accents_and_the_button_copies(published: Published) -> None:
    search = """
        await page.fill("input[type=search]", "SALVÁD");
        const shown = await page.locator(".feeds > li:visible a").allInnerTexts();
        const status = await page.locator("[role=status]").innerText();
        await page.locator(".subscribe summary").click();
        const button = page.locator(".copy").nth(1);
        await button.click();
        await button.filter({ hasText: "Copied" }).waitFor();
        return [shown, status, await page.evaluate(() => navigator.clipboard.readText())];
    """
    [seen] = look({"url": published.base, "script": search})
    assert seen["result"] == [["El Salvador"], "Feeds found: 1", f"{published.base}rss.xml"]


def test_a_feed_in_a_browser_is_a_page_with_a_way_to_the_page_beside_it(published: Published) -> None:
    wanted = f"{published.base}countries/hn/"
    click = f'await page.locator("a").first().click(); await page.waitForURL("{wanted}"); return page.url();'
    for name in ("atom.xml", "rss.xml"):
        [seen] = look({"url": f"{published.base}countries/hn/{name}", "script": click})
        assert seen["text"].startswith("Example news – Honduras")
        assert "tag:example.org" not in seen["text"] and "<p>" not in seen["text"]
        assert seen["result"] == wanted


def test_the_keyboard_reaches_the_content_first(published: Published) -> None:
    wanted = f"{published.base}countries/hn/#content"
    press = 'await page.keyboard.press("Tab"); await page.keyboard.press("Enter");'
    [seen] = look(
        {
            "url": f"{published.base}countries/hn/",
            "script": f'{press} await page.waitForURL("{wanted}"); return page.url();',
        }
    )
    assert seen["result"] == wanted


def test_a_list_on_the_page_of_another_site_has_its_look_and_a_frame_its_height(published: Published) -> None:
    page = f"""
        await page.route("**/host.html", (route) => route.fulfill({{ contentType: "text/html", body:
            "<!DOCTYPE html><body style='color: rgb(1, 2, 3)'>"
            + "<script src='{published.base}embed.js' defer></script>"
            + "<feeds-list src='{published.base}countries/hn/fragment.html'></feeds-list>"
            + "<iframe src='{published.base}countries/hn/embed.html?theme=dark' height='20'></iframe></body>" }}));
        await page.goto("{published.base}host.html");
        const item = page.locator("feeds-list li").first();
        await item.waitFor();
        const color = await item.evaluate((one) => getComputedStyle(one).color);
        await page.waitForFunction(() => document.querySelector("iframe").offsetHeight > 100);
        const framed = page.frames()[1];
        const dark = await framed.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const fits = await framed.evaluate(() => document.documentElement.scrollHeight <= innerHeight + 1);
        return [await page.locator("feeds-list a").count() > 1, color, dark, fits];
    """
    [seen] = look({"url": published.base, "script": page})
    assert seen["result"] == [True, "rgb(1, 2, 3)", "rgb(20, 24, 31)", True]
