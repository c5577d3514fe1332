"""Staff of the demo's shop: who may look at its console. The shop and its people are made up."""

from __future__ import annotations

from gateway.ops.entrance import hashed

PASSWORD = "demo"  # noqa: S105 - everything in the demo is made up and listens on loopback
ROLES = ("viewer", "operator", "admin")


def staff() -> str:
    """Return the configuration's sections: one operator of each role, called by it."""
    password = hashed(PASSWORD)
    return "".join(
        f"\n[operators.{role}]\nrole = \"{role}\"\npassword = '{password}'\n" for role in ROLES
    )


def way_in(port: int) -> str:
    """Say where the console is and who may come in."""
    names = ", ".join(ROLES)
    return f"console http://127.0.0.1:{port}/console as {names}; the password is {PASSWORD}"
