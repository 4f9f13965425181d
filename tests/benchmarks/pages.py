"""What pages cost a phone, beside the same text on stock Material for MkDocs.

Lighthouse opens each page as a phone would, on a slow network and a processor
that is four times slower; a first visit is weighed as the tests weigh it. The
stock site has the same Markdown, figures and notebooks, and nothing else of
ours. Lighthouse is a program of npm, of which ``PATH`` has to know.
"""

from __future__ import annotations

import datetime
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.site.conftest import browser_path
from tests.site.visits import WATCH, Host, served, visit

from .costs import not_copied, timed

RUNS = 5  # of Lighthouse, whose scores for speed differ, for the median
PAGES = ("", "pooling/", "what_convnets_see/", "notebooks/pooling/")
NAMES = [path or "home" for path in PAGES]
PHONE = {"width": 412, "height": 823}  # as Lighthouse has it
SLOWER = 4
FULL = ("accessibility", "best-practices", "seo")
LEAST = {"lesson": 98, "notebook": 90}  # of 100, for performance
LONGEST = 200  # milliseconds that a phone does not answer
STOCK = """INHERIT: mkdocs.yml
site_dir: {site}
theme: {{custom_dir: {own}, features: [content.code.copy, search.suggest]}}
extra: {{alternate: false}}
extra_css: []
extra_javascript: []
hooks: [docs/hooks/pages.py]
"""


def measure(root: Path) -> dict[str, Any]:
    """Both sites, in turns; and what our pages miss."""
    lighthouse()  # before the sites are built
    found: dict[str, Any] = {"ours": {}, "stock": {}, "all": {}}
    with tempfile.TemporaryDirectory(prefix="pages-") as place:
        folders = build(root, Path(place))
        for name in NAMES:
            for site, folder in folders.items():
                found[site][name] = weighed_and_rated(folder, name)
                print(site, name, found[site][name], flush=True)
        with served(folders["ours"]) as host:
            for page in sorted(folders["ours"].rglob("index.html")):
                path = page.parent.relative_to(folders["ours"]).as_posix()
                path = "" if path == "." else f"{path}/"
                found["all"][path or "home"] = judged(host, path)
    found["over"] = over(found)
    return found


def measure_one(
    root: Path, name: str, before: dict[str, Any]
) -> dict[str, Any]:
    """The same of one page, which then has a date; the others as before."""
    lighthouse()
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
    with tempfile.TemporaryDirectory(prefix="pages-") as place:
        for site, folder in build(root, Path(place)).items():
            cost = weighed_and_rated(folder, name)
            before[site][name] = {"date": date, **cost}
            print(site, name, before[site][name], flush=True)
    return before


def weighed_and_rated(folder: Path, name: str) -> dict[str, Any]:
    """What a page of a built site costs."""
    path = "" if name == "home" else name
    with served(folder) as host:
        return {**weighed(host, path), **rated(host, path)}


def build(root: Path, folder: Path) -> dict[str, Path]:
    """The site, and the same text on stock Material, each in a folder."""
    copy, ours, stock = (folder / each for each in ("copy", "ours", "stock"))
    shutil.copytree(root, copy, ignore=not_copied)
    _mkdocs(copy, "mkdocs.yml", ours)
    text = copy / "docs" / "zh"
    shutil.copytree(copy / "docs" / "assets", text / "assets")
    for notebook in (ours / "notebooks").glob("*/*.ipynb"):
        target = text / "notebooks" / notebook.name
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(notebook, target)
    (own := folder / "templates").mkdir()
    (own / "home.html").write_text('{% extends "main.html" %}')
    (copy / "stock.yml").write_text(STOCK.format(site=stock, own=own))
    _mkdocs(copy, "stock.yml", stock)
    return {"ours": ours, "stock": stock}


def _mkdocs(copy: Path, config: str, site: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet"]
    command += ["--config-file", config, "--site-dir", str(site)]
    address = {"SITE_URL": "https://example.org/course/"}
    timed(command, copy, {**os.environ, **address})


def weighed(host: Host, path: str) -> dict[str, Any]:
    """Bytes and requests of a first visit, and the longest wait."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=browser_path(),
            args=["--no-sandbox", "--disable-gpu"],
        )
        context = opened.new_context(viewport=PHONE, is_mobile=True)
        context.add_init_script(WATCH)
        seen = visit(context.new_page(), host, path, SLOWER)
        opened.close()
    return {
        "bytes": seen.weight,
        "requests": len(seen.sent),
        "shift": round(seen.shift, 4),
        "longest": round(max(seen.long, default=0)),
    }


def rated(host: Host, path: str) -> dict[str, Any]:
    """Lighthouse's scores for a phone, of 100: the median of some runs."""
    reports = [_report(f"{host.address}{path}") for _ in range(RUNS)]
    median = {
        name: statistics.median(
            100 * (report["categories"][name]["score"] or 0)
            for report in reports
        )
        for name in reports[0]["categories"]
    }
    blocking = [
        report["audits"]["total-blocking-time"]["numericValue"]
        for report in reports
    ]
    return {**median, "blocking": round(statistics.median(blocking))}


def judged(host: Host, path: str) -> dict[str, Any]:
    """What does not depend on how busy a machine is, of 100, and faults."""
    report = _report(f"{host.address}{path}", *FULL)
    audits = report["audits"].items()
    faults = [name for name, audit in audits if audit["score"] == 0]
    return {
        name: 100 * (report["categories"][name]["score"] or 0) for name in FULL
    } | ({"faults": faults} if faults else {})


def lighthouse() -> str:
    """Where Lighthouse is.

    Raises:
        SystemExit: it is not there; it says how to get it.
    """
    if found := shutil.which("lighthouse"):
        return found
    sys.exit(
        "This benchmark needs the program lighthouse in PATH; "
        "npm install --global lighthouse brings it."
    )


def _report(address: str, *categories: str) -> dict[str, Any]:
    only = [f"--only-categories={','.join(categories)}"][: len(categories)]
    done = subprocess.run(
        [
            *(lighthouse(), address, "--output=json", "--quiet", *only),
            "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
        ],
        env={**os.environ, "CHROME_PATH": str(browser_path())},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"Lighthouse failed on {address}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout)


def over(found: dict[str, Any]) -> list[str]:
    """What is not as it should be, in words."""
    faults = [
        f"{path}: {name} {scores[name]:.0f}, less than 100"
        for path, scores in found["all"].items()
        for name in FULL
        if scores[name] < 100
    ]
    for path, cost in found["ours"].items():
        kind = "notebook" if path.startswith("notebooks") else "lesson"
        if cost["performance"] < LEAST[kind]:
            faults.append(f"{path}: performance {cost['performance']:.0f}")
        if cost["longest"] > LONGEST:
            faults.append(f"{path}: no answer for {cost['longest']} ms")
    return faults
