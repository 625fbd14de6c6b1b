"""The HTML report in a browser: what it shows, and how it behaves."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

from tests.shared.audits import QUOTES, SCRIPT, audit
from zarr_devbuf.audit.findings.gate import decide
from zarr_devbuf.audit.formats.html import html

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Dialog, Page

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed"),
    # One worker of xdist runs these, so that the report is made once.
    pytest.mark.xdist_group("browser"),
]

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(html(decide(audit(), fail_on="broken")), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, report: Path) -> Iterator[Page]:
    """Open the report; assert that there is no dialogue, no error and no request."""
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    trouble: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        trouble.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda message: trouble.append(message.text))
    page.on("request", lambda request: trouble.append(request.url))
    page.goto(report.as_uri())
    assert trouble.pop(0) == report.as_uri()
    yield page
    page.close()
    assert trouble == []


def cell(page: Page, name: str, column: int) -> Any:
    row = page.locator("tr.subject").filter(has=page.locator("th", has_text=name))
    return row.locator("button.verdict").nth(column)


def panel(page: Page, button: Any) -> Any:
    return page.locator(f"#{button.get_attribute('aria-controls')}")


def test_matrix_has_every_subject_and_verdict(page: Page) -> None:
    assert page.locator("tr.subject").count() == 5
    shown = page.locator("tr.subject button.verdict").all_inner_texts()
    assert [text.split()[-1] for text in shown] == [
        "ok",
        "ok",
        "host-round-trip",
        "ok",
        "implicit-transfers",
        "broken",
        "unsupported",
        "ok",
        "device-native",
    ]


def test_names_stay_text(page: Page) -> None:
    names = page.locator("tr.subject th").all_inner_texts()
    assert any(SCRIPT in name for name in names)
    assert any(QUOTES in name for name in names)
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 1


def test_click_opens_and_closes_checks_ledger_and_failure(page: Page) -> None:
    button = cell(page, SCRIPT, 1)
    detail = panel(page, button)
    assert not detail.is_visible()
    button.click()
    assert detail.is_visible()
    assert button.get_attribute("aria-expanded") == "true"
    text = detail.inner_text()
    assert "Nothing moves without being asked for." in text
    assert f"check_implicit_transfers failed: {SCRIPT}" in text
    assert "host→device" in text
    assert f"their/{SCRIPT}.py:7 in encode" in text
    assert "check_round_trip" in text
    button.click()
    assert not detail.is_visible()


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_keyboard_alone_is_enough(page: Page, key: str) -> None:
    button = cell(page, "zstd", 1)
    button.focus()
    page.keyboard.press(key)
    assert panel(page, button).is_visible()
    page.keyboard.press("Escape")
    assert not panel(page, button).is_visible()
    page.keyboard.press("/")
    page.keyboard.type("memory")
    assert page.locator("tr.subject:visible").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("tr.subject:visible").count() == 5
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className").startswith("verdict")


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("zst", 1),
        ("ZSTD", 1),
        ("codec", 3),
        ("codec broken", 1),
        ("check_pickling", 1),
        ("<script>", 1),
        ("their-package", 5),
        ("nothing like it", 0),
    ],
)
def test_filter(page: Page, typed: str, names: int) -> None:
    cell(page, "zstd", 0).click()
    page.get_by_label("Filter").fill(typed)
    assert page.locator("tr.subject:visible").count() == names
    assert page.get_by_role("status").inner_text() == f"{names} of 5"
    assert page.locator("#nothing").is_visible() == (names == 0)
    # The open panel of a subject that is filtered out is closed.
    fits = "zstd" in page.locator("main").inner_text() and names > 0
    if not fits:
        assert page.locator("tr.detail:visible").count() == 0


def test_button_shows_all_if_nothing_matches(page: Page) -> None:
    page.get_by_label("Filter").fill("nothing like it")
    page.get_by_role("button", name="Show all").click()
    assert page.locator("tr.subject:visible").count() == 5
    assert page.evaluate("document.activeElement.id") == "filter"


def test_escape_in_a_panel_closes_it_and_returns_to_its_verdict(page: Page) -> None:
    button = cell(page, SCRIPT, 1)
    button.click()
    page.keyboard.press("Tab")
    inside = "document.activeElement.closest('tr.detail') !== null"
    assert page.evaluate(inside)
    page.keyboard.press("Escape")
    assert not panel(page, button).is_visible()
    assert page.evaluate("document.activeElement.getAttribute('aria-controls')") == (
        button.get_attribute("aria-controls")
    )
    button.click()
    panel(page, button).get_by_role("button", name="Close").click()
    assert button.get_attribute("aria-expanded") == "false"


def test_address_of_a_cell_opens_it(page: Page) -> None:
    page.get_by_label("Filter").fill("memory")
    page.evaluate("location.hash = '#zstd-sim'")
    page.wait_for_function("!document.getElementById('zstd-sim').hidden")
    assert page.locator("#zstd-sim").is_visible()
    assert cell(page, "zstd", 1).get_attribute("aria-expanded") == "true"
    assert page.locator("#zstd-cpu").is_hidden()


def test_what_is_opened_is_in_the_address(page: Page) -> None:
    cell(page, "zstd", 0).click()
    assert page.evaluate("location.hash") == "#zstd-cpu"
    cell(page, "zstd", 0).click()
    assert page.evaluate("location.hash") == ""


def test_address_of_a_cell_works_from_elsewhere(browser: Browser, report: Path) -> None:
    fresh = browser.new_page(viewport={"width": 1100, "height": 500})
    fresh.goto(f"{report.as_uri()}#MemoryStore-sim")
    assert fresh.locator("#MemoryStore-sim").is_visible()
    fresh.wait_for_function(
        "document.activeElement.getAttribute('aria-controls') === 'MemoryStore-sim'"
    )
    fresh.close()


def test_check_is_explained_on_the_page(page: Page) -> None:
    button = cell(page, SCRIPT, 1)
    button.click()
    link = panel(page, button).get_by_role("link", name="check_implicit_transfers").first
    check = page.locator(str(link.get_attribute("href")))
    assert not check.is_visible()
    link.click()
    check.wait_for(state="visible")
    assert "transfer data between host and device only by explicit calls" in check.inner_text()


def test_problems_lead_to_the_cells(page: Page) -> None:
    problems = page.locator("#problems details.problem")
    assert problems.count() == 2
    assert "broken" in problems.nth(0).locator("summary").inner_text()
    problems.nth(1).locator("summary").click()
    link = problems.nth(1).get_by_role("link", name="sim")
    link.click()
    page.locator(str(link.get_attribute("href"))).wait_for(state="visible")


def test_focus_is_seen(page: Page) -> None:
    page.get_by_label("Filter").focus()
    for _ in range(3):
        page.keyboard.press("Tab")
        outline = "getComputedStyle(document.activeElement).outlineWidth"
        assert page.evaluate(outline) == "3px"


def test_no_motion_where_it_is_not_wanted(page: Page) -> None:
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(behaviour) == "auto"
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(behaviour) == "smooth"


def test_tables_have_headers_and_ids_are_unique(page: Page) -> None:
    assert page.evaluate(
        "[...document.querySelectorAll('table')].every(each => each.querySelector('th[scope=col]'))"
    )
    rows = page.locator("tr.subject")
    assert rows.locator("th[scope=row]").count() == rows.count() == 5
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(each => each.id)")
    assert len(ids) == len(set(ids)) > 10
    missing = page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].filter(each => "
        "!document.getElementById(decodeURIComponent(each.hash.slice(1)))).map(each => each.hash)"
    )
    assert missing == []


def contrast(page: Page, selector: str) -> float:
    """Compute the contrast of text to its background, as WCAG does."""
    return float(
        page.evaluate(
            """selector => {
            const luminance = colour => {
                const channels = colour.match(/[\\d.]+/g).slice(0, 3).map(Number).map(value => {
                    value /= 255;
                    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
                });
                return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2];
            };
            const style = getComputedStyle(document.querySelector(selector));
            const found = [luminance(style.color), luminance(style.backgroundColor)].sort();
            return (Math.max(...found) + 0.05) / (Math.min(...found) + 0.05);
        }""",
            selector,
        )
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_verdicts_can_be_read_in_light_and_dark(page: Page, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    verdicts = ("ok", "host-round-trip", "implicit-transfers", "broken", "unsupported")
    for verdict in verdicts:
        assert contrast(page, f"button.{verdict}") >= 4.5
    assert contrast(page, "body") >= 7
    backgrounds = {
        page.evaluate(
            "name => getComputedStyle(document.querySelector(`button.${name}`)).backgroundColor",
            verdict,
        )
        for verdict in verdicts
    }
    assert len(backgrounds) == len(verdicts)


def test_every_button_and_box_has_a_name(page: Page) -> None:
    unnamed = page.evaluate(
        "[...document.querySelectorAll('button, input')].filter(each => "
        "!each.innerText && !(each.labels && each.labels.length)).length"
    )
    assert unnamed == 0
    targets = page.evaluate(
        "[...document.querySelectorAll('[aria-controls]')].every("
        "each => document.getElementById(each.getAttribute('aria-controls')))"
    )
    assert targets


def test_narrow_screens_need_no_scrolling_sideways(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    fits = "document.documentElement.scrollWidth <= window.innerWidth"
    assert page.evaluate(fits)
    cell(page, SCRIPT, 1).click()
    assert page.evaluate(fits)
    page.set_viewport_size({"width": 800, "height": 800})
    assert page.evaluate(fits)


def test_print_is_dark_on_white_and_has_no_controls(page: Page) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.get_by_label("Filter").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    assert page.pdf().startswith(b"%PDF")


def test_stays_readable_without_scripts(browser: Browser, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(report.as_uri())
    assert page.locator("tr.subject").count() == 5
    assert page.locator("tr.detail:visible").count() == 9
    context.close()
