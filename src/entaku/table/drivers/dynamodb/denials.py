"""Why DynamoDB does not let us in, in one line each with the way out: credentials, rights, clock, address, no table.

All of it is Unavailable: callers can do nothing about it, and it is over as soon as the operator has done what the line
says, without a restart.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp
import msgspec

from entaku.core.errors import Unavailable
from entaku.core.ids import shown
from entaku.table.drivers.dynamodb.capacity import COUNTED

SIGNATURES_GOOD_S = 300
"""For how long AWS takes a signature, before and after the time it was made at."""

_UNKNOWN_KEY = frozenset({"UnrecognizedClientException", "InvalidClientTokenId", "InvalidClientTokenIdException"})
_WRONG_SIGNATURE = frozenset({"InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired"})
_NO_SIGNATURE = frozenset(
    {
        "IncompleteSignature",
        "IncompleteSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
    }
)
_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException"})
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "NotAuthorized", "UnauthorizedOperation"})
_NO_SERVICE = frozenset({"OptInRequired", "SubscriptionRequiredException"})
_NOT_THERE = "ResourceNotFoundException"

_ALLOW = "allow it: 'entaku table iam' prints a policy"
_OF_TIME = ("Signature expired", "not yet current", "Request has expired", "Request expired")
_WHAT_IS_DENIED = re.compile(
    r"(?:User: (?P<who>\S+) )?is not authorized to perform: (?P<action>\S+)"
    r"(?: on resource: (?P<resource>\S+))?(?: because (?P<why>.+))?"
)


class CredentialsRefused(Unavailable):
    """AWS does not take the credentials for DynamoDB; they are looked for again before the next attempt."""


class Circumstances(msgspec.Struct, frozen=True):
    """How a request was made: what a message has to name."""

    operation: str
    table: str
    """Empty where it names none."""
    address: str
    region: str
    key_id: str
    key_origin: str
    heard: tuple[str | None, datetime]
    """The `Date` of the answer, and what the time was here."""

    @property
    def key(self) -> str:
        return f"access key {shown(self.key_id)} ({self.key_origin})"


def denial(code: str, message: str, made: Circumstances) -> Unavailable | None:
    """The error for a refusal to let us in; None for a refusal of another kind."""
    if code in _UNKNOWN_KEY:
        return CredentialsRefused(
            f"AWS does not know {made.key}; set another one, or enable region {made.region} for the account"
        )
    if code in _WRONG_SIGNATURE and any(part in message for part in _OF_TIME):
        return Unavailable(_wrong_clock(made, message))
    if code in _WRONG_SIGNATURE:
        return CredentialsRefused(
            f"the secret of {made.key} is not the one that AWS has; set both anew, and the session token if any"
        )
    if code in _NO_SIGNATURE:
        return Unavailable(
            f"requests arrive at {made.address} without their signature ({code}); what stands before DynamoDB has to"
            " pass all headers on"
        )
    if code in _EXPIRED:
        return CredentialsRefused(f"{made.key} has expired; {_renewal(made.key_origin)}")
    if code in _DENIED:
        return Unavailable(_denied(made, message))
    if code in _NO_SERVICE:
        return Unavailable(f"the account of {made.key} cannot use DynamoDB yet ({message}); enable it at AWS")
    if code == _NOT_THERE and made.operation in COUNTED:
        named = f"table {shown(made.table)}" if made.table else "table"
        return Unavailable(
            f"the {named} is not at {made.address}; make it with 'entaku table create', or correct"
            " ENTAKU_DYNAMODB_TABLE and ENTAKU_DYNAMODB_REGION"
        )
    return None


def unreachable(operation: str, error: BaseException, address: str, *, writes: bool) -> Unavailable:
    """The error for a request without an answer; its outcome is unknown if it writes and may have been sent."""
    what = f"DynamoDB cannot be reached for {operation} at {address}: "
    host = urlsplit(address).hostname
    match error:
        case aiohttp.ClientConnectorDNSError():
            return Unavailable(f"{what}nobody knows the name {host}; is the region right, and the network?")
        case aiohttp.ClientSSLError():
            return Unavailable(f"{what}it does not prove who it is ({error.os_error}); what stands before it?")
        case aiohttp.ConnectionTimeoutError():
            return Unavailable(f"{what}it takes no connections; look at firewalls and VPC endpoints")
        case aiohttp.ClientConnectorError() if isinstance(error.os_error, ConnectionRefusedError):
            return Unavailable(f"{what}nothing listens there; start it, or correct ENTAKU_DYNAMODB_ENDPOINT")
        case aiohttp.ClientConnectorError():
            return Unavailable(f"{what}{error.os_error.strerror or error.os_error}; look at the network")
        case TimeoutError():
            return Unavailable(f"{what}it did not answer in time", outcome_unknown=writes)
        case _:
            return Unavailable(f"{what}{type(error).__name__}: {error}", outcome_unknown=writes)


def clock_ahead_s(date: str | None, now: datetime) -> float | None:
    """By how much `now` is ahead of the `Date` of an answer, which has whole seconds; negative when it is behind, None
    when nobody knows."""
    if not date:
        return None
    try:
        return (now - parsedate_to_datetime(date)).total_seconds()
    except (TypeError, ValueError):
        return None


def _clock_words(ahead_s: float) -> str:
    """As in `7 min 12 s behind`."""
    minutes, seconds = divmod(round(abs(ahead_s)), 60)
    return f"{minutes} min {seconds} s {'ahead of' if ahead_s > 0 else 'behind'}"


def _wrong_clock(made: Circumstances, message: str) -> str:
    ahead_s = clock_ahead_s(*made.heard)
    if ahead_s is None:
        return f"AWS refuses the time of our signatures ({message}); set the clock of this machine"
    return (
        f"the clock of this machine is {_clock_words(ahead_s)} that of AWS, which takes signatures of"
        f" {SIGNATURES_GOOD_S // 60} min around its own; set it, or let the system keep it: timedatectl set-ntp true"
    )


def _renewal(origin: str) -> str:
    if origin == "the environment":
        return "set new ones in the environment and start again"
    return "it is looked for again before the next attempt"


def _denied(made: Circumstances, message: str) -> str:
    found = _WHAT_IS_DENIED.search(message)
    if found is None:
        return f"{made.key} may not {made.operation} ({message}); {_ALLOW}"
    who, why = found["who"] or made.key, f" ({found['why'].rstrip('.')})" if found["why"] else ""
    where = f" on {found['resource'].rstrip('.')}" if found["resource"] else ""
    return f"{who} may not {found['action'].rstrip('.')}{where}{why}; {_ALLOW}"
