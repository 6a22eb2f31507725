"""A process reaches Redis over few connections, however many threads ask."""

import threading
from contextlib import suppress

import redis

from warehouse.sources.redis import CONNECTIONS, QUICK_CONNECTIONS, connect, connect_quickly

THREADS = 40


def test_many_threads_share_few_connections(redis_server):
    url = f"{redis_server.url}/5"
    begin = threading.Barrier(THREADS)

    def ask():
        begin.wait()
        for _ in range(20):
            with suppress(redis.ConnectionError):  # a crowd may not wait long for its turn
                connect(url).ping()
                connect_quickly(url).ping()

    threads = [threading.Thread(target=ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with redis.Redis.from_url(redis_server.url) as server:
        ours = [client for client in server.client_list() if client["db"] == "5"]
    assert 2 <= len(ours) <= CONNECTIONS + QUICK_CONNECTIONS
    for client in (connect(url), connect_quickly(url)):
        client.close()
