"""A ZooKeeper client in Python, as it is: pip install kazoo, or Debian's python3-kazoo."""

import sys

from kazoo.client import KazooClient

client = KazooClient(hosts=sys.argv[1])
client.start()
data, stat = client.get("/greeting")
print(data.decode(), stat.version)
client.create("/from-python", b"hello from Python", ephemeral=True)
client.stop()
