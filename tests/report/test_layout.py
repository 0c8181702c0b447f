"""The page as a reader sees it: on a desk, a tablet and a phone, in the dark, on paper, and by a screen reader."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

import pytest
import pytest_asyncio

from aviastack.report.html import page_of
from aviastack.report.queries import figures_of
from aviastack.settings import Settings

from .conftest import FIRST, LAST, Page, chromium
from .test_reconciled import with_reconciliation

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

VIEWS = [(1280, "light"), (1280, "dark"), (768, "light"), (390, "light"), (390, "dark"), (360, "light")]
A4 = (1026, 703)
"""A landscape A4 page less 12 mm margins, in CSS pixels."""

BEYOND = """JSON.stringify([...document.querySelectorAll('body *')].filter(e => {
    const box = e.getBoundingClientRect(), edge = document.documentElement.clientWidth + 1;
    return box.width && box.right > edge && !e.closest('.scroll, .skip, svg');
}).map(e => e.tagName + '#' + e.id + '.' + e.className))"""
CLIPPED = """JSON.stringify([...document.querySelectorAll('.number, .what, h1, h2, p, li, dt, dd, summary')].filter(
    e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline')
    .map(e => e.textContent.trim().slice(0, 60)))"""
CUT = """JSON.stringify([...document.querySelectorAll('.chart svg')].flatMap(svg => {
    const frame = svg.getBoundingClientRect();
    return [...svg.querySelectorAll('text')].filter(text => {
        const box = text.getBoundingClientRect();
        return box.width && (box.right > frame.right + 1 || box.left < frame.left - 1 || box.bottom > frame.bottom + 1);
    }).map(text => svg.parentElement.id + ': ' + text.textContent);
}))"""
OVERLAPPING = """JSON.stringify([...document.querySelectorAll('.chart svg')].flatMap(svg => {
    const boxes = [...svg.querySelectorAll('text')]
        .filter(e => e.textContent.trim() && getComputedStyle(e).opacity !== '0')
        .map(e => [e.getBoundingClientRect(), e.textContent]).filter(([box]) => box.width);
    const found = [];
    for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
        const [a, b] = [boxes[i][0], boxes[j][0]];
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && down > 3) found.push(svg.closest('.chart').id + ': ' + boxes[i][1] + ' / ' + boxes[j][1]);
    }
    return found;
}))"""
VIOLATIONS = """axe.run(document).then(found => JSON.stringify(found.violations.map(
    each => [each.id, ...each.nodes.map(node => node.html.slice(0, 120) + ' ' + node.failureSummary)])))"""
WIDE = """JSON.stringify([...document.querySelectorAll('.scroll')].filter(
    e => e.checkVisibility() && !e.closest('details:not([open])') && e.scrollWidth > e.clientWidth + 1
    ).map(e => e.ariaLabel))"""
TALL = """JSON.stringify([...document.querySelectorAll('.cards .card, .figure, tr')].filter(
    e => e.getBoundingClientRect().height > %d).map(e => e.id || e.tagName))"""


@pytest.fixture(scope="module")
def page_file(marts: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with every section it can have."""
    targets = marts.model_copy(update={"targets": {"AA": 60.0, "BA": 99.0, "QF": 80.0}})
    with with_reconciliation(marts, "AA", "BA"):
        figures = figures_of(targets, FIRST, LAST)
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(page_of(figures), encoding="utf-8")
    return file


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Page]:
    async with chromium(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="module", params=VIEWS, ids=lambda view: f"{view[0]}-{view[1]}")
async def view(request: pytest.FixtureRequest, browser: Page, page_file: Path) -> Page:
    width, scheme = request.param
    await browser.opens(page_file.as_uri(), width=width, scheme=scheme)
    return browser


async def test_nothing_is_wider_than_the_window_clipped_or_on_top_of_another(view: Page) -> None:
    assert await view.says("document.documentElement.scrollWidth <= window.innerWidth")
    for what in (BEYOND, CLIPPED, CUT, OVERLAPPING):
        assert json.loads(await view.says(what)) == []


@pytest.mark.parametrize("view", [(1280, "light"), (1280, "dark"), (390, "light")], indirect=True)
async def test_axe_finds_no_violation(view: Page) -> None:
    await view.says((files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8"))
    assert json.loads(await view.says(VIOLATIONS)) == []


async def test_tables_fit_a_desk(browser: Page, page_file: Path) -> None:
    await browser.opens(page_file.as_uri(), width=1280, scheme="light")
    assert json.loads(await browser.says(WIDE)) == []


async def test_on_paper_tables_fit_and_every_chart_fits_a_page(browser: Page, page_file: Path) -> None:
    """Also if the reader's screen is dark: paper is white."""
    await browser.opens(page_file.as_uri(), width=A4[0], scheme="dark")
    await browser.call(
        "Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}]
    )
    assert await browser.says("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert await browser.says("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    for what in (BEYOND, CLIPPED, CUT, OVERLAPPING, WIDE):
        assert json.loads(await browser.says(what)) == []
    assert json.loads(await browser.says(TALL % A4[1])) == []
    height = await browser.says("document.documentElement.scrollHeight")
    answer = await browser.call("Page.printToPDF", preferCSSPageSize=True, printBackground=True)
    await browser.call("Emulation.setEmulatedMedia", media="")
    pages = len(re.findall(rb"/Type\s*/Page\b", base64.b64decode(answer["data"])))
    assert height / A4[1] <= pages <= 1.4 * height / A4[1] + 1, "half of the paper would be empty"
