"""Messages to and from the nodes of exchange plans: numbers, confirmations, content (3.5, 3.6)."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

from mocks.onec.hs.cards import CardBook
from mocks.onec.schema import Row
from mocks.onec.soap.enterprise_export import Exporter
from mocks.onec.soap.enterprise_load import Loader
from mocks.onec.soap.enterprise_message import (
    VERSIONS,
    Confirmation,
    read_message,
    write_message,
)
from mocks.onec.soap.exchange_files import JobFailed

_DEFAULT_CODE = "УТ"


class NodeExchange:
    """Reads and writes the messages of one infobase."""

    def __init__(self, cards: CardBook) -> None:
        """Work on the infobase of a card book."""
        self._infobase = cards.infobase
        self._loader = Loader(cards)
        self._exporter = Exporter(cards)
        self._versions: dict[str, str] = {}

    def write_out(self, plan: str, code: str) -> bytes:
        """Hand out everything that the node has not confirmed, under the next number.

        Raises:
            JobFailed: no such plan or node.
        """
        node = self.node(plan, code)
        message = int(node["SentNo"]) + 1
        changes = self._infobase.changes.select(_queue(plan, node), message)
        content = write_message(
            Confirmation(plan, code, self._own_code(plan), message, int(node["ReceivedNo"])),
            version=self._versions.get(node["Ref_Key"], VERSIONS[-1]),
            created_utc=self._utc(),
            types=self._exporter.types,
            body=self._exporter.body(changes),
        )
        self._set_node(plan, node, {"SentNo": message})
        return content

    def take_in_alone(self, content: bytes) -> None:
        """Load a message without a node: numbers do not count.

        Raises:
            JobFailed: not in the format.
        """
        self._loader.load(read_message(content).objects)

    def take_in(self, plan: str, code: str, content: bytes) -> None:
        """Load a node's message, count its number and drop what it confirms.

        Raises:
            JobFailed: no such plan or node, not in the format, for somebody else.
        """
        node = self.node(plan, code)
        message = read_message(content)
        sent = message.confirmation
        if sent is None:
            msg = "Ошибка формата сообщения обмена: нет элемента Confirmation"
            raise JobFailed(msg)
        if (sent.plan, sent.sender, sent.to) != (plan, code, self._own_code(plan)):
            msg = "Ошибка формата сообщения обмена: сообщение предназначено другому узлу"
            raise JobFailed(msg)
        is_old = sent.message <= int(node["ReceivedNo"])
        if is_old and self._infobase.settings.exchange_old_message == "refuse":
            msg = f"Сообщение обмена было принято ранее: номер {sent.message}"
            raise JobFailed(msg)
        self._loader.load(message.objects)
        self._infobase.changes.confirm(_queue(plan, node), sent.received)
        number = max(sent.message, int(node["ReceivedNo"]))
        self._set_node(plan, node, {"ReceivedNo": number})
        common = [one for one in VERSIONS if one in message.available]
        if common:
            self._versions[node["Ref_Key"]] = common[-1]

    def node(self, plan: str, code: str) -> Row:
        """Return the node of a peer.

        Raises:
            JobFailed: no such plan or node.
        """
        entity = f"ExchangePlan_{plan}"
        if entity not in self._infobase.configuration.entities:
            msg = f"Ошибка: не найден план обмена {plan}"
            raise JobFailed(msg)
        rows = self._infobase.table(entity).find("Code", code)
        node = next((row for row in rows if not row["ThisNode"] and not row["DeletionMark"]), None)
        if node is None:
            msg = f"Ошибка: не найден узел обмена {code}"
            raise JobFailed(msg)
        return node

    def _own_code(self, plan: str) -> str:
        rows = self._infobase.table(f"ExchangePlan_{plan}").find("ThisNode", value=True)
        return str(rows[0]["Code"]) if rows else _DEFAULT_CODE

    def _set_node(self, plan: str, node: Row, numbers: Row) -> None:
        """Count messages; the platform does so without rewriting the node."""
        table = self._infobase.table(f"ExchangePlan_{plan}")
        table.update(node["Ref_Key"], changes={**numbers, "ExchangeDate": self._infobase.now()})

    def _utc(self) -> str:
        zone = ZoneInfo(self._infobase.settings.time_zone)
        moment = self._infobase.clock.now().replace(tzinfo=zone).astimezone(UTC)
        return moment.replace(tzinfo=None).isoformat()


def _queue(plan: str, node: Row) -> tuple[str, str]:
    return f"ExchangePlan_{plan}", str(node["Ref_Key"])
