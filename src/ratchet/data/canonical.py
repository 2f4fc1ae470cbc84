"""Values in the form in which they are told apart, so that a table written again in another format is the same table.

A number has six significant digits, those that a 32-bit float holds for certain; only a whole one has all of its own.
A text has one space where it has any white space, none at its ends, and its letters in one form (Unicode NFC).
Neither is what a model sees: that is the value as it was read.

Rounding twice is not rounding once: 12345.65 has seven digits, and a writer that rounds to 32 bits first puts it on the
other side of the tie than one that does not.  Such rows are other rows here, and near-duplicates
(`ratchet.data.near.duplicates`, `ratchet.data.copies`).
"""

from __future__ import annotations

import numpy as np
import polars as pl

from ratchet.arrays import Bools, Floats64, Hashes, Ints

_DIGITS = 6
_TIE = 1e-4
"""How near to a tie a scaled number is rounded by its exact decimal value: the scaling errs by less than 1e-9."""
_TINY = 1e-290
"""Below it a power of ten that scales a number would overflow."""
_SPACE = r"\s+"
_IRREGULAR = r"^\s|\s$|\s\s|[^\S ]"


def number_bits(numbers: Floats64) -> tuple[Hashes, Bools]:
    """64 bits for each number (rows,), not NaN, and whether they are those of a whole one: equal where both are.

    >>> number_bits(np.array([1 / 3, 0.333333, 0.33333349, -0.0, 0.0, 3.0000001, 3.0]))[0].tolist()
    [2730668020, 2730668020, 2730668020, 0, 0, 4613937818241073152, 4613937818241073152]
    """
    # 12.345678 is 123457 * 10**-4, kept as those two numbers: whole numbers are the same on every machine, where a
    # float made from them would hang on how it rounds.  3.0000001 is 300000 * 10**-5, which is whole: 3.
    whole = numbers == np.floor(numbers)
    if whole.all():
        return (numbers + 0.0).view(np.uint64), whole  # + 0.0: -0.0 is 0.0
    values = numbers.copy()
    rest = values[~whole]
    mantissas, exponents = _rounded(np.abs(rest))
    units = 10 ** np.clip(-exponents, 0, _DIGITS)
    is_whole = (exponents >= 0) | ((-exponents <= _DIGITS) & (mantissas % units == 0))
    made_whole = np.where(exponents >= 0, mantissas * 10 ** np.clip(exponents, 0, 12), mantissas // units)
    rest[is_whole] = np.copysign(made_whole, rest)[is_whole]
    values[~whole] = rest
    bits = (values + 0.0).view(np.uint64).copy()
    packed = (mantissas << 12 | (exponents + 2048)) * 2 + (rest < 0)
    fractions = np.flatnonzero(~whole)[~is_whole]
    bits[fractions] = packed[~is_whole].astype(np.uint64)
    whole[np.flatnonzero(~whole)[is_whole]] = True
    return bits, whole


def texts(series: pl.Series) -> pl.Series:
    r"""Texts without irregular white space, in Unicode's form NFC; null where there is nothing else.

    >>> texts(pl.Series([" two\t words ", "e\u0301", " ", None])).to_list()
    ['two words', 'é', None, None]
    """
    irregular = series.str.contains(_IRREGULAR).fill_null(False)
    if irregular.any():
        mended = series.filter(irregular).str.replace_all(_SPACE, " ").str.strip_chars()
        series = series.scatter(irregular.arg_true(), mended)
    beyond = (series.str.len_bytes() != series.str.len_chars()).fill_null(False)
    if beyond.any():
        series = series.scatter(beyond.arg_true(), series.filter(beyond).str.normalize("NFC"))
    return series.replace("", None)


def _rounded(numbers: Floats64) -> tuple[Ints, Ints]:
    """Positive numbers as mantissas of six digits and exponents of ten, rounded as their exact decimal values are."""
    exponents = np.floor(np.log10(numbers)).astype(np.int64) + 1 - _DIGITS
    steps = np.clip(exponents, -300, 300)
    scaled = np.where(steps < 0, numbers * 10.0 ** -np.minimum(steps, 0), numbers / 10.0 ** np.maximum(steps, 0))
    mantissas = np.rint(scaled).astype(np.int64)
    # 12345.55 is 12345.549999... in binary, so its six digits are 12345.5, as every writer of decimals gives them; but
    # ten times it is 123455.5, a tie.  So what is near a tie, or too small to scale, is rounded in decimals.
    unsure = (np.abs(scaled - np.floor(scaled) - 0.5) < _TIE) | (numbers < _TINY)
    for place in np.flatnonzero(unsure):
        digits, exponent = f"{numbers[place]:.{_DIGITS - 1}e}".split("e")
        mantissas[place], exponents[place] = int(digits.replace(".", "")), int(exponent) + 1 - _DIGITS
    over = mantissas >= 10**_DIGITS  # 999999.6 has become 1000000, which is 100000 * 10
    return np.where(over, mantissas // 10, mantissas), exponents + over
