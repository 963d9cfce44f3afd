"""Where the counts of Flask-Limiter lie: the role's own Redis.

The library's Redis store loads two client libraries, redis and valkey, and uses one. On a terminal
with 1 GB the second costs 2 MB, so ours says which one it is. Neighbours: ``kiosk.app`` names
it to Flask-Limiter by its scheme.
"""

from typing import Any

from limits.storage import RedisStorage
from packaging.version import Version

from kiosk.redis_link import SCHEME, connect
from sync import expiring

#: Set before the address of a Redis, as limits finds a store by the scheme alone.
PREFIX = "counts+"


class RateStore(RedisStorage):
    """limits' Redis store, with the client library that everything else here uses too."""

    # As limits declares them: of the class in use, of the instance in type.
    STORAGE_SCHEME = [f"{PREFIX}{scheme}" for scheme in ("redis", "rediss", "unix", SCHEME)]  # noqa: RUF012
    DEPENDENCIES = {"redis": Version("3.0")}  # noqa: RUF012

    def __init__(self, uri: str, **options: Any) -> None:
        """Count in the Redis at ``uri``, which is redis-py's with ``PREFIX`` before it."""
        address = uri.removeprefix(PREFIX)
        if address.startswith(SCHEME):
            options["connection_pool"] = connect(address).connection_pool
        super().__init__(address, **options)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count; anew where the clock was set back, so that nobody is refused until then."""
        if expiring.is_of_the_future(self.storage, self.prefixed_key(key), expiry):
            self.clear(key)
        return super().incr(key, expiry, amount)
