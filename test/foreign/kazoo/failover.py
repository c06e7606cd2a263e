"""Two kazoo clients through the end of the peer that leads: failover.py HOSTS, the first of which leads.

Says "holding" when everything is in place, and what is left of it once a line on standard input says that the peer is gone."""

import logging
import sys
import threading

from kazoo.client import KazooClient
from kazoo.protocol.states import KazooState

DEADLINE_S = 30
logging.disable(logging.CRITICAL)


def open_client(hosts):
    """Connects to the first of the hosts, and to the others only when it has to."""
    client = KazooClient(hosts=hosts, timeout=20, randomize_hosts=False)
    client.start(timeout=DEADLINE_S)
    states = []
    client.add_listener(states.append)
    return client, states


leader, followers = sys.argv[1].split(",", 1)
opened = [open_client(leader + "," + followers), open_client(followers + "," + leader)]
(at_leader, _), (at_follower, _) = opened
ids = [client.client_id for client, _ in opened]
locks = []
for name, (client, _) in zip(("leader", "follower"), opened):
    client.create("/of-" + name, name.encode(), ephemeral=True)
    lock = client.Lock("/lock-" + name, name)
    lock.acquire()
    locks.append(lock)
noticed = threading.Event()
at_follower.exists("/changed", watch=lambda event: noticed.set())
lost = threading.Event()
at_leader.add_listener(lambda state: lost.set() if state != KazooState.CONNECTED else None)
print("holding", flush=True)
sys.stdin.readline()
# Its peer is gone. The connections of the others may stay: their peers have another leader soon enough.
assert lost.wait(DEADLINE_S)

for name, other, (client, states), given, lock in zip(
    ("leader", "follower"), (at_follower, at_leader), opened, ids, locks
):
    owner = client.retry(client.exists, "/of-" + name).ephemeralOwner
    print(name, "kept its session:", client.client_id == given, owner == given[0], KazooState.LOST in states)
    print(name, "kept its lock:", lock.is_acquired, other.retry(lock.contenders), [
        other.Lock("/lock-" + name, "other").acquire(blocking=False)
    ])
at_leader.retry(at_leader.create, "/changed")
print("the watch was kept:", noticed.wait(DEADLINE_S))
for client, _ in opened:
    client.retry(client.set, "/changed", b"written")
for lock in locks:
    lock.release()
print("released:", [lock.contenders() for lock in locks])
for client, _ in opened:
    client.stop()
