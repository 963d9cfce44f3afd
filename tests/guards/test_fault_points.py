"""Places where a test may kill a process: each is in the sweep, and each name is given once."""

import ast
from collections import Counter

from tests.exchange import points
from tests.guards.tree import PRODUCT, parsed, python_files


def places() -> Counter[str]:
    """The names in all calls of `reach("…")`."""
    return Counter(
        ast.literal_eval(node.args[0])
        for file in python_files(*PRODUCT)
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"reach", "faultpoint.reach"}
    )


def test_every_fault_point_is_in_the_sweep_of_the_exchange_tests():
    assert set(places()) == points.ALL


def test_a_fault_point_has_one_place():
    assert [name for name, count in places().items() if count > 1] == []
