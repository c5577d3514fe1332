"""Checks of notices: a code or a message comes once, whole, and to nobody else's eyes."""

from __future__ import annotations

from functools import partial

from gateway.contract import Capability, Notice, NoticeChannel, Notifier, OutcomeUnknown, Rejected
from gateway.testing.claims import caught, claim, name_of
from gateway.testing.marks import needs
from gateway.testing.ports import Faults, NoticeSeeder
from gateway.testing.subject import Subject
from gateway.testing.wired import Wired

per_notifier = needs(Capability.NOTIFIER)
_TEXT = "Код 47-11 для «Ёлки & К°»"
_OTHER = "Код 08-15 для «Ёлки & К°»"


class NoticeChecks(Subject):
    """What ``Notifier`` promises, on each of its channels."""

    @per_notifier
    async def test_a_notice_arrives_whole(self, connector: Wired, seed: NoticeSeeder) -> None:
        """A channel would be declared and serve nobody, or a text would come in pieces."""
        notifier = _notifier(connector)
        claim(notifier.channels, "NOTIFIER is declared and no channel is there")
        for channel in sorted(notifier.channels):
            to = seed.addressee(channel, refused=False)
            await notifier.send(_notice(channel, to), key=f"kit-{channel}-1")
            claim(list(await seed.delivered(channel, to)) == [_TEXT], f"{channel}: no such text")

    @per_notifier
    async def test_one_key_sends_one_notice(self, connector: Wired, seed: NoticeSeeder) -> None:
        """A customer would get every code twice, and not know which one holds."""
        notifier = _notifier(connector)
        for channel in sorted(notifier.channels):
            to = seed.addressee(channel, refused=False)
            first = await notifier.send(_notice(channel, to), key=f"kit-{channel}-1")
            again = await notifier.send(_notice(channel, to), key=f"kit-{channel}-1")
            count = len(await seed.delivered(channel, to))
            claim(count == 1, f"{channel}: one key sent {count} messages")
            claim(first == again, f"{channel}: one key has two ids at the vendor")

    @per_notifier
    async def test_two_keys_send_two_notices(self, connector: Wired, seed: NoticeSeeder) -> None:
        """The second code of a customer would never be sent."""
        notifier = _notifier(connector)
        for channel in sorted(notifier.channels):
            to = seed.addressee(channel, refused=False)
            for number, text in enumerate((_TEXT, _OTHER), start=1):
                await notifier.send(_notice(channel, to, text), key=f"kit-{channel}-{number}")
            count = len(await seed.delivered(channel, to))
            claim(count == 2, f"{channel}: two keys sent {count} messages")  # noqa: PLR2004

    @per_notifier
    async def test_a_refused_address_is_told(self, connector: Wired, seed: NoticeSeeder) -> None:
        """A wrong number would be tried for ever, or taken for a message that arrived."""
        notifier = _notifier(connector)
        for channel in sorted(notifier.channels):
            to = seed.addressee(channel, refused=True)
            notice = _notice(channel, to)
            error = await caught(partial(notifier.send, notice, key=f"kit-{channel}-refused"))
            claim(
                isinstance(error, Rejected),
                f"{channel}: an address that is refused for good is {name_of(error)}",
            )

    @per_notifier
    async def test_a_notice_cut_after_its_effect_is_unknown(
        self, connector: Wired, seed: NoticeSeeder, faults: Faults
    ) -> None:
        """A message that was sent would be called failed, and the customer be told so."""
        notifier = _notifier(connector)
        for channel in sorted(notifier.channels):
            to = seed.addressee(channel, refused=False)
            notice = _notice(channel, to)
            await faults.cut("notice", after=True)
            error = await caught(partial(notifier.send, notice, key=f"kit-{channel}-cut"))
            await faults.clear()
            count = len(await seed.delivered(channel, to))
            claim(count == 1, "the script did not cut after the effect: check `faults.cut`")
            claim(
                isinstance(error, OutcomeUnknown),
                f"{channel}: a message that may have been sent is {name_of(error)}",
            )

    @per_notifier
    async def test_a_notice_tells_no_person(self, connector: Wired, seed: NoticeSeeder) -> None:
        """A phone, an address or a code would stand in logs and letters that are shared."""
        notifier = _notifier(connector)
        told: list[str] = []
        persons = [_TEXT]
        for channel in sorted(notifier.channels):
            for refused in (False, True):
                to = seed.addressee(channel, refused=refused)
                persons.append(to)
                notice = _notice(channel, to)
                key = f"kit-{channel}-{refused}"
                error = await caught(partial(notifier.send, notice, key=key))
                told += [str(error), repr(error), repr(getattr(error, "__cause__", None))]
        text = "\n".join([*told, connector.log.text()])
        claim(not any(one in text for one in connector.secrets()), "a secret is told")
        claim(not any(one in text for one in persons), "a person or a text is told")


def _notice(channel: NoticeChannel, to: str, text: str = _TEXT) -> Notice:
    subject = "Код подтверждения" if channel is NoticeChannel.EMAIL else ""
    return Notice(channel, to, text, subject)


def _notifier(wired: Wired) -> Notifier:
    notifier = wired.connector.services.notifier
    if notifier is None:
        msg = "NOTIFIER is declared and services.notifier is None"
        raise AssertionError(msg)
    return notifier
