"""What kazoo does and its recipes do, part by part, said line by line. scenario.py HOSTS"""

import logging
import sys
import threading
import time

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException
from kazoo.protocol.states import KeeperState
from kazoo.recipe.partitioner import SetPartitioner
from kazoo.retry import KazooRetry
from kazoo.security import make_acl, make_digest_acl

DEADLINE_S = 30
POLL_S = 0.01
# Longer than a client with one server to choose from waits before it takes its session up again.
TAKING_UP_AGAIN_S = 1

# Losing a connection is part of the scenario.
logging.disable(logging.CRITICAL)
hosts = sys.argv[1]
first_host = hosts.split(",", 1)[0]
clients = []


def say(*words):
    print(*words, flush=True)


def open_client(**options):
    client = KazooClient(hosts=hosts, timeout=20, **options)
    client.start(timeout=DEADLINE_S)
    clients.append(client)
    return client


def outcome(call, *arguments, **options):
    try:
        return call(*arguments, **options)
    except KazooException as failure:
        return type(failure).__name__


def until(holds, what):
    """Recipes tell nobody when they have begun to wait, so ask."""
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError("not in time: " + what)
        time.sleep(POLL_S)


def run(target, *arguments):
    thread = threading.Thread(target=target, args=arguments, daemon=True)
    thread.start()
    return thread


def join(*threads):
    for thread in threads:
        thread.join(DEADLINE_S)
        assert not thread.is_alive()


def shown(stat):
    times = [stat.ctime > 0, stat.mtime >= stat.ctime]
    return (stat.version, stat.cversion, stat.aversion, stat.dataLength, stat.numChildren, stat.ephemeralOwner != 0, times)


def basics(one, other):
    say(one.create("/basics", b"parent"))
    say(one.create("/basics/e", b"owned", ephemeral=True), one.create("/basics/s-", b"", sequence=True))
    say(one.create("/basics/es-", b"", ephemeral=True, sequence=True))
    path, stat = one.create("/basics/with-stat", b"three", include_data=True)
    say(path, shown(stat))
    say(one.create("/basics/deep/er/path", b"", makepath=True))
    say(outcome(one.create, "/basics", b""), outcome(one.create, "/basics/e/child", b""))
    say(outcome(one.create, "/missing/child", b""), one.exists("/missing"), outcome(one.get, "/missing"))
    say(shown(one.exists("/basics")), one.get("/basics/e")[0], one.get("/basics/with-stat")[1].czxid == stat.czxid)
    say(shown(one.set("/basics", b"\x00\xff binary")), shown(one.set("/basics", b"again", version=1)))
    say(outcome(one.set, "/basics", b"never", version=1), other.sync("/basics"), other.get("/basics")[0])
    say(sorted(one.get_children("/basics")), one.get_children("/basics/e"))
    children, stat = one.get_children("/basics", include_data=True)
    say(sorted(children), shown(stat))
    say(one.create("/basics/\u00fcn\u00ef\u4e2d", "\u4e2d".encode("utf-8")), one.get("/basics/\u00fcn\u00ef\u4e2d")[0])
    say(outcome(one.delete, "/basics"), outcome(one.delete, "/basics/with-stat", version=7))
    say(one.delete("/basics/with-stat", version=0), outcome(one.delete, "/basics/with-stat"))
    say(one.ensure_path("/basics/a/b"), one.ensure_path("/basics/a/b"))
    say(len(one.create("/basics/large", bytes(1000000))), len(one.get("/basics/large")[0]))
    own = sorted(name for name in other.get_children("/basics") if other.exists("/basics/" + name).ephemeralOwner == one.client_id[0])
    say(own)
    say(one.delete("/basics", recursive=True), one.exists("/basics"))


def acl(one, other):
    one.add_auth("digest", "alice:secret")
    alice = make_digest_acl("alice", "secret", all=True)
    readers = make_acl("world", "anyone", read=True)
    one.create("/acl", b"guarded", acl=[alice, readers])
    one.create("/acl/auth", b"", acl=[make_acl("auth", "", all=True)])
    one.create("/acl/ip", b"", acl=[make_acl("ip", "127.0.0.1", read=True, write=True), alice])
    say(one.get_acls("/acl")[0])
    say(one.get_acls("/acl/auth")[0])
    say(other.get("/acl")[0], outcome(other.create, "/acl/new", b""), outcome(other.get_acls, "/acl/auth"))
    say(other.get_acls("/acl")[0], outcome(other.set_acls, "/acl/ip", [readers]), other.get("/acl/ip")[0])
    say(shown(one.set_acls("/acl", [alice], version=0)), outcome(one.set_acls, "/acl", [alice], version=0))
    say(outcome(one.set_acls, "/acl", [make_acl("nonsense", "x", read=True)]), outcome(one.get_acls, "/missing"))
    say(outcome(other.get, "/acl"), other.add_auth("digest", "alice:secret"), other.get("/acl")[0])
    refused = open_client()
    say(outcome(refused.add_auth, "kerberos", "nobody"))
    one.delete("/acl", recursive=True)


