"""What people call things: any text, within bounds."""

from __future__ import annotations

import unicodedata

from entaku.core.errors import Invalid
from entaku.core.ids import shown
from entaku.core.limits import DESCRIPTION_LENGTH_MAX, NAME_LENGTH_MAX

EMAIL_LENGTH_MAX = 254  # RFC 5321, path of 256 octets with its brackets

_HIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Embeddings, overrides and isolates (Unicode Standard Annex 9): a name with one of them can pass for another, or turn
# round the text of a list. The marks of Arabic and Hebrew, which show nothing and reach no further, are allowed.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_name(value: str, what: str) -> str:
    """The name in NFC, without space around it. Raises Invalid unless it has 1-200 characters, and for controls, line
    separators, and what makes the text around it read in another direction."""
    name = unicodedata.normalize("NFC", value).strip()
    if not 0 < len(name) <= NAME_LENGTH_MAX:
        raise Invalid(f"the name of {what} has {len(name)} characters; 1 to {NAME_LENGTH_MAX} are allowed")
    bad = next((c for c in name if unicodedata.category(c) in _HIDDEN or c in _TURNING), None)
    if bad is not None:
        raise Invalid(f"the name of {what}, {shown(name)}, holds {bad!r}, which cannot be shown")
    return name


def check_description(value: str, what: str) -> str:
    """The text in NFC. Raises Invalid when it is longer than 2,000 characters or holds half a surrogate pair."""
    text = unicodedata.normalize("NFC", value)
    if len(text) > DESCRIPTION_LENGTH_MAX:
        raise Invalid(
            f"the description of {what} has {len(text)} characters; at most {DESCRIPTION_LENGTH_MAX} are allowed"
        )
    if any(unicodedata.category(c) == "Cs" for c in text):
        raise Invalid(f"the description of {what} holds half a surrogate pair and cannot be stored")
    return text


def check_email(value: str) -> str:
    """The address as it was given. Raises Invalid for what cannot be one; that it is reached is not checked."""
    local, at, domain = value.rpartition("@")
    if not (at and local and "." in domain.strip(".") and value.isprintable()) or " " in value:
        raise Invalid(f"{shown(value)} is no e-mail address")
    if len(value) > EMAIL_LENGTH_MAX:
        raise Invalid(f"{shown(value)} has {len(value)} characters; an e-mail address has at most {EMAIL_LENGTH_MAX}")
    return value


def email_key(value: str) -> str:
    """The form in which two addresses are the same."""
    return unicodedata.normalize("NFKC", value).casefold()
