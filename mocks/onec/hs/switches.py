"""Switches of the SOAP and HTTP services: what the sources leave open, with the defaults chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class ServiceSwitches:
    """Part of the double's settings.

    ``soap_versions`` are the bindings that services offer. ``soap_check_action`` refuses a
    SOAPAction of another operation. ``soap_loose_dates`` drops fractions and zones of dates instead
    of refusing them (6.2). ``soap_sent_type`` writes ``xsi:type`` where another type is sent than
    declared (3.8). ``wsdl_host`` replaces the host in addresses of a WSDL, as behind a proxy (3.2).

    ``session_reuse`` overrides what a service says of itself (2.3), ``session_max_age_s`` is the
    idle lifetime of a session.

    ``exchange_polls`` questions find a job of the data exchange active; ``exchange_old_message``
    says what becomes of a number received before; ``exchange_locked`` is the text of a base locked
    for update. ``hold_minutes`` is the life of a hold.

    ``loyalty_off`` is the sentence of a loyalty server that is switched off,
    ``loyalty_lock_minutes`` the repeat period of the job that frees locked points,
    ``loyalty_accrual_percent`` of a row come back as points, ``cashier_message`` goes with every
    calculation (2.5).

    ``token_key`` signs the tokens that the publication accepts, from ``token_issuer`` for
    ``token_audience``; empty for none (2.2).

    ``custom_errors`` is the convention of the custom HTTP service (2.4), ``custom_bom`` its BOM.
    """

    token_key: str = ""
    token_issuer: str = "gateway"
    token_audience: str = "onec"
    soap_versions: Literal["both", "soap11", "soap12"] = "both"
    soap_check_action: bool = True
    soap_loose_dates: bool = False
    soap_sent_type: bool = False
    wsdl_host: str = ""
    session_reuse: Literal["own", "none", "auto", "manual"] = "own"
    session_max_age_s: int = 20
    exchange_polls: int = 1
    exchange_old_message: Literal["accept", "refuse"] = "accept"
    exchange_locked: str = ""
    hold_minutes: int = 30
    loyalty_off: str = ""
    loyalty_accrual_percent: int = 3
    cashier_message: str = ""
    loyalty_lock_minutes: int = 60
    custom_errors: Literal["status", "flag", "text"] = "status"
    custom_bom: bool = False
