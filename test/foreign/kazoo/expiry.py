"""A kazoo client against the server for tests: expiry.py HOSTS. Says its session's id, then what it hears when that has expired."""

import logging
import sys
import threading

from kazoo.client import KazooClient
from kazoo.protocol.states import KazooState

DEADLINE_S = 30
logging.disable(logging.CRITICAL)

client = KazooClient(hosts=sys.argv[1], timeout=20)
client.start(timeout=DEADLINE_S)
states = []
lost = threading.Event()
connected = threading.Event()


def heard(state):
    states.append(state)
    if state == KazooState.LOST:
        lost.set()
    if state == KazooState.CONNECTED:
        connected.set()


client.create("/mine", b"", ephemeral=True)
before = client.client_id[0]
client.add_listener(heard)
print("session", before)
print("holding")
sys.stdin.readline()
print("lost:", lost.wait(DEADLINE_S))
# It opens another session by itself.
print("connected again:", connected.wait(DEADLINE_S), client.client_id[0] != before)
print("the ephemeral znode is gone:", client.retry(client.exists, "/mine") is None)
client.stop()
