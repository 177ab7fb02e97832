"""What the errors of DynamoDB are called in our tree.

What a caller inside the driver may understand is `Rejected`, which is an Internal error where nobody does. What can be
tried again is Unavailable, and its outcome unknown exactly where the request may have been carried out. What keeps us
out is in `denials`.
"""

from __future__ import annotations

import re

import msgspec

from entaku.core.errors import EntakuError, Internal, Invalid, Unavailable
from entaku.core.ids import shown
from entaku.core.limits import ITEM_BYTES_MAX
from entaku.table.drivers.dynamodb.denials import Circumstances, denial

CONDITION_FAILED = "ConditionalCheckFailedException"
TRANSACTION_CANCELED = "TransactionCanceledException"
VALIDATION = "ValidationException"
TABLE_EXISTS = "ResourceInUseException"
NOT_FOUND = "ResourceNotFoundException"
TRIMMED = "TrimmedDataAccessException"
ITERATOR_EXPIRED = "ExpiredIteratorException"
BACKUPS_NOT_READY = "ContinuousBackupsUnavailableException"
CONDITION_OF_ACTION_FAILED = "ConditionalCheckFailed"
VALIDATION_OF_ACTION = "ValidationError"

_BUSY = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "ThrottlingException",
        "Throttling",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
"""Refused before anything was done."""

_BROKEN = frozenset({"InternalFailure", "InternalServerError", "RequestTimeout", "RequestTimeoutException"})
_SHOWN = 100
"""So much of an answer that nobody understands stands in the message."""

_INDEX_NOT_READY = re.compile("does not have the specified index|backfilling global secondary index")

_UNDERSTOOD = {
    "Item size": f"an item holds at most {ITEM_BYTES_MAX} bytes; keep large values elsewhere",
    "incorrect data type": "something can be added to numbers only",
    "Type mismatch": "something can be added to numbers only",
    "overflow": "the sum is too large, or has more than 38 digits",
    "underflow": "the sum is too small, or has more than 38 digits",
    "significant digits": "the sum has more than 38 digits",
    "ested": "a value is nested too deeply; flatten it",
    "size of transaction": "the items of a transaction have more than 4 MB together; ask for fewer",
    "ttribute name": "a name in a map has more than 64 KB",
    "Expression size": "the change names too many fields; make several of it",
}
"""Parts of the messages of a ValidationException that are about values, and what they come to."""


class Reason(msgspec.Struct, frozen=True, rename="pascal"):
    """Why one action let its transaction fail, or `None` as a text where it did not."""

    code: str = "None"
    message: str | None = None
    item: msgspec.Raw = msgspec.Raw()
    """The item as it was, where a condition failed; empty where there was none."""


class ErrorBody(msgspec.Struct, frozen=True):
    """The body of an answer that is no success."""

    type: str = msgspec.field(name="__type", default="")
    message: str | None = None
    other_message: str | None = msgspec.field(name="Message", default=None)
    item: msgspec.Raw = msgspec.field(name="Item", default=msgspec.Raw())
    reasons: tuple[Reason, ...] = msgspec.field(name="CancellationReasons", default=())


class Rejected(Internal):
    """DynamoDB refused a request for a reason that the driver may know how to take."""

    def __init__(self, operation: str, code: str, body: ErrorBody) -> None:
        self.reason = body.message or body.other_message or ""
        super().__init__(f"DynamoDB refused {operation}: {code}: {self.reason}")
        self.refused_as = code
        self.item, self.reasons = body.item, body.reasons


_decode = msgspec.json.Decoder(ErrorBody).decode


def refusal(status: int, body: bytes, made: Circumstances, *, writes: bool) -> EntakuError:
    """The error for an answer with that status."""
    try:
        error = _decode(body)
    except msgspec.MsgspecError:
        return not_understood(status, body, made, writes=writes)
    code = error.type.rpartition("#")[2]
    message = error.message or error.other_message or ""
    if code in _BUSY:
        return Unavailable(f"DynamoDB is busy ({code}); try again in a moment")
    if status >= 500 or code in _BROKEN:
        return Unavailable(f"DynamoDB cannot answer now (status {status} {code})", outcome_unknown=writes)
    if not code:
        return not_understood(status, body, made, writes=writes)
    index = _INDEX_NOT_READY.search(message) if code == VALIDATION else None
    if index is not None:
        return Unavailable(f"an index is not ready ({message}); 'entaku table create' makes it and waits for it")
    return denial(code, message, made) or Rejected(made.operation, code, error)


def not_understood(status: int, body: bytes, made: Circumstances, *, writes: bool) -> Unavailable:
    """The error for an answer that DynamoDB does not give. Whatever came between us and it, it may have passed the
    request on."""
    said = shown(" ".join(body[: 4 * _SHOWN].decode(errors="replace").split()), _SHOWN)
    return Unavailable(
        f"what answered {made.operation} at {made.address} is not DynamoDB, or its answer was broken on its way (status"
        f" {status}: {said}); look at the address, and at what stands before it",
        outcome_unknown=writes,
    )


def explained(rejected: Rejected, message: str) -> EntakuError:
    """The Invalid for a message that is about values; any other is a broken assumption."""
    for part, meaning in _UNDERSTOOD.items():
        if part in message:
            return Invalid(f"{meaning} ({message})")
    return rejected if message == rejected.reason else Internal(f"{rejected.message}{message}")
