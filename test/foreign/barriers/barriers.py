"""Counts and waits together with Coterie; says what it has done."""
import sys

from kazoo.client import KazooClient
from kazoo.retry import KazooRetry

addresses, count = sys.argv[1], int(sys.argv[2])
client = KazooClient(hosts=addresses, timeout=30, connection_retry=KazooRetry(max_tries=10))
# Its counter tries again as often as its client does, where somebody else was faster.
client.retry = KazooRetry(max_tries=10000, delay=0.001, max_delay=0.01)
client.start()
print("ready", flush=True)
counter = client.Counter("/foreign/text")
for _ in range(count):
    counter += 1
print("counted", flush=True)
client.Barrier("/foreign/gate").wait()
print("through the gate", flush=True)
client.stop()
client.close()