def transactions(one, _other):
    good = one.transaction()
    good.create("/multi", b"parent")
    good.create("/multi/child", b"", ephemeral=True)
    good.create("/multi/s-", b"", sequence=True)
    good.check("/multi", version=0)
    good.set_data("/multi", b"changed", version=0)
    good.delete("/multi/child", version=-1)
    say([shown(result) if hasattr(result, "version") else result for result in good.commit()])
    bad = one.transaction()
    bad.create("/multi/rolled-back", b"")
    bad.check("/multi", version=9)
    bad.set_data("/multi", b"never")
    bad.delete("/multi")
    say([type(result).__name__ for result in bad.commit()], one.exists("/multi/rolled-back"), one.get("/multi")[0])
    say(one.transaction().commit())
    one.delete("/multi", recursive=True)


def watches(one, other):
    events = []

    def watch(event):
        events.append((event.type, event.state, event.path))

    def came(count):
        until(lambda: len(events) == count, "%d events, not %s" % (count, events))

    one.exists("/watched", watch=watch)
    other.create("/watched", b"")
    came(1)
    one.get("/watched", watch=watch)
    one.get_children("/watched", watch=watch)
    other.set("/watched", b"new")
    came(2)
    other.create("/watched/child", b"")
    came(3)
    one.get_children("/watched", watch=watch, include_data=True)
    one.get("/watched/child", watch=watch)
    other.delete("/watched/child")
    came(5)
    one.exists("/watched", watch=watch)
    one.delete("/watched")
    came(6)
    say(*events[:3])
    say(*events[3:])


def data_and_children_watch(one, other):
    seen, children = [], []
    one.ensure_path("/dcw")
    one.DataWatch("/dcw/data", lambda data, stat: seen.append((data, stat and stat.version)))
    one.ChildrenWatch("/dcw", lambda names: children.append(sorted(names)))
    steps = [
        (1, lambda: other.create("/dcw/data", b"one")),
        (2, lambda: other.set("/dcw/data", b"two")),
        (3, lambda: other.delete("/dcw/data")),
        (4, lambda: other.create("/dcw/data", b"again")),
    ]
    for count, step in steps:
        step()
        until(lambda: len(seen) > count and children[-1:] == [[] if count == 3 else ["data"]], "change %d" % count)
    say(seen)
    say(children)
    other.delete("/dcw", recursive=True)


def lock(one, other):
    first, second = one.Lock("/lock", "first"), other.Lock("/lock", "second")
    say(first.acquire(), second.acquire(blocking=False), outcome(second.acquire, timeout=0.1), first.contenders())
    order = []

    def take():
        with second:
            order.append("second has it")

    thread = run(take)
    until(lambda: len(first.contenders()) == 2, "the second one waits")
    say(first.contenders(), order)
    first.release()
    join(thread)
    say(order, first.contenders())
    again = one.Lock("/lock", "first")
    with again:
        say(again.is_acquired)
    say(again.is_acquired)


def reader_writer_locks(one, other):
    reader, reader2 = one.ReadLock("/rw", "r1"), other.ReadLock("/rw", "r2")
    writer = other.WriteLock("/rw", "w")
    say(reader.acquire(), reader2.acquire(), writer.acquire(blocking=False))
    reader.release()
    reader2.release()
    say(writer.acquire(), one.ReadLock("/rw", "r3").acquire(blocking=False))
    late = one.ReadLock("/rw", "r4")
    got = []
    thread = run(lambda: got.append(late.acquire()))
    until(lambda: len(writer.contenders()) == 2, "the reader waits")
    say(writer.contenders(), got)
    writer.release()
    join(thread)
    say(got, writer.contenders())
    late.release()


def semaphore(one, other):
    first, second = one.Semaphore("/semaphore", "a", max_leases=2), other.Semaphore("/semaphore", "b", max_leases=2)
    third = other.Semaphore("/semaphore", "c", max_leases=2)
    say(first.acquire(), second.acquire(), third.acquire(blocking=False), sorted(first.lease_holders()))
    got = []
    thread = run(lambda: got.append(third.acquire()))
    first.release()
    join(thread)
    say(got, sorted(second.lease_holders()))
    second.release()
    third.release()


def election(one, other):
    order = []
    first, second = one.Election("/election", "first"), other.Election("/election", "second")
    gate = threading.Event()

    def lead(name, wait):
        order.append(name)
        if wait:
            gate.wait(DEADLINE_S)

    threads = [run(first.run, lead, "first leads", True)]
    until(lambda: order, "the first one leads")
    threads.append(run(second.run, lead, "second leads", False))
    until(lambda: len(first.contenders()) == 2, "the second one waits")
    say(first.contenders(), order)
    gate.set()
    join(*threads)
    say(order)


