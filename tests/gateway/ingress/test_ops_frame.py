"""The operator API: who may call, and how it refuses."""

from __future__ import annotations

from tests.gateway.ops.backstage import doors, employ
from tests.gateway.ops.house import House


async def test_a_call_needs_an_operators_key(house: House) -> None:
    """The console's doors would stand open at its side."""
    employ(house)
    async with doors(house) as there:
        async with there.api(None) as client:
            answer = await client.get("/ops/v1/approvals")
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Bearer")
            assert answer.json()["type"] == "urn:gateway:problem:unproved"
        async with there.api("vera") as client:
            answer = await client.get("/ops/v1/approvals")
            assert (answer.status_code, answer.json()) == (200, [])
            answer = await client.post("/ops/v1/approvals/none/approve")
            assert answer.status_code == 404
            assert answer.json()["type"] == "urn:gateway:problem:not-found"


async def test_who_tries_keys_has_to_wait(house: House) -> None:
    """A key could be guessed as fast as the machine goes."""
    employ(house)
    async with doors(house) as there, there.api("nobody") as client:
        codes = {(await client.get("/ops/v1/approvals")).status_code for _ in range(12)}
        assert codes == {401, 429}


async def test_the_description_names_the_calls(house: House) -> None:
    """A programmer would have to read the code."""
    employ(house)
    async with doors(house) as there, there.api("vera") as client:
        document = (await client.get("/openapi.json")).json()
        assert "/ops/v1/approvals/{approval_id}/approve" in document["paths"]
        assert "WaitingAction" in str(document["components"]["schemas"])


async def test_without_operators_nothing_is_there(house: House) -> None:
    """A gateway without operators would have a login page that nobody can pass."""
    async with doors(house) as there, there.api(None) as client:
        assert (await client.get("/ops/v1/approvals")).status_code == 404
        assert (await client.get("/console/login")).status_code == 404
