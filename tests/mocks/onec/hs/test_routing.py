"""URL templates, verbs, failures and sessions of HTTP services (vendor reference, 2.1 to 2.3)."""

from __future__ import annotations

import pytest
from starlette.responses import Response

from mocks.onec.hs.answers import text_answer
from mocks.onec.hs.routing import HsRequest, HttpService, NoHandler, NoTemplate, Template
from mocks.onec.settings import InfobaseUser
from tests.mocks.onec.hs.services import Services, open_services

ROOT = "/ut/hs/loyaltyservice"


def _template(pattern: str, *verbs: str) -> Template:
    async def _answer(request: HsRequest) -> Response:
        return text_answer(f"{pattern} {request.params}")

    return Template(pattern, dict.fromkeys(verbs or ("GET",), _answer))


async def _run(service: HttpService, path: str, verb: str = "GET") -> str:
    handler, params = service.find(verb, path)
    request = HsRequest(verb, "", {}, b"", "Шлюз", params)
    return bytes((await handler(request)).body).decode()


SERVICE = HttpService(
    "cards",
    [
        _template("/cards/*"),
        _template("/cards/{Номер}"),
        _template("/cards/new"),
        _template("/cards/{Номер}/balance", "GET", "PUT"),
        _template("/any", "*"),
    ],
)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        pytest.param("/cards/new", "/cards/new {}", id="literal first"),
        pytest.param("/cards/17", "/cards/{Номер} {'Номер': '17'}", id="then the parameter"),
        pytest.param("/cards/17/balance", "/cards/{Номер}/balance {'Номер': '17'}", id="longer"),
        pytest.param("/cards/17/x/y", "/cards/* {'*': '17/x/y'}", id="then the rest"),
    ],
)
async def test_precedence(path: str, wanted: str) -> None:
    """Whatever the order of declaration, the most exact template answers."""
    assert await _run(SERVICE, path) == wanted


def test_case_matters() -> None:
    """A template in other letters is not there."""
    with pytest.raises(NoTemplate):
        SERVICE.find("GET", "/Any")


def test_verb_without_a_handler() -> None:
    """The template fits, so it is 405 and not 404."""
    with pytest.raises(NoHandler):
        SERVICE.find("POST", "/cards/17/balance")


async def test_any_verb() -> None:
    """Any takes also the verbs of WebDAV."""
    assert await _run(SERVICE, "/any", "PROPFIND") == "/any {}"


def test_two_templates_of_equal_rank() -> None:
    """The configuration itself is wrong then."""
    with pytest.raises(ValueError, match="two templates of one rank"):
        HttpService("x", [_template("/{А}/b"), _template("/{Б}/b")])


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", f"{ROOT}/ping/", 200, id="served"),
        pytest.param("GET", f"{ROOT}/ping", 404, id="without the slash"),
        pytest.param("GET", f"{ROOT}/Ping/", 404, id="other case"),
        pytest.param("POST", f"{ROOT}/ping/", 405, id="other verb"),
        pytest.param("PROPFIND", f"{ROOT}/ping/", 405, id="webdav verb"),
        pytest.param("GET", "/ut/hs/nope/ping/", 404, id="unknown service"),
        pytest.param("GET", "/other/hs/loyaltyservice/ping/", 404, id="unknown publication"),
    ],
)
async def test_statuses(services: Services, method: str, path: str, status: int) -> None:
    """404 without a template, 405 without a handler for the verb."""
    assert (await services.http.request(method, path)).status_code == status


async def test_wrong_password(services: Services) -> None:
    """The service's code is not reached."""
    answer = await services.http.get(f"{ROOT}/ping/", auth=("client", "wrong"))
    assert (answer.status_code, answer.text) == (401, "")


async def test_user_without_the_right_to_the_service() -> None:
    """The login is right, the service is not for him."""
    user = InfobaseUser("Шлюз", "gateway-secret", hidden=("HTTPService.loyaltyservice",))
    async with open_services(users=(user,)) as services:
        assert (await services.http.get(f"{ROOT}/ping/")).status_code == 403


async def test_exception_in_a_handler_is_plain_text(services: Services) -> None:
    """500 with module and line, no JSON."""
    answer = await services.http.post(f"{ROOT}/calculatediscounts/", content=b"{")
    assert (answer.status_code, answer.headers["content-type"]) == (
        500,
        "text/plain; charset=utf-8",
    )
    assert answer.text.startswith("{HTTPСервис.")
    assert "JSONDecodeError" in answer.text


async def test_manual_session() -> None:
    """Begun with a header, carried by a cookie, ended with a header, then unknown."""
    async with open_services(session_reuse="manual", session_limit=1) as services:
        url = f"{ROOT}/ping/"
        started = await services.http.get(url, headers={"IBSession": "start"})
        services.http.cookies.clear()
        assert (await services.http.get(url, headers={"IBSession": "start"})).status_code == 406
        cookie = {"Cookie": started.headers["set-cookie"]}
        ended = await services.http.get(url, headers=cookie | {"IBSession": "finish"})
        assert ended.text == "ok"
        assert (await services.http.get(url, headers=cookie)).status_code == 400
        assert (await services.http.get(url)).status_code == 200


async def test_session_belongs_to_its_user(services: Services) -> None:
    """Another user cannot go on with a number that he has seen."""
    await services.door("settings", session_reuse="manual")
    started = await services.http.get(f"{ROOT}/ping/", headers={"IBSession": "start"})
    services.http.cookies.clear()
    cookie = {"Cookie": started.headers["set-cookie"]}
    stolen = await services.http.get(
        f"{ROOT}/ping/", headers=cookie, auth=("client", "client-secret")
    )
    assert stolen.status_code == 400


async def test_header_means_nothing_to_an_automatic_service(services: Services) -> None:
    """The loyalty server pools by itself: no cookie is given out."""
    answer = await services.http.get(f"{ROOT}/ping/", headers={"IBSession": "start"})
    assert (answer.status_code, answer.headers.get("set-cookie")) == (200, None)
