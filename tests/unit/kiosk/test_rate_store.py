"""Counts of requests on a real Redis: they end after their time, whatever becomes of the clock."""

from redis import Redis

from kiosk import redis_server
from kiosk.rate_store import PREFIX, RateStore


def test_a_count_of_before_the_clock_was_set_back_refuses_nobody(tmp_path):
    """Its key lives until then: here as long as it would after a year."""
    with redis_server.running(tmp_path) as server, Redis.from_url(server.url) as client:
        store = RateStore(PREFIX + server.url)
        assert [store.incr("somebody", 60) for _ in range(3)] == [1, 2, 3]
        client.expire(store.prefixed_key("somebody"), 365 * 24 * 3600)
        assert [store.incr("somebody", 60) for _ in range(2)] == [1, 2]
        assert 0 < client.ttl(store.prefixed_key("somebody")) <= 60
