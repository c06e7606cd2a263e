import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.Watcher.WatcherType;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;

/** What the Java client can send and the command line tools cannot. Run by capture.ts: SCENARIO HOST:PORT CONTROL_PORT. */
public final class GoldenScenarios {
    private static final int SESSION_TIMEOUT_MS = 8000;
    private static final long DEADLINE_S = 20;
    private static final byte[] DATA = "data".getBytes(StandardCharsets.UTF_8);

    /** Keeps the events of one watcher. */
    private static final class Recorder implements Watcher {
        final BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();

        @Override
        public void process(WatchedEvent event) {
            events.add(event);
        }

        void await(KeeperState state) throws InterruptedException {
            for (;;) {
                WatchedEvent event = take();
                if (event.getType() == EventType.None && event.getState() == state) {
                    return;
                }
            }
        }

        void await(EventType type, String path) throws InterruptedException {
            for (;;) {
                WatchedEvent event = take();
                if (event.getType() == type && path.equals(event.getPath())) {
                    return;
                }
            }
        }

        private WatchedEvent take() throws InterruptedException {
            WatchedEvent event = events.poll(DEADLINE_S, TimeUnit.SECONDS);
            if (event == null) {
                throw new AssertionError("an expected event did not come");
            }
            return event;
        }
    }

