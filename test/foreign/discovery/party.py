"""Is a member of a party beside members of Curator's and Coterie's: does what each line of its input says, and prints what it sees."""
import sys

from kazoo.client import KazooClient
from kazoo.recipe.party import Party, ShallowParty

client = KazooClient(hosts=sys.argv[1], timeout=30)
client.start()
party = Party(client, "/mixed/group", "from Python")
shallow = ShallowParty(client, "/mixed/group")
print("ready", flush=True)
for line in sys.stdin:
    command = line.strip()
    if command == "join":
        party.join()
    elif command == "members":
        print(f"party {sorted(str(each) for each in party)}, {len(shallow)} of them all")
    print(f"done: {command}", flush=True)
party.leave()
client.stop()
client.close()
