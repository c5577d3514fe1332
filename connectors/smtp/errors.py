"""Errors: replies of mail servers and faults of the road as contract errors.

Source: reference, 3.1 ("Observed case" and "Classify"); RFC 5321 (4.2) for codes, RFC 3463 for the
enhanced ones. Texts of servers quote addresses, so none of them is passed on.
"""

from __future__ import annotations

import re
import ssl

from aiosmtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupported,
    SMTPResponseException,
)

from gateway.contract import (
    AuthRejected,
    Blame,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)

ROAD_ERRORS = (SMTPException, OSError, TimeoutError, ssl.SSLError)
"""All that a server or the way to it may raise; a refused certificate is no ``SMTPException``."""

_LOGIN_CODES = frozenset({530, 534, 535, 538})
"""RFC 4954, section 6: wrong password, or a login or encryption that the server demands."""

_PERMANENT = 500
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})\b")


def road_error(error: BaseException, step: str) -> ConnectorError:
    """Return the contract error of a fault before the letter itself was sent.

    ``step`` is the command under way: ``connect``, ``AUTH``, ``MAIL``, ``RCPT``.
    """
    if isinstance(error, SMTPResponseException):
        return reply_error(error, step)
    if isinstance(error, ssl.SSLCertVerificationError):
        return _parked("the server's certificate is not trusted: see `ca_file`", step)
    if isinstance(error, SMTPNotSupported):
        msg = "the server cannot take this address or login method"
        return Rejected(msg, operation=step, blame=Blame.PAYLOAD)
    if type(error) is SMTPException:
        # No code and no class of its own: STARTTLS or AUTH is wanted and not offered (3.1).
        return _parked("the server does not offer the encryption or login that is set", step)
    return Unavailable("the mail server cannot be reached now", operation=step)


def data_error(error: BaseException) -> ConnectorError:
    """Return the contract error of a fault while the letter itself was handed over.

    A reply is a word that can be trusted; without one it may be on its way.
    """
    if isinstance(error, SMTPResponseException):
        return reply_error(error, "DATA")
    return OutcomeUnknown("the letter was sent and not answered", operation="DATA")


def reply_error(error: SMTPResponseException, step: str) -> ConnectorError:
    """Return the contract error of a reply."""
    enhanced = _ENHANCED.match(error.message.strip())
    code = f"{error.code} {enhanced.group(1)}" if enhanced else str(error.code)
    is_security = enhanced is not None and enhanced.group(1).split(".")[1] == "7"
    if error.code >= _PERMANENT:
        if error.code in _LOGIN_CODES or isinstance(error, SMTPAuthenticationError):
            return _parked("the server refuses the login", step, code)
        blame = Blame.PAYLOAD if step == "RCPT" and not is_security else Blame.OPERATOR
        msg = (
            "the server refused the letter" if step != "RCPT" else "the server refused the address"
        )
        return Rejected(msg, operation=step, vendor_code=code, blame=blame)
    if is_security:
        # 4.7.x: policy, which is how greylisting and limits are told.
        return RateLimited("the server wants it later", operation=step, vendor_code=code)
    return Unavailable("the server cannot take it now", operation=step, vendor_code=code)


def _parked(reason: str, step: str, code: str = "") -> AuthRejected:
    return AuthRejected(reason, operation=step, vendor_code=code)
