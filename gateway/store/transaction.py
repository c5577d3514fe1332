"""Unit of work: all parts of a transaction in one object, as the port asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gateway.store.alert_facts import AlertFactsPart
from gateway.store.alerts import AlertPart
from gateway.store.backlog import BacklogPart
from gateway.store.belongings import BelongingPart
from gateway.store.buyers import BuyerPart
from gateway.store.codes import CodePart
from gateway.store.control import ControlPart
from gateway.store.deliveries import DeliveryPart
from gateway.store.erasing import ErasingPart
from gateway.store.erasure import ErasurePart
from gateway.store.events import EventPart
from gateway.store.forms import FormPart
from gateway.store.gauged import GaugePart
from gateway.store.house import HouseMemberPart
from gateway.store.house_ledger import HouseLedgerPart
from gateway.store.house_sales import HouseSalePart
from gateway.store.identity import IdentityPart
from gateway.store.inbox import InboxPart
from gateway.store.journal import JournalPart
from gateway.store.journal_pages import JournalPages
from gateway.store.letter_batches import LetterBatchPart
from gateway.store.letter_pages import LetterPagePart
from gateway.store.letters import LetterPart
from gateway.store.merge_asks import MergeAskPart
from gateway.store.merges import MergePart
from gateway.store.operations import OperationPart
from gateway.store.operators import OperatorPart
from gateway.store.report_changes import ChangePart
from gateway.store.report_export import FactExportPart
from gateway.store.report_facts import FactPart
from gateway.store.report_sums import SumPart
from gateway.store.sales import SalePart
from gateway.store.steering import SteerPart
from gateway.store.switches import SwitchPart
from gateway.store.tally import TallyPart


class SqlTx(
    InboxPart,
    BelongingPart,
    DeliveryPart,
    OperationPart,
    JournalPart,
    JournalPages,
    LetterPart,
    ControlPart,
    EventPart,
    SalePart,
    SwitchPart,
    HouseMemberPart,
    HouseLedgerPart,
    HouseSalePart,
    CodePart,
    FormPart,
    GaugePart,
    AlertPart,
    AlertFactsPart,
    LetterPagePart,
    LetterBatchPart,
    ChangePart,
    FactPart,
    FactExportPart,
    SumPart,
    OperatorPart,
    IdentityPart,
    TallyPart,
    BacklogPart,
    SteerPart,
    MergePart,
    MergeAskPart,
    ErasurePart,
    ErasingPart,
    BuyerPart,
):
    """See ``gateway.ports.Tx``."""

    def purge(
        self,
        *,
        inbox_before: datetime,
        journal_before: datetime,
        letters_before: datetime,
        limit: int,
    ) -> Mapping[str, int]:
        """Delete at most ``limit`` rows of each table; counts by table name."""
        return {
            "inbox": self._purge_inbox(inbox_before, limit),
            "journal": self._purge_journal(journal_before, limit),
            "dead_letter": self._purge_letters(letters_before, limit),
        }
