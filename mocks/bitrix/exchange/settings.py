"""Settings of the CommerceML exchange: the site's options, switches S16-S18 (3, 11)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ExchangeSettings:
    """What an administrator of the site may have set for the exchange.

    ``is_allowed`` is the membership in the component's groups. ``encoding`` is ``windows-1251`` or
    ``utf-8``. ``version_line`` (2.09 and newer ones), ``zip`` and ``slice_documents`` (orders per
    ``query`` of the new protocol, 0 all at once) are S16. ``is_delivery_first``, ``decimals`` (0
    plain, 2 or 4) and ``sessid`` (``first_use``, ``always``, ``never``) are S17. ``change_status``,
    ``import_new_orders`` and ``final_status`` are S18. ``import_slice`` is the number of documents
    or goods per ``import`` call, 0 all at once. ``is_short_checkauth`` answers the three lines of
    the older protocol text. ``clock_skew_s`` is how far database and server clocks differ.
    ``default_pay_system`` 0 stands for the inner account. ``listen_s`` is the long poll's wait.
    """

    login: str = "1c"
    password: str = "secret"
    is_allowed: bool = True
    cookie_name: str = "PHPSESSID"
    is_short_checkauth: bool = False
    clock_skew_s: int = 0
    encoding: str = "windows-1251"
    zip: bool = False
    file_limit: int = 204800
    version_line: str = "2.09"
    slice_documents: int = 0
    import_slice: int = 0
    is_delivery_first: bool = False
    decimals: int = 0
    sessid: str = "first_use"
    is_latin_c: bool = True
    listen_s: float = 0.0
    number_prefix: str = ""
    only_paid: bool = False
    only_delivery_allowed: bool = False
    from_status: str = ""
    change_status: bool = True
    import_new_orders: bool = False
    new_order_from_shipment: bool = True
    final_status: str = "F"
    default_pay_system: int = 0
