"""Numbers as every engine keeps them: exactly, or not at all. The bounds are DynamoDB's, the narrowest."""

from __future__ import annotations

from decimal import Context, Decimal, DecimalException, DivisionByZero, Inexact, InvalidOperation, Overflow, Subnormal

from entaku.core.errors import Invalid
from entaku.core.ids import shown
from entaku.core.limits import NUMBER_DIGITS_MAX

# Magnitudes of a number other than zero: DynamoDB developer guide, "Data types", Number.
NUMBER_EXPONENT_MIN = -130
NUMBER_EXPONENT_MAX = 125

INT_MAX = 10**NUMBER_DIGITS_MAX
"""Below it, either way, an int surely has few enough digits."""

INTEGRAL_FLOAT_MAX = 2.0**53
"""Below it, either way, a float without a fraction is that very integer, and is kept as one."""

EXACT = Context(
    prec=NUMBER_DIGITS_MAX,
    Emin=NUMBER_EXPONENT_MIN,
    Emax=NUMBER_EXPONENT_MAX,
    traps=[Inexact, Overflow, Subnormal, InvalidOperation, DivisionByZero],
)
"""Arithmetic that loses nothing: what would is a DecimalException."""


def exact(value: Decimal) -> Decimal:
    """The number without trailing zeros. Raises Invalid for one that cannot be stored: NaN, 39 digits, 1e126."""
    if value.is_zero():
        return Decimal(0)
    try:
        if value.is_finite():
            return EXACT.normalize(value)
    except DecimalException:
        pass
    raise Invalid(
        f"the number {shown(str(value))} cannot be stored: at most {NUMBER_DIGITS_MAX} digits, and magnitudes from"
        f" 1e{NUMBER_EXPONENT_MIN} to below 1e{NUMBER_EXPONENT_MAX + 1}"
    )
