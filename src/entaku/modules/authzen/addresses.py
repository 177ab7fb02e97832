"""Where this service is, as its callers see it: what metadata says of its own address.

A proxy that speaks TLS hides the scheme, and whoever asks writes the Host header; so where the setting `public_url`
says where the service is, nothing of a request can put another place into an answer.
"""

from __future__ import annotations

import re

from entaku.core.errors import Invalid
from entaku.core.ids import shown

_HOST = re.compile(r"([a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(:[0-9]{1,5})?")
_SUBDOMAIN = re.compile(r"[a-z0-9-]{1,63}")


class Addresses:
    """Where the service is, and the hosts of its tenants below it."""

    def __init__(self, public_url: str | None, base_domain: str | None) -> None:
        self._public_url = public_url
        self._suffix = f".{base_domain.lower()}" if base_domain else None

    @property
    def are_told(self) -> bool:
        """Whether somebody said where the service is; else only the request does."""
        return self._public_url is not None

    def of(self, scheme: str, host: str) -> str:
        """The address of whoever asked at this host, as in `https://acme.example.com`: the public one, that of a
        tenant's sub-domain with the public scheme and port, or, where none is told, the one of the request.

        Raises Invalid for a host that is none.
        """
        host = host.lower()
        if self._public_url is None:
            if not _HOST.fullmatch(host):
                raise Invalid(f"the Host header {shown(host)} names no host; send that of the service")
            return f"{scheme}://{host}"
        name = host.partition(":")[0].removesuffix(".")
        if self._suffix is None or not name.endswith(self._suffix):
            return self._public_url
        if not _SUBDOMAIN.fullmatch(name.removesuffix(self._suffix)):
            return self._public_url
        public_scheme, _, place = self._public_url.partition("://")
        port = re.search(r":[0-9]+$", place)
        return f"{public_scheme}://{name}{port[0] if port else ''}"
