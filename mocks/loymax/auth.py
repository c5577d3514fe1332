"""The token service ``/authorizationService/`` (reference, section 2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from mocks.loymax.codes import Codes, SendingBlocked, attempts
from mocks.loymax.envelope import Answer, Bare, body_of
from mocks.loymax.guard import Guard
from mocks.loymax.tokens import Granted, Session, Tokens
from mocks.loymax.wire import Query, form_of

if TYPE_CHECKING:
    from mocks.loymax.installation import Installation
    from mocks.loymax.people import Person
    from mocks.loymax.settings import Application

SCOPES = frozenset({"account", "profile", "coupon", "cards", "counters", "history", "merchants"})
TWO_FACTOR = "X-Loymax-2FA"
_FORM = "application/x-www-form-urlencoded"
_WRONG = "Неверное имя пользователя или пароль. Проверьте правильность введенных данных. "


@dataclass(frozen=True)
class AuthRequest:
    """A request to the token service."""

    query: Query
    headers: Mapping[str, str]
    body: bytes
    address: str

    def bearer(self) -> str | None:
        """Return the access token that came along."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if kind.lower() == "bearer" else None


class TokenRefused(Exception):
    """An OAuth refusal: HTTP 400 without an envelope (2.3)."""

    def __init__(
        self, *, error: str, text: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Keep the body."""
        super().__init__(error)
        body = {"error": error}
        if text is not None:
            body["error_description"] = text
        self.answer = Bare(400, body, headers or {}, effect="refused")


@dataclass
class TokenService:
    """Issues tokens by the grants of 2.1."""

    installation: Installation
    tokens: Tokens
    codes: Codes
    guard: Guard
    _temporary: dict[str, int] = field(default_factory=dict)

    def token(self, sent: AuthRequest) -> Bare:
        """Answer ``POST token``."""
        try:
            session = self._grant(sent)
        except TokenRefused as refusal:
            return refusal.answer
        return Bare(200, session.as_result(), key=session.kind, effect="created")

    def _grant(self, sent: AuthRequest) -> Session:
        if not sent.headers.get("content-type", "").startswith(_FORM):
            raise self._malformed()
        form = form_of(sent.body)
        grants: dict[str, Callable[[AuthRequest, dict[str, str]], Session]] = {
            "password": self._password,
            "anonymous": self._anonymous,
            "authorization_code": self._code,
            "refresh_token": self._refresh,
        }
        grant = grants.get(form.get("grant_type", ""))
        if grant is None:
            raise self._malformed()
        return grant(sent, form)

    def _malformed(self) -> TokenRefused:
        return TokenRefused(
            error="Error", text=f"Системная ошибка: {self.installation.count.secret()}"
        )

    def _password(self, sent: AuthRequest, form: dict[str, str]) -> Session:
        if form.get("area", "").lower() == "users":
            return self._operator(sent, form)
        temporary = sent.headers.get(TWO_FACTOR.lower())
        if temporary is not None:
            return self._second_step(temporary, form.get("password"))
        login, password = form.get("username", ""), form.get("password")
        if not login:
            raise self._malformed()
        self._check_blocks(login, sent.address)
        person = self.installation.by_login(login)
        if password is None:
            return self._first_step(person)
        if person is None or not self._is_right(person, login, password):
            left = self.guard.wrong(login, sent.address)
            raise TokenRefused(error="IncorrectLoginOrPassword", text=f"{_WRONG}{attempts(left)}.")
        self.guard.right(login)
        settings = self.installation.settings
        if settings.two_factor == "on" and settings.password_required == "on":
            return self._first_step(person)
        return self.tokens.open("member", person_id=person.id)

    def _is_right(self, person: Person, login: str, password: str) -> bool:
        return (
            person.password is not None
            and person.password == password
            and person.state in {"Registered", "Normal"}
            and login not in person.blocked_logins
        )

    def _check_blocks(self, login: str, address: str) -> None:
        if self.guard.is_blocked(login, f"ip {address}"):
            minutes = self.installation.settings.block_min
            raise TokenRefused(
                error="Blocked", text=f"Вход заблокирован. Попробуйте через {minutes} минут."
            )

    def _first_step(self, person: Person | None) -> Session:
        settings = self.installation.settings
        is_off = settings.two_factor == "off" or settings.version_profile == "legacy"
        if person is None or person.phone is None or is_off or person.state == "Deregistered":
            raise TokenRefused(error="IncorrectLoginOrPassword", text="Требуется указать пароль.")
        try:
            self.codes.send("login", person.id, "sms", person.phone.value)
        except SendingBlocked:
            raise TokenRefused(
                error="Blocked", text=str(self.codes.blocked().result["message"])
            ) from None
        temporary = self.installation.count.secret()
        self._temporary[temporary] = person.id
        raise TokenRefused(
            error="TwoFactorAuthenticationCodeRequired",
            text="Введите код подтверждения, отправленный вам на телефон",
            headers={TWO_FACTOR: temporary},
        )

    def _second_step(self, temporary: str, code: str | None) -> Session:
        person_id = self._temporary.get(temporary)
        if person_id is None:
            raise TokenRefused(error="Приложение не найдено")
        left = self.codes.try_code("login", person_id, code)
        if left == 0:
            raise TokenRefused(error="Blocked", text="Превышено число попыток ввода кода.")
        if left is not None:
            raise TokenRefused(
                error="AuthenticationWithConfirmCodeExpired",
                text=f"Время ввода кода истекло {attempts(left)}.",
            )
        del self._temporary[temporary]
        return self.tokens.open("member", person_id=person_id)

    def _operator(self, sent: AuthRequest, form: dict[str, str]) -> Session:
        settings, login = self.installation.settings, form.get("username", "")
        self._check_blocks(f"operator {login}", sent.address)
        if (login, form.get("password")) != (settings.operator_login, settings.operator_password):
            left = self.guard.wrong(f"operator {login}", sent.address)
            raise TokenRefused(error="IncorrectLoginOrPassword", text=f"{_WRONG}{attempts(left)}.")
        self.guard.right(f"operator {login}")
        return self.tokens.open("operator")

    def _application(self, client_id: str | None) -> Application:
        for one in self.installation.settings.applications:
            if one.client_id == client_id:
                return one
        raise TokenRefused(error="Приложение не найдено")

    def _anonymous(self, sent: AuthRequest, form: dict[str, str]) -> Session:
        client_id = sent.query.text("client_id") or form.get("client_id")
        application = self._application(client_id)
        return self.tokens.open("application", has_refresh=False, application=application)

    def _code(self, sent: AuthRequest, form: dict[str, str]) -> Session:
        application = self._application(form.get("client_id") or sent.query.text("client_id"))
        if form.get("client_secret") != application.secret:
            raise TokenRefused(error="Приложение не найдено")
        granted = self.tokens.codes.get(form.get("code", ""))
        if (
            granted is None
            or granted.application is not application
            or granted.redirect_uri != form.get("redirect_uri")
        ):
            raise TokenRefused(error="invalid_grant")
        del self.tokens.codes[form["code"]]
        return self.tokens.open(
            "customer",
            person_id=granted.person_id,
            application=application,
            scopes=granted.scopes,
            identifier=granted.identifier,
        )

    def _refresh(self, sent: AuthRequest, form: dict[str, str]) -> Session:
        """Refresh; the expired access token must come along (trap 3)."""
        refresh = form.get("refresh_token", "")
        old = self.tokens.by_refresh.get(refresh)
        if old is None or sent.bearer() != old.access:
            raise TokenRefused(error="invalid_grant")
        session = self.tokens.refresh(refresh)
        if session is None:
            raise TokenRefused(error="invalid_grant")
        return session

    def resend(self, sent: AuthRequest) -> Bare:
        """Send the login code again; an unknown temporary token is answered as a known one."""
        person_id = self._temporary.get(sent.headers.get(TWO_FACTOR.lower(), ""))
        person = None if person_id is None else self.installation.persons[person_id]
        if person is not None and person.phone is not None:
            try:
                self.codes.send("login", person.id, "sms", person.phone.value)
            except SendingBlocked:
                return Bare(200, body_of(self.codes.blocked(), is_legacy=False))
        return Bare(200, body_of(Answer(message="Код подтверждения отправлен"), is_legacy=False))

    def authorize(self, sent: AuthRequest) -> Bare:
        """Find a customer for an application and answer 302 with a code (2.4)."""
        session = self.tokens.find(sent.bearer() or "")
        client_id, uri = sent.query.text("client_id"), sent.query.text("redirect_uri")
        if session is None or session.application is None:
            return Bare(401, _denied())
        if session.application.client_id != client_id or uri is None:
            return Bare(400, {"error": "invalid_request"}, effect="refused")
        if sent.query.text("response_type") != "code":
            return Bare(400, {"error": "unsupported_response_type"}, effect="refused")
        scopes = frozenset((sent.query.text("scope") or "").split())
        if scopes - SCOPES:
            return Bare(400, {"error": "invalid_scope"}, effect="refused")
        identifier = sent.headers.get("x-identifier", "")
        person = self.installation.by_login(identifier)
        is_known = person is not None and identifier not in person.blocked_logins
        if person is None or not is_known or person.state != "Registered":
            return Bare(200, "Пользователь не найден", content_type="text/plain; charset=utf-8")
        code = self.installation.count.secret()
        self.tokens.codes[code] = Granted(session.application, uri, person.id, scopes, identifier)
        joint = "&" if "?" in uri else "?"
        return Bare(302, "", {"Location": f"{uri}{joint}{urlencode({'code': code})}"})


def _denied() -> dict[str, Any]:
    return {"message": "Authorization has been denied for this request."}
