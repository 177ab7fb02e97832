"""Signs requests by Signature Version 4: IAM user guide, "Create a signed AWS API request".

The key of a day and region is derived once, and the body is signed as the bytes that are sent. DynamoDB and its streams
are one service in signatures, with hosts of their own.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from aiodynamo.credentials import Key

SERVICE = "dynamodb"
CONTENT_TYPE = "application/x-amz-json-1.0"

_ALGORITHM = "AWS4-HMAC-SHA256"


class Signer:
    """Makes the headers of signed requests."""

    def __init__(self, region: str) -> None:
        self._region = region
        self._derived: tuple[str, str, bytes] = ("", "", b"")
        """The secret and the day of the latest key, and the key."""

    def headers(self, *, host: str, target: str, body: bytes, key: Key, at: datetime) -> dict[str, str]:
        """All headers of a POST of the body to the root of the host, at a time in UTC."""
        instant = at.strftime("%Y%m%dT%H%M%SZ")
        signed = {"content-type": CONTENT_TYPE, "host": host, "x-amz-date": instant}
        if key.token:
            signed["x-amz-security-token"] = key.token
        signed["x-amz-target"] = target
        names = ";".join(signed)
        lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
        canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{instant[:8]}/{self._region}/{SERVICE}/aws4_request"
        to_sign = f"{_ALGORITHM}\n{instant}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = _hmac(self._signing_key(key.secret, instant[:8]), to_sign).hex()
        return {
            **signed,
            "authorization": f"{_ALGORITHM} Credential={key.id}/{scope}, SignedHeaders={names}, Signature={signature}",
            # A compressed answer costs more time than it saves between two machines of one region.
            "accept-encoding": "identity",
        }

    def _signing_key(self, secret: str, day: str) -> bytes:
        if self._derived[:2] != (secret, day):
            derived = f"AWS4{secret}".encode()
            for part in (day, self._region, SERVICE, "aws4_request"):
                derived = _hmac(derived, part)
            self._derived = (secret, day, derived)
        return self._derived[2]


def _hmac(key: bytes, message: str) -> bytes:
    return hmac.digest(key, message.encode(), "sha256")
