"""Contends for a lock that Curator and Coterie contend for, too: prints how often it was inside, and with whom."""
import sys

from kazoo.client import KazooClient
from kazoo.exceptions import NodeExistsError
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
for _ in range(rounds):
    with CommonLock(client, "/mixed/lock", extra_lock_patterns=["-lock-"]):
        try:
            client.create("/mixed/inside", ephemeral=True)
        except NodeExistsError:
            overlaps += 1
            continue
        count = int(client.get("/mixed/counter")[0])
        client.set("/mixed/counter", str(count + 1).encode())
        client.delete("/mixed/inside")
print(f"rounds {rounds}, overlaps {overlaps}")
client.stop()
client.close()
