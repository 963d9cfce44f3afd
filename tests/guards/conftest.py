"""Both applications as they are registered; nothing of them is started."""

from collections.abc import Iterator

import pytest
from flask import Flask

from docs.make_map import ROLES, application


@pytest.fixture(scope="session")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Flask]]:
    folder = tmp_path_factory.mktemp("guards")
    yield {role: application(role, folder / role) for role in ROLES}
