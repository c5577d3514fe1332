"""The questionnaire in a real browser: a phone's screen, two languages, without scripts too."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.browser import Browsing
from tests.e2e.forms.stage import BONUS, Stage, until
from tests.e2e.forms.visitor import ANNA, EMAIL, PHONE, Visitor, walk

if TYPE_CHECKING:
    from playwright.async_api import Page

Visitors = Callable[[Stage], Visitor]
WORDS = {
    "ru": {
        "send": "Отправить", "confirm": "Подтвердить", "email": "Код из письма",
        "phone": "Код из SMS", "done": "Спасибо!", "resend": "Отправить код ещё раз",
        "wrong": "Код не подошёл", "last": "Фамилия", "correct": "Исправьте, пожалуйста",
    },
    "en": {
        "send": "Send", "confirm": "Confirm", "email": "Code from the e-mail",
        "phone": "Code from the SMS", "done": "Thank you!", "resend": "Send the code again",
        "wrong": "The code does not fit", "last": "Last name", "correct": "Please correct",
    },
}  # fmt: skip
BRANCHES = {
    ("ru", True): (False, False),
    ("en", False): (True, False),
    ("ru", False): (False, True),
    ("en", True): (True, True),
}
LOCALES = {"ru": "ru-RU", "en": "en-GB"}
both = pytest.mark.parametrize("language", ["ru", "en"])
scripted = pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "plain"])


async def fill(page: Page, **more: str) -> None:
    """Fill the first page in as a person does, field by field."""
    values = {**ANNA, **more}
    for name in ("last", "first", "birth_date", "phone", "email"):
        await page.locator(f'[name="{name}"]').fill(values[name])
    await page.locator('[name="gender"][value="female"]').check()
    await page.locator('[name="own.favourite_shop"]').select_option("arbat")
    await page.locator('[name="consent.personal_data"]').check()
    await page.locator('[name="consent.mailing:email"]').check()


async def code(page: Page, text: str, words: dict[str, str]) -> None:
    """Type a code and send it."""
    await page.locator("#code").fill(text)
    await page.get_by_role("button", name=words["confirm"]).click()


@both
@scripted
async def test_a_person_walks_through(
    stage: Stage, browsing: Browsing, language: str, *, javascript: bool
) -> None:
    """A visitor would be stuck at a step, in one of the languages, or without scripts.

    Each way is walked by somebody whom other systems know: nobody, the site, the processor, both.
    """
    at_site, at_processor = BRANCHES[language, javascript]
    if at_site:
        await stage.site.post("seed", {"users": [{"id": 501, "name": "Аня", "phone": PHONE}]})
    if at_processor:
        assert stage.points is not None
        await stage.points.post("seed", {"customers": [{"id": 7001, "phone": PHONE.lstrip("+")}]})
    await stage.start()
    words, name = WORDS[language], f"{language}-{'scripts' if javascript else 'plain'}"
    page = await browsing.page(javascript=javascript, locale=LOCALES[language])
    await page.goto(f"{stage.url}/forms/club")
    assert await page.locator("html").get_attribute("lang") == language
    await browsing.shot(page, f"{name}-1-answers")
    await fill(page)
    await page.get_by_role("button", name=words["send"], exact=True).click()
    await page.get_by_role("heading", name=words["email"]).wait_for()
    await code(page, "000000", words)
    await page.get_by_text(words["wrong"]).wait_for()
    await browsing.shot(page, f"{name}-2-email")
    await code(page, await stage.code("email", EMAIL), words)
    await page.get_by_role("heading", name=words["phone"]).wait_for()
    await browsing.shot(page, f"{name}-3-phone")
    await code(page, await stage.code("phone", PHONE), words)
    await page.get_by_role("heading", name=words["done"]).wait_for()
    await browsing.shot(page, f"{name}-4-done")
    assert ANNA["phone"][-5:] not in page.url
    await stage.done()
    (user,) = await stage.users()
    (member,) = await stage.members()
    assert (user["id"] == 501, member["id"] == 7001) == (at_site, at_processor)
    assert user["email"] == member["email"] == EMAIL


@both
@scripted
async def test_errors_stand_with_their_fields(
    stage: Stage, browsing: Browsing, language: str, *, javascript: bool
) -> None:
    """A visitor would not know what to mend, or hear it read out beside another field."""
    await stage.start(works=False)
    browsing.expected.append("status of 422")
    words, name = WORDS[language], f"{language}-{'scripts' if javascript else 'plain'}"
    page = await browsing.page(javascript=javascript, locale=LOCALES[language])
    await page.goto(f"{stage.url}/forms/club")
    await fill(page, last="Ёлкина 2", phone="8 495 123-45-67", email="анна@example.com")
    if javascript:
        await page.locator("#field-phone-error:not(:empty)").wait_for()
    # The browser's own check of an e-mail must not hide what the server says.
    await page.locator("form").first.evaluate("form => form.noValidate = true")
    await page.get_by_role("button", name=words["send"], exact=True).click()
    await page.get_by_role("heading", name=words["correct"]).wait_for()
    await browsing.shot(page, f"{name}-errors")
    for field in ("last", "phone", "email"):
        box = page.locator(f'[name="{field}"]')
        told = await box.get_attribute("aria-describedby") or ""
        error = page.locator(f"#{told.split()[-1]}")
        assert await error.inner_text()
        assert await box.get_attribute("aria-invalid") == "true"
        assert words["last"] in await page.locator("#field-last-error").inner_text()
    assert await page.locator('[name="last"]').input_value() == "Ёлкина 2"
    assert await page.evaluate("document.activeElement.name") == "last"
    assert await page.locator('[name="consent.mailing:sms"]').is_checked() is False


async def test_a_field_is_checked_while_it_is_typed(stage: Stage, browsing: Browsing) -> None:
    """A mistake would be told only at the end of a long form, or stay shown when it is mended."""
    await stage.start(works=False)
    page = await browsing.page()
    await page.goto(f"{stage.url}/forms/club")
    phone, error = page.locator('[name="phone"]'), page.locator("#field-phone-error")
    await phone.fill("8 800 555-35-35")
    await phone.press("Tab")
    await page.locator("#field-phone-error:not(:empty)").wait_for()
    assert "SMS" in await error.inner_text()
    await phone.fill(ANNA["phone"])
    await page.locator("#field-phone-error:empty").wait_for(state="attached")
    assert await phone.get_attribute("aria-invalid") is None


async def test_two_tabs_and_the_back_button_are_one_questionnaire(
    stage: Stage, browsing: Browsing
) -> None:
    """Two tabs would be two customers, or a bonus each."""
    await stage.start()
    words = WORDS["ru"]
    first = await browsing.page()
    second = await first.context.new_page()
    for page in (first, second):
        await page.goto(f"{stage.url}/forms/club")
        await fill(page)
    for page in (first, second):
        await page.get_by_role("button", name=words["send"], exact=True).click()
        await page.get_by_role("heading", name=words["email"]).wait_for()
    right = await stage.code("email", EMAIL)
    await code(first, right, words)
    await first.get_by_role("heading", name=words["phone"]).wait_for()
    await code(second, right, words)
    await second.get_by_role("heading", name=words["phone"]).wait_for()
    await first.go_back()
    await first.get_by_role("heading", name=words["phone"]).wait_for()
    await code(first, await stage.code("phone", PHONE), words)
    await first.get_by_role("heading", name=words["done"]).wait_for()
    await second.reload()
    await second.get_by_role("heading", name=words["done"]).wait_for()
    await stage.done()
    assert len(await stage.forms()) == 1
    assert len(await stage.users()) == 1

    async def is_paid() -> bool:
        (member,) = await stage.members()
        return Decimal(str(member["balance"])) == BONUS

    await until(is_paid, what="the bonus is there")


async def test_a_double_click_sends_once(stage: Stage, browsing: Browsing) -> None:
    """A nervous thumb would be sent two codes, and the first of them be refused."""
    await stage.start()
    page = await browsing.page()
    await page.goto(f"{stage.url}/forms/club")
    await fill(page)
    await page.get_by_role("button", name="Отправить", exact=True).dblclick()
    await page.get_by_role("heading", name=WORDS["ru"]["email"]).wait_for()
    assert await stage.sent("email") == 1
    assert len(await stage.forms()) == 1


async def test_the_form_is_walked_by_keyboard_and_every_field_has_a_name(
    stage: Stage, browsing: Browsing
) -> None:
    """Somebody who cannot see the page, or use a mouse, could not fill it in."""
    await stage.start(works=False)
    page = await browsing.page(size=(1280, 900))
    await page.goto(f"{stage.url}/forms/club")
    await browsing.shot(page, "wide-answers")
    order = []
    for _ in range(16):
        await page.keyboard.press("Tab")
        order.append(await page.evaluate("document.activeElement.name || ''"))
    named = [one for one in dict.fromkeys(order) if one]
    assert named == [
        "last", "first", "birth_date", "gender", "phone", "email", "own.favourite_shop",
        "consent.personal_data", "consent.mailing:email", "consent.mailing:sms",
    ]  # fmt: skip
    unnamed = await page.evaluate(
        """() => [...document.querySelectorAll("input:not([type=hidden]), select, button")]
           .filter((one) => !one.labels?.length && !one.textContent.trim())
           .map((one) => one.name)"""
    )
    assert unnamed == []
    narrow = await browsing.page()
    await narrow.goto(f"{stage.url}/forms/club")
    assert await narrow.evaluate("document.documentElement.scrollWidth") <= 390


async def test_a_colour_can_be_read(stage: Stage, browsing: Browsing) -> None:
    """A theme's button would be too pale for weak eyes (contrast of WCAG AA)."""
    await stage.start(works=False)
    page = await browsing.page()
    await page.goto(f"{stage.url}/forms/club")
    for theme in ("blue", "green", "red", "violet", "orange", "graphite"):
        await page.evaluate("theme => document.body.className = 'theme-' + theme", theme)
        ink, own = await page.evaluate(
            """() => { const style = getComputedStyle(document.querySelector("button"));
                       return [style.color, style.backgroundColor]; }"""
        )
        assert contrast(ink, own) >= 4.5, theme


def contrast(one: str, other: str) -> float:
    """Return the contrast of two ``rgb(…)`` colours."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Return a colour's relative luminance."""
    parts = [int(part) / 255 for part in colour.strip("rgb()").split(",")[:3]]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


async def test_the_page_looks_the_same_to_known_and_unknown(
    stage: Stage, visitors: Visitors
) -> None:
    """Anybody could learn whose phone the shop knows."""
    await stage.start()
    await walk(visitors(stage), stage.code)
    await stage.done()
    shown = []
    for phone, email in ((PHONE, EMAIL), ("+79165550000", "nobody@example.com")):
        visitor = visitors(stage)
        pages = []
        answers = {**ANNA, "phone": phone, "email": email}
        await visitor.open()
        await visitor.answer(answers)
        pages.append(visitor.page)
        await visitor.send(code="000000")
        pages.append(visitor.page)
        await visitor.send(code=await stage.code("email", email))
        pages.append(visitor.page)
        await visitor.send(code=await stage.code("phone", phone))
        pages.append(visitor.page)
        shown.append(
            [
                one.replace(visitor.csrf, "CSRF").replace(phone, "PHONE").replace(email, "EMAIL")
                for one in pages
            ]
        )
    assert shown[0] == shown[1]
