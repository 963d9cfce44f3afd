"""Answers made from a field's definition: Hypothesis strategies of right and of wrong ones."""

import string
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from forms.definition import JSON, Field
from forms.fields.identifiers import USCC_ALPHABET, luhn_holds, resident_id_check, uscc_check

Answers = st.SearchStrategy[JSON]

_HAN = st.sampled_from("王李张刘陈杨赵黄周吴云山明芳国强秀英建华春生")
_LAST_DIGITS = st.text(string.digits, min_size=8, max_size=8)


def right(field: Field) -> Answers:
    """Return answers that the definition of `field` allows, rules left aside."""
    return _RIGHT[field.answer](field)


def wrong(field: Field) -> Answers:
    """Return answers of which no field of this type can be: another type, a broken number."""
    return st.sampled_from(_WRONG.get(field.answer, [{"a": 1}]))


def _texts(field: Field) -> Answers:
    least, most = _bounds(field, 1, 200)
    return st.text(_HAN, min_size=int(least), max_size=min(int(most), int(least) + 30))


def _names(_field: Field) -> Answers:
    return st.text(_HAN, min_size=2, max_size=4)


def _resident_ids(_field: Field) -> Answers:
    def number(born: date, order: int) -> str:
        first17 = f"320582{born:%Y%m%d}{order:03}"
        return first17 + resident_id_check(first17)

    return st.builds(number, st.dates(date(1950, 1, 1), date(2005, 12, 31)), st.integers(0, 999))


def _usccs(_field: Field) -> Answers:
    first17 = st.text(USCC_ALPHABET, min_size=17, max_size=17)
    return first17.map(lambda signs: signs + uscc_check(signs))


def _bank_cards(_field: Field) -> Answers:
    def whole(digits: str) -> str:
        return next(digits + last for last in string.digits if luhn_holds(digits + last))

    return st.text(string.digits, min_size=15, max_size=18).map(whole)


def _dates(field: Field) -> Answers:
    return _days(field).map(date.isoformat)


def _periods(field: Field) -> Answers:
    pair = st.tuples(_days(field), _days(field))
    return pair.map(lambda days: {"from": min(days).isoformat(), "to": max(days).isoformat()})


def _days(field: Field) -> st.SearchStrategy[date]:
    least, most = field.params.get("min", "1950-01-01"), field.params.get("max", "2026-11-20")
    return st.dates(date.fromisoformat(str(least)), date.fromisoformat(str(most)))


def _wholes(least: int, most: int) -> Callable[[Field], Answers]:
    def strategy(field: Field) -> Answers:
        low, high = _bounds(field, least, most)
        return st.integers(int(low), int(high))

    return strategy


def _decimals(field: Field) -> Answers:
    low, high = _bounds(field, 0, 9_999_999)
    places = int(str(field.params.get("decimals", 2)))
    return st.decimals(low, high, places=places).map(str)


def _choice(field: Field) -> Answers:
    return st.sampled_from([choice.code for choice in field.choices])


def _choices(field: Field) -> Answers:
    codes = [choice.code for choice in field.choices]
    least, most = _bounds(field, 1, len(codes))
    return st.lists(st.sampled_from(codes), min_size=int(least), max_size=int(most), unique=True)


def _addresses(field: Field) -> Answers:
    where = st.sampled_from([choice.code for choice in field.choices])
    return st.fixed_dictionaries({"division": where, "detail": st.text(_HAN, min_size=2)})


def _bounds(field: Field, least: float, most: float) -> tuple[Decimal, Decimal]:
    low, high = field.params.get("min", least), field.params.get("max", most)
    return Decimal(str(low)), Decimal(str(high))


_MATERIALS = st.uuids(version=4).map(str)
_RIGHT: Mapping[str, Callable[[Field], Answers]] = {
    "text": _texts,
    "name": _names,
    "resident_id": _resident_ids,
    "uscc": _usccs,
    "bank_card": _bank_cards,
    "mobile": lambda _: _LAST_DIGITS.map("138{}".format),
    "phone": lambda _: _LAST_DIGITS.map("139{}".format),
    "landline": lambda _: _LAST_DIGITS.map("0512-5{}".format).map(lambda text: text[:13]),
    "postal_code": lambda _: st.text(string.digits, min_size=5, max_size=5).map("2{}".format),
    "date": _dates,
    "year": _wholes(1950, 2026),
    "period": _periods,
    "amount": _decimals,
    "area": _decimals,
    "measure": _decimals,
    "count": _wholes(0, 999),
    "choice": _choice,
    "choices": _choices,
    "yes_no": lambda _: st.booleans(),
    "address": _addresses,
    "photo": lambda _: _MATERIALS,
    "signature": lambda _: _MATERIALS,
}

_NUMBERS: list[JSON] = [-1, "-0.5", "many", 1.5, True, {"a": 1}]
_WRONG: Mapping[str, list[JSON]] = {
    "resident_id": ["32058219730908124", "320582197313081241", "110105194912310021", 7],
    "uscc": ["91320582MA1MTK6Y9", "00000000000000000I", 7],
    "bank_card": ["6228480402564890011", "12", "six", 7],
    "mobile": ["1386228100", "23862281001", "number", 7],
    "phone": ["12", "number", 7],
    "landline": ["58000000", "number", 7],
    "postal_code": ["21560", "abcdef"],
    "date": ["2026-02-30", "yesterday", 20260101.0, {"a": 1}],
    "year": ["twenty", "26", {"a": 1}],
    "period": ["2026-01-01", {"from": "2026-02-01", "to": "2026-01-01"}, {"from": "2026-01-01"}],
    "amount": _NUMBERS,
    "area": _NUMBERS,
    "measure": _NUMBERS,
    "count": _NUMBERS,
    "choice": ["no_such_choice", 7, ["no_such_choice"]],
    "choices": [["no_such_choice"], 7, {"a": 1}],
    "yes_no": ["perhaps", 7, {"a": 1}],
    "address": ["somewhere", {"division": "000000000000", "detail": "一号楼"}, {"house": "1"}],
    "text": [7, {"a": 1}, "不见\u200b的字"],
    "name": ["某", "R2D2", 7],
}
