"""What kazoo can send, scenario by scenario. Run by capture.ts: kazoo-scenarios.py SCENARIO HOST:PORT CONTROL_PORT."""

import socket
import sys
import threading

from kazoo.client import KazooClient
from kazoo.exceptions import AuthFailedError, KazooException
from kazoo.protocol.states import KazooState
from kazoo.retry import KazooRetry
from kazoo.security import make_acl, make_digest_acl, make_digest_acl_credential

DEADLINE_S = 20


def open_client(hosts, **options):
    client = KazooClient(hosts=hosts, timeout=8, **options)
    client.start(timeout=DEADLINE_S)
    return client


def expect_failure(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except KazooException:
        return
    raise AssertionError("%r was expected to fail" % (call,))


def wait(event):
    if not event.wait(DEADLINE_S):
        raise AssertionError("an expected event did not come")


def drop_connections(control_port):
    with socket.create_connection(("127.0.0.1", control_port)) as control:
        control.recv(1)


def basics(hosts, _control_port):
    client = open_client(hosts)
    client.create("/basics", b"")
    client.create("/basics/ephemeral", b"owned", ephemeral=True)
    client.create("/basics/s-", b"one", sequence=True)
    client.create("/basics/es-", b"two", ephemeral=True, sequence=True)
    client.create("/basics/with-stat", b"three", include_data=True)
    client.create("/basics/s2-", b"", sequence=True, include_data=True)
    client.create("/basics/deep/er/path", b"", makepath=True)
    expect_failure(client.create, "/basics/ephemeral", b"")
    expect_failure(client.create, "/basics/ephemeral/child", b"")
    expect_failure(client.create, "/missing/child", b"")
    client.exists("/basics")
    client.exists("/missing")
    client.get("/basics/s-0000000001")
    expect_failure(client.get, "/missing")
    client.set("/basics", b"\x00\xff binary")
    client.set("/basics", b"again", version=1)
    expect_failure(client.set, "/basics", b"never", version=1)
    client.get_children("/basics")
    client.get_children("/basics", include_data=True)
    client.get_children("/basics/ephemeral")
    expect_failure(client.get_children, "/missing")
    client.sync("/basics")
    client.create("/basics/\u00fcn\u00efcode \u4e2d", "\u4e2d".encode("utf-8"))
    expect_failure(client.delete, "/basics")
    expect_failure(client.delete, "/basics/with-stat", version=7)
    client.delete("/basics/with-stat", version=0)
    expect_failure(client.reconfig, None, "2", None)
    client.delete("/basics", recursive=True)
    client.stop()


def acl(hosts, _control_port):
    client = open_client(hosts)
    client.add_auth("digest", "alice:secret")
    alice = make_digest_acl("alice", "secret", all=True)
    readers = make_acl("world", "anyone", read=True)
    client.create("/acl", b"guarded", acl=[alice, readers])
    client.create("/acl/auth", b"", acl=[make_acl("auth", "", all=True)])
    client.create("/acl/ip", b"", acl=[make_acl("ip", "127.0.0.1", read=True, write=True), alice])
    client.get_acls("/acl")
    client.set_acls("/acl", [alice], version=0)
    expect_failure(client.set_acls, "/acl", [alice], version=0)
    expect_failure(client.set_acls, "/acl", [make_acl("nonsense", "x", read=True)])
    expect_failure(client.get_acls, "/missing")
    stranger = open_client(hosts)
    expect_failure(stranger.get, "/acl")
    expect_failure(stranger.create, "/acl/new", b"")
    expect_failure(stranger.get_acls, "/acl")
    expect_failure(stranger.set_acls, "/acl/ip", [readers])
    stranger.add_auth("digest", "alice:secret")
    stranger.get("/acl")
    stranger.stop()
    assert make_digest_acl_credential("alice", "secret").startswith("alice:")
    refused = open_client(hosts)
    try:
        refused.add_auth("kerberos", "nobody")
    except AuthFailedError:
        pass
    else:
        raise AssertionError("an unknown scheme was accepted")
    client.delete("/acl", recursive=True)
    client.stop()
    refused.stop()


def multi(hosts, _control_port):
    client = open_client(hosts)
    good = client.transaction()
    good.create("/multi", b"parent")
    good.create("/multi/child", b"", ephemeral=True)
    good.create("/multi/s-", b"", sequence=True)
    good.check("/multi", version=0)
    good.set_data("/multi", b"changed", version=0)
    good.delete("/multi/child", version=-1)
    good.commit()
    bad = client.transaction()
    bad.create("/multi/rolled-back", b"")
    bad.check("/multi", version=9)
    bad.set_data("/multi", b"never")
    bad.delete("/multi")
    bad.commit()
    client.transaction().commit()
    client.delete("/multi", recursive=True)
    client.stop()


def watches(hosts, _control_port):
    client = open_client(hosts)
    writer = open_client(hosts)
    events = []

    def watcher(fired):
        def watch(event):
            events.append(event)
            fired.set()
        return watch

    def armed(register, *arguments, **options):
        fired = threading.Event()
        register(*arguments, watch=watcher(fired), **options)
        return fired

    created = armed(client.exists, "/watched")
    writer.create("/watched", b"")
    wait(created)
    changed = armed(client.get, "/watched")
    children = armed(client.get_children, "/watched")
    existing = armed(client.exists, "/watched")
    writer.set("/watched", b"new")
    writer.create("/watched/child", b"")
    for fired in (changed, children, existing):
        wait(fired)
    children2 = armed(client.get_children, "/watched", include_data=True)
    writer.delete("/watched/child")
    wait(children2)
    deleted = [armed(client.get, "/watched"), armed(client.get_children, "/watched"), armed(client.exists, "/watched")]
    writer.delete("/watched")
    for fired in deleted:
        wait(fired)
    own = armed(client.exists, "/watched")
    client.create("/watched", b"mine")
    wait(own)
    client.delete("/watched")
    writer.stop()
    client.stop()


def sessions(hosts, control_port):
    connected = threading.Event()
    suspended = threading.Event()
    lost = threading.Event()

    def listener(state):
        {KazooState.CONNECTED: connected, KazooState.SUSPENDED: suspended, KazooState.LOST: lost}[state].set()

    client = open_client(hosts, connection_retry=KazooRetry(max_tries=-1, delay=0.05, max_delay=0.2))
    client.add_listener(listener)
    client.create("/sessions", b"", ephemeral=True)
    session = client.client_id
    drop_connections(control_port)
    wait(suspended)
    wait(connected)
    assert client.client_id == session
    client.exists("/sessions")
    # A second client takes the session over and closes it; the first one then learns that it has expired.
    thief = open_client(hosts, client_id=session)
    assert thief.exists("/sessions").ephemeralOwner == session[0]
    thief.stop()
    wait(lost)
    client.stop()


if __name__ == "__main__":
    globals()[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
