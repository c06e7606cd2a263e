"""Contends for a lock that Curator and Coterie contend for, too: prints how often it was inside, and with whom."""
import sys

from kazoo.client import KazooClient
from kazoo.exceptions import NodeExistsError
from kazoo.recipe.election import Election
from kazoo.recipe.lock import Lock

addresses, rounds = sys.argv[1], int(sys.argv[2])


class CommonLock(Lock):
    """kazoo's own label is one that Curator does not know."""

    _NODE_NAME = "-lock-"


client = KazooClient(hosts=addresses, timeout=30)
client.start()
print("ready", flush=True)
sys.stdin.readline()
overlaps = 0


def go_inside():
    global overlaps
    try:
        client.create("/mixed/inside", ephemeral=True)
    except NodeExistsError:
        overlaps += 1
        return
    count = int(client.get("/mixed/counter")[0])
    client.set("/mixed/counter", str(count + 1).encode())
    client.delete("/mixed/inside")


for number in range(rounds):
    lock = CommonLock(client, "/mixed/lock", extra_lock_patterns=["-lock-"])
    if number % 2 == 0:
        with lock:
            go_inside()
    else:
        # An election is that of its lock, which takes no patterns by itself.
        election = Election(client, "/mixed/lock")
        election.lock = lock
        election.run(go_inside)
print(f"rounds {rounds}, overlaps {overlaps}")
client.stop()
client.close()
