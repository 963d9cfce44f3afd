"""A sample of the generated set through the product's own way; `python -m tests.codes` counts all."""

from tests.codes.making import FAMILIES, every_sample
from tests.codes.table import WAYS, count

EACH = 4
AS_IT_COMES, PRODUCT = "pyzbar as it comes", list(WAYS)[-1]


def test_of_the_sample_nearly_all_is_read_and_nothing_wrong() -> None:
    ways = {name: WAYS[name] for name in (AS_IT_COMES, PRODUCT)}
    families, counts = count(every_sample(EACH), ways)
    total = len(FAMILIES) * EACH
    assert sum(families.values()) == total
    assert counts[PRODUCT].wrong == 0
    assert sum(counts[PRODUCT].read.values()) >= total - 3
    # The set is worth something only as long as the simple way fails at some of it.
    assert sum(counts[AS_IT_COMES].read.values()) < total - 8


def test_a_smaller_set_holds_pictures_of_the_larger_one() -> None:
    few = {sample.name: sample for sample in every_sample(1)}
    again = {sample.name: sample for sample in every_sample(1)}
    assert [few[name].picture.tobytes() for name in few] == [
        again[name].picture.tobytes() for name in few
    ]