def barriers(one, other):
    barrier = one.Barrier("/barrier")
    barrier.create()
    passed = []
    say(other.Barrier("/barrier").wait(timeout=0.1))
    thread = run(lambda: passed.append(other.Barrier("/barrier").wait(DEADLINE_S)))
    say(barrier.remove(), barrier.remove())
    join(thread)
    say(passed)
    doors = []
    double = [client.DoubleBarrier("/double", 2, name) for client, name in ((one, "a"), (other, "b"))]

    def go(door):
        door.enter()
        doors.append("in")
        door.leave()
        doors.append("out")

    first = run(go, double[0])
    until(lambda: one.exists("/double") and one.get_children("/double"), "the first one is at the door")
    say(doors)
    join(first, run(go, double[1]))
    say(sorted(doors))


def counter(one, other):
    mine, theirs = one.Counter("/counter"), other.Counter("/counter")

    def add(target):
        for _ in range(10):
            target += 1

    join(run(add, mine), run(add, theirs))
    say(mine.value, theirs.value)
    mine -= 5
    say(theirs.value, mine.pre_value, mine.post_value, one.get("/counter")[0])
    real = one.Counter("/counter-real", default=1.5)
    real += 2.25
    say(real.value)


def queues(one, other):
    queue = one.Queue("/queue")
    for value, priority in ((b"late", 200), (b"one", 100), (b"two", 100), (b"early", 50)):
        queue.put(value, priority)
    theirs = other.Queue("/queue")
    say(len(theirs), theirs.get(), queue.get(), theirs.get(), queue.get(), theirs.get())
    locking = one.LockingQueue("/locking")
    say(locking.put(b"a"), locking.put_all([b"b", b"c"]), locking.put(b"urgent", priority=10), len(locking))
    other_end = other.LockingQueue("/locking")
    say(locking.get(), other_end.get(), locking.holds_lock(), locking.consume(), locking.holds_lock())
    say(other_end.release(), locking.get(), locking.consume(), locking.get(), locking.consume())
    say(other_end.get(), other_end.consume(), other_end.get(timeout=0.1))


def party(one, other):
    mine, theirs, shallow = one.Party("/party", "one"), other.Party("/party", "two"), one.ShallowParty("/shallow", "s")
    mine.join()
    say(list(mine), len(theirs))
    theirs.join()
    shallow.join()
    say(sorted(mine), len(mine), list(shallow))
    theirs.leave()
    say(list(mine), len(mine))
    mine.leave()


def partitioner(one, other):
    parts = [SetPartitioner(client, "/partition", range(6), identifier=name, time_boundary=0.2) for client, name in ((one, "a"), (other, "b"))]

    def settled(wanted):
        for part in parts:
            if part.release:
                part.release_set()
        return all(part.acquired for part in parts) and sorted(sum((list(part) for part in parts), [])) == wanted

    until(lambda: settled(list(range(6))) and all(len(list(part)) == 3 for part in parts), "the set is shared")
    say([list(part) for part in parts])
    parts.pop().finish()
    until(lambda: settled(list(range(6))), "all of it is the first one's")
    say([list(part) for part in parts])
    parts.pop().finish()


def sessions(_one, other):
    states = []
    client = KazooClient(hosts=first_host, timeout=20, connection_retry=KazooRetry(max_tries=-1, delay=0.5, max_jitter=0))
    clients.append(client)
    client.start(timeout=DEADLINE_S)
    client.add_listener(states.append)
    client.create("/session-e", b"", ephemeral=True)
    number, password = client.client_id
    # Somebody who knows the password takes the session up and closes it, again if its client was quicker.
    while "LOST" not in states:
        taker = KazooClient(hosts=hosts, timeout=20, client_id=(number, password))
        taker.start(timeout=DEADLINE_S)
        taker.stop()
        taker.close()
        time.sleep(TAKING_UP_AGAIN_S)
    say(other.exists("/session-e"))
    until(lambda: client.client_state == KeeperState.CONNECTED, "another session")
    say(client.client_id != (number, password), states[-1])
    restarted = open_client()
    restarted.create("/session-e", b"", ephemeral=True)
    restarted.stop()
    say(other.exists("/session-e"))
    other.create("/chroot")
    chrooted = KazooClient(hosts=hosts + "/chroot", timeout=20)
    clients.append(chrooted)
    chrooted.start(timeout=DEADLINE_S)
    say(chrooted.create("/x"), other.exists("/chroot/x") is not None)


PARTS = [
    basics, acl, transactions, watches, data_and_children_watch, lock, reader_writer_locks, semaphore, election,
    barriers, counter, queues, party, partitioner, sessions,
]

pair = open_client(), open_client()
for part in PARTS:
    say("#", part.__name__)
    part(*pair)
for client in clients:
    client.stop()
    client.close()
say("# the end")