    private interface Call {
        void run() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        String hosts = arguments[1];
        int controlPort = Integer.parseInt(arguments[2]);
        switch (arguments[0]) {
            case "create" -> create(hosts);
            case "multi" -> multi(hosts);
            case "watches" -> watches(hosts);
            case "reconnect" -> reconnect(hosts, controlPort);
            case "reconnect-standard" -> reconnectStandard(hosts, controlPort);
            case "sessions" -> sessions(hosts);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static ZooKeeper open(String hosts, Recorder recorder, boolean readOnly) throws Exception {
        ZooKeeper client = new ZooKeeper(hosts, SESSION_TIMEOUT_MS, recorder, readOnly);
        recorder.await(KeeperState.SyncConnected);
        return client;
    }

    private static void expectFailure(KeeperException.Code code, Call call) throws Exception {
        try {
            call.run();
        } catch (KeeperException failure) {
            if (failure.code() != code) {
                throw failure;
            }
            return;
        }
        throw new AssertionError("expected " + code);
    }

    private static void create(String hosts) throws Exception {
        ZooKeeper client = open(hosts, new Recorder(), false);
        Stat stat = new Stat();
        client.create("/java", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, stat);
        client.create("/java/null", null, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.getData("/java/null", false, stat);
        client.create("/java/empty", new byte[0], Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.getData("/java/empty", false, stat);
        client.create("/java/container", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER);
        client.create("/java/container2", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER, stat);
        client.create("/java/ttl", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, stat, 3_600_000L);
        client.create("/java/ttl-", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL, stat,
            0xffffffffffL);
        client.create("/java/e-", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL, stat);
        client.addAuthInfo("digest", "bob:pw".getBytes(StandardCharsets.UTF_8));
        List<ACL> several = new ArrayList<>(Ids.CREATOR_ALL_ACL);
        several.add(new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE));
        several.add(new ACL(Perms.READ | Perms.WRITE, new Id("ip", "10.0.0.0/8")));
        client.create("/java/acl", DATA, several, CreateMode.PERSISTENT);
        client.getACL("/java/acl", stat);
        client.whoAmI();
        client.getEphemerals();
        client.getEphemerals("/nothing");
        client.getAllChildrenNumber("/");
        client.getAllChildrenNumber("/java");
        expectFailure(KeeperException.Code.NONODE, () -> client.getAllChildrenNumber("/missing"));
        expectFailure(KeeperException.Code.INVALIDACL,
            () -> client.create("/java/bad", DATA, Arrays.asList(new ACL(Perms.ALL, new Id("digest", "no-colon"))),
                CreateMode.PERSISTENT));
        for (String child : client.getChildren("/java", false)) {
            client.delete("/java/" + child, -1);
        }
        client.delete("/java", -1);
        client.close();
    }

    private static void multi(String hosts) throws Exception {
        ZooKeeper client = open(hosts, new Recorder(), false);
        client.multi(Arrays.asList(
            Op.create("/m", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
            Op.create("/m/container", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.CONTAINER),
            Op.create("/m/ttl", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, 60_000L),
            Op.create("/m/s-", null, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL),
            Op.check("/m", 0),
            Op.setData("/m", "changed".getBytes(StandardCharsets.UTF_8), 0),
            Op.delete("/m/ttl", 0)));
        expectFailure(KeeperException.Code.BADVERSION, () -> client.multi(Arrays.asList(
            Op.create("/m/never", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT),
            Op.setData("/m", DATA, 1),
            Op.check("/m", 77),
            Op.delete("/m/container", -1),
            Op.create("/m/never-ttl", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT_WITH_TTL, 60_000L))));
        client.multi(new ArrayList<>());
        client.multi(Arrays.asList(Op.getData("/m"), Op.getChildren("/m"), Op.getData("/missing"),
            Op.getChildren("/missing")));
        client.transaction()
            .create("/m/built", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT)
            .check("/m/built", 0)
            .setData("/m/built", null, 0)
            .delete("/m/built", -1)
            .delete("/m/container", -1)
            .commit();
        client.delete("/m/s-0000000002", -1);
        client.delete("/m", -1);
        client.close();
    }

    private static void watches(String hosts) throws Exception {
        ZooKeeper writer = open(hosts, new Recorder(), false);
        ZooKeeper client = open(hosts, new Recorder(), false);
        Recorder persistent = new Recorder();
        Recorder recursive = new Recorder();
        Recorder first = new Recorder();
        Recorder second = new Recorder();
        client.addWatch("/w", persistent, AddWatchMode.PERSISTENT);
        client.addWatch("/r", recursive, AddWatchMode.PERSISTENT_RECURSIVE);
        for (String root : List.of("/w", "/r")) {
            writer.create(root, DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            writer.create(root + "/child", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
            writer.setData(root, DATA, -1);
            writer.setData(root + "/child", DATA, -1);
            writer.delete(root + "/child", -1);
        }
        persistent.await(EventType.NodeChildrenChanged, "/w");
        persistent.await(EventType.NodeDataChanged, "/w");
        persistent.await(EventType.NodeChildrenChanged, "/w");
        recursive.await(EventType.NodeDataChanged, "/r/child");
        recursive.await(EventType.NodeDeleted, "/r/child");
        // Two watchers on one path: the first removal only asks whether the server knows the watch (checkWatches).
        client.getData("/w", first, null);
        client.exists("/w", second);
        client.getChildren("/w", first);
        client.removeWatches("/w", first, WatcherType.Data, false);
        client.removeWatches("/w", second, WatcherType.Data, false);
        client.removeAllWatches("/w", WatcherType.Children, false);
        client.removeAllWatches("/w", WatcherType.Any, false);
        client.removeWatches("/r", recursive, WatcherType.Any, false);
        expectFailure(KeeperException.Code.NOWATCHER, () -> client.removeAllWatches("/w", WatcherType.Any, false));
        writer.delete("/w", -1);
        writer.delete("/r", -1);
        writer.close();
        client.close();
    }

    /** Cuts the recorded connections; new ones are refused until the returned socket is closed. */
    private static Socket drop(int controlPort) throws Exception {
        Socket control = new Socket("127.0.0.1", controlPort);
        if (control.getInputStream().read() != -1) {
            throw new AssertionError("the control port answers nothing");
        }
        return control;
    }

    private static void reconnect(String hosts, int controlPort) throws Exception {
        Recorder session = new Recorder();
        Recorder persistent = new Recorder();
        Recorder standard = new Recorder();
        ZooKeeper client = open(hosts, session, false);
        client.addAuthInfo("digest", "carol:pw".getBytes(StandardCharsets.UTF_8));
        client.create("/again", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.addWatch("/again", persistent, AddWatchMode.PERSISTENT);
        client.addWatch("/", persistent, AddWatchMode.PERSISTENT_RECURSIVE);
        client.getData("/again", standard, null);
        client.exists("/missing", standard);
        client.getChildren("/again", standard);
        drop(controlPort).close();
        session.await(KeeperState.Disconnected);
        session.await(KeeperState.SyncConnected);
        client.setData("/again", DATA, -1);
        standard.await(EventType.NodeDataChanged, "/again");
        persistent.await(EventType.NodeDataChanged, "/again");
        client.delete("/again", -1);
        standard.await(EventType.NodeDeleted, "/again");
        client.close();
    }

    /** Only standard watches: the client re-registers with the older opcode, and changes made meanwhile are replayed. */
    private static void reconnectStandard(String hosts, int controlPort) throws Exception {
        Recorder session = new Recorder();
        Recorder standard = new Recorder();
        ZooKeeper client = open(hosts, session, false);
        client.create("/changed", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.create("/deleted", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
        client.getData("/changed", standard, null);
        client.getChildren("/changed", standard);
        client.getData("/deleted", standard, null);
        client.exists("/created", standard);
        client.exists("/changed", standard);
        ZooKeeper writer = open(System.getProperty("golden.direct"), new Recorder(), false);
        try (Socket held = drop(controlPort)) {
            writer.multi(Arrays.asList(
                Op.setData("/changed", DATA, -1),
                Op.delete("/deleted", -1),
                Op.create("/created", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT)));
            session.await(KeeperState.Disconnected);
        }
        session.await(KeeperState.SyncConnected);
        writer.close();
        standard.await(EventType.NodeDeleted, "/deleted");
        client.getData("/changed", false, null);
        client.delete("/changed", -1);
        client.delete("/created", -1);
        client.close();
    }

    private static void sessions(String hosts) throws Exception {
        Recorder first = new Recorder();
        ZooKeeper client = open(hosts, first, true);
        client.create("/owned", DATA, Ids.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL);
        Recorder second = new Recorder();
        ZooKeeper thief = new ZooKeeper(hosts, SESSION_TIMEOUT_MS, second, client.getSessionId(),
            client.getSessionPasswd());
        second.await(KeeperState.SyncConnected);
        thief.close();
        first.await(KeeperState.Expired);
        client.close();
    }
}
