"""The client of 2017, as it is: sends, prices, asks and prints what it was told as JSON.

A process of its own: importing it sets up logging for everybody.
"""

from __future__ import annotations

import json
import sys

import smsc


def visit(url: str, login: str, password: str) -> dict[str, object]:
    """Do all that the client can; ``url`` replaces its address and nothing else."""
    smsc.SMSC._url = url  # noqa: SLF001 - the only way to point it somewhere else
    client = smsc.SMSC(login=login, password=password)
    text = smsc.SMSMessage(text="Код 4821 — никому не говорите")
    priced = client.get_cost(to="79120000001", message=text)
    sent = client.send(to="79120000001", message=text)
    again = client.send(to="79120000001", message=text)
    (state,) = client.get_status(to="79120000001", msg_id=str(sent.message_id))
    return {
        "parts": priced.count,
        "cost": priced.cost,
        "sent": sent.count,
        "again": again.error.code,
        "state": state.status.status_id,
        "text": state.data.get("message"),
        "balance": client.get_balance().balance,
        "refused": smsc.SMSC(login=login, password="no").get_balance().error.code,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(visit(*sys.argv[1:])))
