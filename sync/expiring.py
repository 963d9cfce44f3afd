"""Keys in Redis that go by themselves, also after the clock was set back.

Redis lets a key go by its machine's wall clock: one of before the clock was set back lives for
longer by as much. So a key with more time left than it is ever given counts as gone. Neighbours:
``jobs`` lets one ring stand for many, ``kiosk.hall_worker`` has one worker call a duty.
"""

from redis import Redis


def take(redis: Redis, key: str, seconds: int) -> bool:
    """Take a key for so many seconds; False while it is taken. Raises RedisError.

    In one turn to the server; where the clock was set back, two may take it at once.
    """
    both = redis.pipeline(transaction=False)
    both.set(key, 1, nx=True, ex=seconds)
    both.ttl(key)
    is_mine, left = both.execute()
    return bool(is_mine) or (left > seconds and bool(redis.set(key, 1, ex=seconds)))


def is_of_the_future(redis: Redis, key: str, seconds: int) -> bool:
    """Tell whether a key that is given so many seconds is of before the clock was set back."""
    return int(redis.ttl(key)) > seconds
