"""A served double, the golden world of the reference and the calls that tests make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

# What a test sends and reads is JSON of any shape.
Json = Any

PUBLIC = "/publicapi/v1.2/"
SYSTEM = "/systemapi/v1.2/"
ANNA, OLEG = 5012, 5014
PHONE, CARD = "79000005012", "7000000000012345"
OTHER_PHONE, OTHER_CARD = "79000005014", "7000000000054321"
SECRET = "Secret-1"
NOW = "2025-02-03T10:10:00Z"

WORLD: dict[str, Any] = {
    "rules": {
        "discounts": [
            {
                "id": 41,
                "name": "Весна",
                "percent": 10,
                "externalId": "1f000000-0000-4000-8000-000000000041",
                "goods": ["A-17"],
                "emission": 11,
            }
        ]
    },
    "emissions": [
        {
            "id": 11,
            "uid": "1b000000-0000-4000-8000-000000000011",
            "title": "Весна",
            "description": "Скидка 10 % на чай",
        }
    ],
    "contents": [
        {
            "id": 31,
            "priority": 70,
            "title": "Чай весной",
            "description": "Скидка 10 % на чай по купону",
            "shortDescription": None,
            "begin": "2025-01-01T00:00:00Z",
            "end": None,
            "rewardThumbnail": None,
            "rewardImageId": None,
            "brandIds": [],
            "brands": [],
            "brandId": None,
            "images": [],
            "instructions": [],
            "merchantsCount": 3,
        }
    ],
    "customers": [
        {
            "id": ANNA,
            "uid": "0f5d7a10-6c3e-4a51-9a60-2f5d1c7b5012",
            "loginUid": "9c000000-0000-4000-8000-000000005012",
            "phone": PHONE,
            "email": "anna@example.com",
            "password": SECRET,
            "created": "2025-02-01T09:00:00Z",
            "registered": "2025-02-01T09:10:00Z",
            "tender": "2025-02-01T09:06:00Z",
            "emailAttached": "2025-02-01T09:05:00Z",
            "answers": {
                "FirstName": "Анна",
                "LastName": "Иванова",
                "BirthDay": "1990-05-17",
                "Sex": "Женский",
                "City": "Тула",
                "Street": "Мира",
                "House": "1",
                "Flat": "7",
            },
            "attributes": {"Discount": "true"},
            "consents": {"Advertisement": True},
            "lots": [
                {"amount": 310},
                {"amount": 100, "expires": "2025-06-01T00:00:00Z"},
                {"amount": 20, "activates": "2025-02-10T00:00:00Z"},
            ],
            "accumulated": 640,
            "paid": 230,
            "history": [
                {
                    "amount": 100,
                    "at": "2025-02-01T09:10:00Z",
                    "description": "Завершение регистрации",
                    "offer": "1f000000-0000-4000-8000-000000000040",
                },
                {
                    "amount": -12,
                    "at": "2025-02-02T12:00:00Z",
                    "description": "Списание оператором",
                },
            ],
        }
    ],
    "cards": [{"id": 456, "number": CARD, "category": "VirtualCard", "owner": ANNA}],
    "coupons": [
        {
            "id": 71,
            "code": "SPRING25",
            "emission": 11,
            "owner": ANNA,
            "created": "2025-01-20T08:00:00Z",
            "updated": "2025-01-21T08:00:00Z",
            "activated": "2025-01-21T08:00:00Z",
            "expires": "2025-04-01T00:00:00Z",
        }
    ],
}
OLEG_ROW: dict[str, Any] = {
    "id": OLEG,
    "phone": OTHER_PHONE,
    "password": "Secret-3",
    "answers": {"FirstName": "Олег"},
    "balance": 40,
}
OLEG_CARD: dict[str, Any] = {
    "id": 457,
    "number": OTHER_CARD,
    "category": "VirtualCard",
    "owner": OLEG,
}


@dataclass
class Doors:
    """The side door of a served double."""

    client: httpx.AsyncClient

    async def door(self, name: str, **body: Any) -> dict[str, Any]:
        """Use the side door."""
        answer = await self.client.post(f"/__mock__/{name}", json=body)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    async def act(self, action: str, **body: Any) -> dict[str, Any]:
        """Let somebody do something at the installation."""
        return await self.door("act", action=action, **body)

    async def state(self) -> dict[str, Any]:
        """Return the dump."""
        found: dict[str, Any] = (await self.client.get("/__mock__/inspect")).json()
        return found

    async def code(self) -> str:
        """Return the code that was sent last."""
        return str((await self.state())["messages"][-1]["code"])

    async def person(self, ident: int = ANNA) -> dict[str, Any]:
        """Return a customer of the dump."""
        rows = (await self.state())["customers"]
        return next(row for row in rows if row["id"] == ident)


@dataclass
class Loymax(Doors):
    """A served double."""

    async def token(
        self, headers: Mapping[str, str] | None = None, /, **form: str
    ) -> httpx.Response:
        """Ask for a token."""
        return await self.client.post(
            "/authorizationService/token", data=form, headers=dict(headers or {})
        )

    async def member(self, username: str = PHONE, secret: str = SECRET) -> str:
        """Log a member in."""
        answer = await self.token(grant_type="password", username=username, password=secret)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def operator(self) -> str:
        """Log the operator in."""
        answer = await self.token(
            grant_type="password", username="gateway", password="Secret-2", area="users"
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    async def merchant(self, client_id: str = "shop-app") -> str:
        """Get a token of an application without a customer."""
        answer = await self.token(grant_type="anonymous", client_id=client_id)
        return str(answer.json()["access_token"])

    async def customer(self, identifier: str = PHONE, scope: str = "account profile") -> str:
        """Get a token of the shop on behalf of a customer."""
        shop = await self.merchant()
        uri = "https://shop.example/cb"
        found = await self.client.get(
            "/authorizationService/oauth/authorize",
            params={
                "client_id": "shop-app",
                "redirect_uri": uri,
                "response_type": "code",
                "scope": scope,
            },
            headers={"Authorization": f"Bearer {shop}", "X-Identifier": identifier},
        )
        assert found.status_code == 302, found.text
        answer = await self.token(
            grant_type="authorization_code",
            client_id="shop-app",
            client_secret="app-secret",
            redirect_uri=uri,
            code=found.headers["location"].partition("code=")[2],
        )
        return str(answer.json()["access_token"])

    async def call(
        self, verb: str, path: str, token: str = "", body: Json = None
    ) -> httpx.Response:
        """Call a method; a relative path is one of the Public API v1.2."""
        url = path if path.startswith("/") else PUBLIC + path
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if body is None:
            return await self.client.request(verb, url, headers=headers)
        return await self.client.request(verb, url, headers=headers, json=body)

    async def data(self, verb: str, path: str, token: str = "", body: Json = None) -> Json:
        """Call a method that must succeed and return its data."""
        answer = await self.call(verb, path, token, body)
        assert answer.json()["result"]["state"] == "Success", answer.text
        return answer.json().get("data")

    async def refusal(self, verb: str, path: str, token: str = "", body: Json = None) -> Json:
        """Call a method that must be refused inside HTTP 200 and return its result."""
        answer = await self.call(verb, path, token, body)
        assert answer.status_code == 200, answer.text
        result = answer.json()["result"]
        assert result["state"] != "Success", answer.text
        return result
