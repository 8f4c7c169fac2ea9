"""Exact numbers for the calculation of results: decimals, and fractions where a quotient does not come out even.

Nothing here rounds except `round_to`, and nothing is a float. A number of a rulebook or of a command has few digits, so
sums and products stay far below `EXACT`'s precision; if one ever did not, it would raise instead of being rounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Clamped,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
    Underflow,
)
from fractions import Fraction
from functools import reduce
from math import gcd
from typing import Literal

Amount = Decimal | Fraction
"""An exact number. A `Fraction` is never the amount of a value with `decimals`, and is never recorded."""

RoundingMode = Literal["half_up", "down", "up"]

EXACT = Context(prec=60, traps=[Inexact, InvalidOperation, DivisionByZero, Overflow, Underflow, Clamped])
"""The arithmetic of results. Its methods do not depend on the context of the thread."""

_MODES = {"half_up": ROUND_HALF_UP, "down": ROUND_FLOOR, "up": ROUND_CEILING}
_WIDE = Context(prec=60)
_GRAINS = [Decimal(1).scaleb(-decimals) for decimals in range(7)]
_ZERO: Amount = Decimal(0)


def add(first: Amount, second: Amount) -> Amount:
    try:
        return EXACT.add(first, second)  # type: ignore[arg-type]
    except TypeError:  # one is a fraction
        (above, below), (of_second, below_second) = first.as_integer_ratio(), second.as_integer_ratio()
        return _quotient(above * below_second + of_second * below, below * below_second)


def total(amounts: Iterable[Amount]) -> Amount:
    """The sum; 0 for no amounts."""
    return reduce(add, amounts, _ZERO)


def multiply(first: Amount, second: Amount) -> Amount:
    try:
        return EXACT.multiply(first, second)  # type: ignore[arg-type]
    except TypeError:
        (above, below), (of_second, below_second) = first.as_integer_ratio(), second.as_integer_ratio()
        return _quotient(above * of_second, below * below_second)


def divide(first: Amount, second: Amount) -> Amount:
    """The quotient. Raises ZeroDivisionError."""
    (above, below), (of_second, below_second) = first.as_integer_ratio(), second.as_integer_ratio()
    return _quotient(above * below_second, below * of_second)


def simplest(number: Fraction) -> Amount:
    """The number as a `Decimal` if it has finitely many decimals, otherwise the `Fraction` itself."""
    return _quotient(*number.as_integer_ratio())


def _quotient(above: int, below: int) -> Amount:
    """The quotient of two whole numbers: a `Decimal` with as few decimals as it has, or a `Fraction` if it has no end."""
    if not below:
        raise ZeroDivisionError
    common = gcd(above, below) if below > 0 else -gcd(above, below)
    above, below = above // common, below // common
    rest, twos, fives = below, 0, 0
    while not rest % 2:
        rest, twos = rest // 2, twos + 1
    while not rest % 5:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return Fraction(above, below)
    digits = max(twos, fives)
    return EXACT.scaleb(Decimal(above * 10**digits // below), -digits)


def round_to(amount: Amount, decimals: int, mode: RoundingMode = "half_up") -> Decimal:
    """The amount with at most so many decimals. `half_up` is 四舍五入, also below 0: −0.5 becomes −1."""
    if isinstance(amount, Fraction):
        scaled = amount * 10**decimals
        whole, rest = divmod(scaled.numerator, scaled.denominator)
        if mode == "half_up":
            # Half of a whole never occurs here: a fraction with a denominator of 2 is a `Decimal`.
            whole += 2 * rest > scaled.denominator
        else:
            whole += mode == "up" and rest > 0
        return EXACT.scaleb(Decimal(whole), -decimals)
    return amount.quantize(_GRAINS[decimals], _MODES[mode], _WIDE)


def plain(amount: Amount | None) -> str:
    """The number for people, without zeros at its end: 87.0 as 87, one seventh as 1/7. Empty if it is not known."""
    if amount is None:
        return ""
    if isinstance(amount, Fraction):
        return f"{amount.numerator}/{amount.denominator}"
    return f"{amount.normalize():f}" if amount else "0"
