import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.curator.framework.recipes.atomic.AtomicValue;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.NodeCache;
import org.apache.curator.framework.recipes.cache.PathChildrenCache;
import org.apache.curator.framework.recipes.cache.TreeCache;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.leader.Participant;
import org.apache.curator.framework.recipes.locks.InterProcessMultiLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.framework.recipes.locks.Lease;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.nodes.PersistentTtlNode;
import org.apache.curator.framework.recipes.queue.SimpleDistributedQueue;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.recipes.shared.SharedValue;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.AddWatchMode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.data.Stat;

/** What Curator's framework does and its recipes do, part by part, said line by line: CuratorScenario HOSTS. */
public final class CuratorScenario {
    private static final int DEADLINE_S = 30;
    private static final int POLL_MS = 5;
    /** Long enough to be refused in. */
    private static final int REFUSAL_MS = 50;

    private interface Part {
        void run() throws Exception;
    }

    private interface Condition {
        boolean holds() throws Exception;
    }

    private final CuratorFramework one;
    private final CuratorFramework other;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    private CuratorScenario(String hosts) throws Exception {
        one = open(hosts);
        other = open(hosts);
    }

    public static void main(String[] arguments) throws Exception {
        CuratorScenario scenario = new CuratorScenario(arguments[0]);
        scenario.part("framework", scenario::framework);
        scenario.part("transactions", scenario::transactions);
        scenario.part("watches", scenario::watches);
        scenario.part("mutexes", scenario::mutexes);
        scenario.part("read-write lock", scenario::readWriteLock);
        scenario.part("semaphore", scenario::semaphore);
        scenario.part("leader latch", scenario::leaderLatch);
        scenario.part("leader selector", scenario::leaderSelector);
        scenario.part("caches", scenario::caches);
        scenario.part("barriers", scenario::barriers);
        scenario.part("counters", scenario::counters);
        scenario.part("nodes", scenario::nodes);
        scenario.part("queue", scenario::queue);
        scenario.close();
        say("# the end");
        System.exit(0);
    }

    private static CuratorFramework open(String hosts) throws Exception {
        CuratorFramework client = CuratorFrameworkFactory.builder()
                .connectString(hosts)
                .sessionTimeoutMs(20_000)
                .connectionTimeoutMs(DEADLINE_S * 1000)
                .retryPolicy(new RetryOneTime(100))
                .build();
        client.start();
        if (!client.blockUntilConnected(DEADLINE_S, TimeUnit.SECONDS)) throw new AssertionError("no connection");
        return client;
    }

    private void close() {
        one.close();
        other.close();
        threads.shutdownNow();
    }

    private static void say(Object... words) {
        System.out.println(Arrays.stream(words).map(String::valueOf).collect(Collectors.joining(" ")));
    }

    private void part(String name, Part part) throws Exception {
        say("#", name);
        part.run();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return bytes == null ? "null" : new String(bytes, StandardCharsets.UTF_8);
    }

    private static String outcome(Callable<?> call) throws Exception {
        try {
            return String.valueOf(call.call());
        } catch (KeeperException failure) {
            return failure.code().name();
        }
    }

    private static String shown(Stat stat) {
        if (stat == null) return "null";
        return "v" + stat.getVersion() + " c" + stat.getCversion() + " a" + stat.getAversion() + " " + stat.getDataLength()
                + " bytes, " + stat.getNumChildren() + " children" + (stat.getEphemeralOwner() == 0 ? "" : ", ephemeral");
    }

    private static List<String> sorted(Iterable<String> names) {
        List<String> list = new ArrayList<>();
        names.forEach(list::add);
        Collections.sort(list);
        return list;
    }

    /** Most recipes tell nobody how far they are, so ask. */
    private static void until(String what, Condition condition) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_S);
        while (!condition.holds()) {
            if (System.nanoTime() > deadline) throw new AssertionError("not in time: " + what);
            Thread.sleep(POLL_MS);
        }
    }

    private <T> Future<T> run(Callable<T> call) {
        return threads.submit(call);
    }

    private static <T> T result(Future<T> future) throws Exception {
        return future.get(DEADLINE_S, TimeUnit.SECONDS);
    }

    private void framework() throws Exception {
        say(one.create().creatingParentsIfNeeded().forPath("/framework/deep/node", bytes("data")));
        say(one.create().creatingParentContainersIfNeeded().withMode(CreateMode.EPHEMERAL).forPath("/framework/c/e"));
        say(one.create().withMode(CreateMode.PERSISTENT_SEQUENTIAL).forPath("/framework/s-"));
        say(one.create().withTtl(3_600_000).withMode(CreateMode.PERSISTENT_WITH_TTL).forPath("/framework/ttl"));
        String guarded = one.create().withProtection().withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath("/framework/p-");
        say(guarded.replaceFirst("_c_[-0-9a-f]+-", "_c_GUID-"));
        Stat created = new Stat();
        say(one.create().storingStatIn(created).forPath("/framework/with-stat", bytes("three")), shown(created));
        say(one.create().orSetData().forPath("/framework/with-stat", bytes("other")));
        say(outcome(() -> one.create().forPath("/framework")), outcome(() -> one.create().forPath("/framework/c/e/x")));
        say(outcome(() -> one.create().forPath("/missing/child")), one.checkExists().forPath("/missing"));
        Stat stat = new Stat();
        say(text(one.getData().storingStatIn(stat).forPath("/framework/with-stat")), shown(stat));
        say(shown(one.setData().withVersion(1).forPath("/framework/with-stat", bytes("again"))));
        say(outcome(() -> one.setData().withVersion(1).forPath("/framework/with-stat", bytes("never"))));
        say(outcome(() -> one.setData().idempotent().withVersion(1).forPath("/framework/with-stat", bytes("again"))) != null);
        say(one.getChildren().forPath("/framework").size(), shown(one.checkExists().forPath("/framework")));
        say(one.getACL().forPath("/framework"), shown(one.setACL().withVersion(0)
                .withACL(ZooDefs.Ids.READ_ACL_UNSAFE).forPath("/framework/with-stat")));
        say(outcome(() -> one.setData().forPath("/framework/with-stat", bytes("never"))));
        CountDownLatch done = new CountDownLatch(2);
        one.sync().inBackground((client, event) -> done.countDown()).forPath("/framework");
        one.getData().inBackground((client, event) -> done.countDown()).forPath("/framework");
        say(done.await(DEADLINE_S, TimeUnit.SECONDS));
        CuratorFramework inside = one.usingNamespace("framework");
        say(text(inside.getData().decompressed().forPath(inside.create().compressed().forPath("/small", bytes("zip")))));
        say(outcome(() -> one.delete().forPath("/framework/deep")), outcome(() -> one.delete().withVersion(7).forPath(
                "/framework/ttl")), outcome(() -> one.delete().quietly().forPath("/missing")));
        one.delete().guaranteed().deletingChildrenIfNeeded().forPath("/framework");
        say(one.checkExists().forPath("/framework"));
    }

    private void transactions() throws Exception {
        List<CuratorTransactionResult> results = one.transaction().forOperations(
                one.transactionOp().create().forPath("/multi", bytes("parent")),
                one.transactionOp().create().withMode(CreateMode.EPHEMERAL).forPath("/multi/e"),
                one.transactionOp().check().withVersion(0).forPath("/multi"),
                one.transactionOp().setData().withVersion(0).forPath("/multi", bytes("changed")),
                one.transactionOp().delete().forPath("/multi/e"));
        for (CuratorTransactionResult result : results) {
            say(result.getType(), result.getForPath(), result.getResultPath(), shown(result.getResultStat()), result.getError());
        }
        try {
            one.transaction().forOperations(one.transactionOp().create().forPath("/multi/never"),
                    one.transactionOp().check().withVersion(9).forPath("/multi"),
                    one.transactionOp().delete().forPath("/multi"));
            say("committed");
        } catch (KeeperException failure) {
            say(failure.code(), failure.getResults().size(), one.checkExists().forPath("/multi/never"));
        }
    }

    private void watches() throws Exception {
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        one.watchers().add().withMode(AddWatchMode.PERSISTENT_RECURSIVE)
                .usingWatcher((org.apache.zookeeper.Watcher) event -> events.add(event.getType() + " " + event.getPath()))
                .forPath("/watched");
        other.create().forPath("/watched");
        other.create().forPath("/watched/child");
        other.setData().forPath("/watched/child", bytes("new"));
        other.delete().deletingChildrenIfNeeded().forPath("/watched");
        until("five events", () -> events.size() == 5);
        say(events);
        one.watchers().removeAll().forPath("/watched");
        say(outcome(() -> one.watchers().removeAll().forPath("/watched")));
    }

    private void mutexes() throws Exception {
        InterProcessMutex mine = new InterProcessMutex(one, "/mutex");
        InterProcessMutex theirs = new InterProcessMutex(other, "/mutex");
        mine.acquire();
        say(mine.acquire(1, TimeUnit.SECONDS), theirs.acquire(REFUSAL_MS, TimeUnit.MILLISECONDS), mine.isOwnedByCurrentThread());
        Future<Boolean> waiting = run(() -> {
            theirs.acquire();
            theirs.release();
            return true;
        });
        until("the other one waits", () -> mine.getParticipantNodes().size() == 2);
        mine.release();
        say(waiting.isDone());
        mine.release();
        say(result(waiting), mine.isAcquiredInThisProcess(), mine.getParticipantNodes().size());
        InterProcessSemaphoreMutex plain = new InterProcessSemaphoreMutex(one, "/plain");
        plain.acquire();
        say(new InterProcessSemaphoreMutex(other, "/plain").acquire(REFUSAL_MS, TimeUnit.MILLISECONDS));
        plain.release();
        InterProcessMultiLock both = new InterProcessMultiLock(one, Arrays.asList("/multi-1", "/multi-2"));
        both.acquire();
        say(new InterProcessMutex(other, "/multi-2").acquire(REFUSAL_MS, TimeUnit.MILLISECONDS));
        both.release();
        say(new InterProcessMutex(other, "/multi-2").acquire(DEADLINE_S, TimeUnit.SECONDS));
    }

    private void readWriteLock() throws Exception {
        InterProcessReadWriteLock mine = new InterProcessReadWriteLock(one, "/rw");
        InterProcessReadWriteLock theirs = new InterProcessReadWriteLock(other, "/rw");
        mine.readLock().acquire();
        say(theirs.readLock().acquire(DEADLINE_S, TimeUnit.SECONDS));
        say(result(run(() -> theirs.writeLock().acquire(REFUSAL_MS, TimeUnit.MILLISECONDS))));
        theirs.readLock().release();
        mine.readLock().release();
        mine.writeLock().acquire();
        say(mine.readLock().acquire(DEADLINE_S, TimeUnit.SECONDS));
        say(theirs.readLock().acquire(REFUSAL_MS, TimeUnit.MILLISECONDS));
        mine.writeLock().release();
        say(theirs.readLock().acquire(DEADLINE_S, TimeUnit.SECONDS), mine.readLock().getParticipantNodes().size());
    }

    private void semaphore() throws Exception {
        InterProcessSemaphoreV2 mine = new InterProcessSemaphoreV2(one, "/semaphore", 2);
        InterProcessSemaphoreV2 theirs = new InterProcessSemaphoreV2(other, "/semaphore", 2);
        Lease first = mine.acquire();
        Lease second = theirs.acquire();
        say(mine.acquire(REFUSAL_MS, TimeUnit.MILLISECONDS), mine.getParticipantNodes().size());
        Future<Lease> third = run(theirs::acquire);
        mine.returnLease(first);
        say(result(third) != null, mine.getParticipantNodes().size());
        theirs.returnLease(second);
        theirs.returnLease(result(third));
    }

    private void leaderLatch() throws Exception {
        LeaderLatch first = new LeaderLatch(one, "/latch", "first");
        first.start();
        say(first.await(DEADLINE_S, TimeUnit.SECONDS));
        LeaderLatch second = new LeaderLatch(other, "/latch", "second");
        second.start();
        until("both take part", () -> first.getParticipants().size() == 2);
        say(first.hasLeadership(), second.hasLeadership(), second.getLeader().getId());
        say(first.getParticipants().stream().map(Participant::getId).collect(Collectors.toList()));
        first.close();
        say(second.await(DEADLINE_S, TimeUnit.SECONDS), second.getLeader().getId(), second.getState());
        second.close();
    }

    private void leaderSelector() throws Exception {
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch gate = new CountDownLatch(1);
        LeaderSelector first = new LeaderSelector(one, "/selector", new LeaderSelectorListenerAdapter() {
            @Override
            public void takeLeadership(CuratorFramework client) throws Exception {
                order.add("first");
                gate.await(DEADLINE_S, TimeUnit.SECONDS);
            }
        });
        LeaderSelector second = new LeaderSelector(other, "/selector", new LeaderSelectorListenerAdapter() {
            @Override
            public void takeLeadership(CuratorFramework client) {
                order.add("second");
            }
        });
        first.setId("first");
        second.setId("second");
        first.start();
        until("the first one leads", () -> order.size() == 1);
        second.start();
        until("both take part", () -> first.getParticipants().size() == 2);
        say(order, first.hasLeadership(), second.getLeader().getId());
        gate.countDown();
        until("the second one has led", () -> order.size() == 2);
        say(order);
        first.close();
        second.close();
    }

    private void caches() throws Exception {
        one.create().forPath("/cache", bytes("root"));
        List<String> pathEvents = Collections.synchronizedList(new ArrayList<>());
        List<String> treeEvents = Collections.synchronizedList(new ArrayList<>());
        List<String> events = Collections.synchronizedList(new ArrayList<>());
        PathChildrenCache path = new PathChildrenCache(one, "/cache", true);
        path.getListenable().addListener((client, event) -> {
            if (event.getData() != null) pathEvents.add(event.getType() + " " + event.getData().getPath());
        });
        path.start(PathChildrenCache.StartMode.BUILD_INITIAL_CACHE);
        TreeCache tree = new TreeCache(one, "/cache");
        tree.getListenable().addListener((client, event) -> treeEvents.add(event.getType()
                + (event.getData() == null ? "" : " " + event.getData().getPath())));
        tree.start();
        NodeCache node = new NodeCache(one, "/cache");
        node.start(true);
        // On a connection of its own: 3.8 knows one kind of watch for each connection and path, the last one set.
        CuratorCache cache = CuratorCache.build(other, "/cache");
        cache.listenable().addListener((type, before, after) -> events.add(type + " "
                + (after == null ? before.getPath() + " gone" : after.getPath() + " " + text(after.getData()))));
        cache.start();
        until("the caches are filled", () -> treeEvents.contains("INITIALIZED") && events.size() == 1);
        other.create().forPath("/cache/a", bytes("1"));
        until("a is there", () -> pathEvents.size() == 1 && treeEvents.size() == 3 && events.size() == 2);
        other.setData().forPath("/cache/a", bytes("2"));
        until("a is changed", () -> pathEvents.size() == 2 && treeEvents.size() == 4 && events.size() == 3);
        other.create().forPath("/cache/a/b", bytes("deep"));
        until("b is there", () -> treeEvents.size() == 5 && events.size() == 4);
        say(text(path.getCurrentData("/cache/a").getData()), text(tree.getCurrentData("/cache/a/b").getData()),
                cache.size(), text(node.getCurrentData().getData()));
        other.setData().forPath("/cache", bytes("new"));
        until("the root is changed", () -> text(node.getCurrentData().getData()).equals("new") && events.size() == 5
                && treeEvents.size() == 6);
        other.delete().forPath("/cache/a/b");
        until("b is gone", () -> treeEvents.size() == 7 && events.size() == 6);
        other.delete().forPath("/cache/a");
        until("a is gone", () -> pathEvents.size() == 3 && treeEvents.size() == 8 && events.size() == 7);
        say(pathEvents);
        say(treeEvents);
        say(events);
        for (AutoCloseable each : Arrays.<AutoCloseable>asList(path, tree, node, cache)) each.close();
    }

    private void barriers() throws Exception {
        DistributedBarrier barrier = new DistributedBarrier(one, "/barrier");
        barrier.setBarrier();
        DistributedBarrier theirs = new DistributedBarrier(other, "/barrier");
        say(theirs.waitOnBarrier(REFUSAL_MS, TimeUnit.MILLISECONDS));
        Future<Boolean> waiting = run(() -> theirs.waitOnBarrier(DEADLINE_S, TimeUnit.SECONDS));
        barrier.removeBarrier();
        say(result(waiting));
        DistributedDoubleBarrier in = new DistributedDoubleBarrier(one, "/double", 2);
        DistributedDoubleBarrier out = new DistributedDoubleBarrier(other, "/double", 2);
        // Nobody leaves before all have entered: Curator's barrier has one watcher for both, and may miss what it waits for
        // (apache/curator pull request 416, issue 1290).
        Future<Boolean> entering = run(() -> in.enter(DEADLINE_S, TimeUnit.SECONDS));
        boolean isIn = out.enter(DEADLINE_S, TimeUnit.SECONDS);
        boolean areIn = isIn && result(entering);
        Future<Boolean> leaving = run(() -> in.leave(DEADLINE_S, TimeUnit.SECONDS));
        say(areIn, out.leave(DEADLINE_S, TimeUnit.SECONDS), result(leaving));
    }

    private void counters() throws Exception {
        SharedCount mine = new SharedCount(one, "/count", 7);
        SharedCount theirs = new SharedCount(other, "/count", 0);
        mine.start();
        theirs.start();
        until("both know the seed", () -> theirs.getCount() == 7);
        say(mine.trySetCount(mine.getVersionedValue(), 8));
        until("the other one is told", () -> theirs.getCount() == 8);
        say(theirs.trySetCount(theirs.getVersionedValue(), 9));
        until("told back", () -> mine.getCount() == 9);
        mine.close();
        theirs.close();
        SharedValue value = new SharedValue(one, "/value", bytes("seed"));
        value.start();
        value.setValue(bytes("set"));
        say(text(other.getData().forPath("/value")), value.getVersionedValue().getVersion());
        value.close();
        DistributedAtomicLong here = new DistributedAtomicLong(one, "/atomic", new RetryOneTime(1));
        DistributedAtomicLong there = new DistributedAtomicLong(other, "/atomic", new RetryOneTime(1));
        say(here.initialize(40L), there.initialize(1L));
        AtomicValue<Long> added = there.add(2L);
        say(added.succeeded(), added.preValue(), added.postValue());
        say(here.compareAndSet(1L, 0L).succeeded(), here.compareAndSet(42L, 0L).succeeded(), there.get().postValue());
    }

    private void nodes() throws Exception {
        PersistentNode node = new PersistentNode(one, CreateMode.EPHEMERAL, false, "/persistent-node", bytes("kept"));
        node.start();
        say(node.waitForInitialCreate(DEADLINE_S, TimeUnit.SECONDS), text(other.getData().forPath("/persistent-node")));
        long before = other.checkExists().forPath("/persistent-node").getCzxid();
        other.delete().forPath("/persistent-node");
        until("it comes again", () -> {
            Stat stat = other.checkExists().forPath("/persistent-node");
            return stat != null && stat.getCzxid() != before;
        });
        say(text(other.getData().forPath("/persistent-node")));
        node.close();
        say(other.checkExists().forPath("/persistent-node"));
        try (PersistentTtlNode ttl = new PersistentTtlNode(one, "/ttl-node", 3_600_000, bytes("ttl"))) {
            ttl.start();
            say(ttl.waitForInitialCreate(DEADLINE_S, TimeUnit.SECONDS), text(other.getData().forPath("/ttl-node")));
        }
        try (GroupMember a = new GroupMember(one, "/group", "a"); GroupMember b = new GroupMember(other, "/group", "b")) {
            a.start();
            b.start();
            until("both see both", () -> a.getCurrentMembers().size() == 2 && b.getCurrentMembers().size() == 2);
            say(sorted(a.getCurrentMembers().keySet()));
            b.close();
            until("one is gone", () -> a.getCurrentMembers().size() == 1);
            say(sorted(a.getCurrentMembers().keySet()));
        }
    }

    private void queue() throws Exception {
        SimpleDistributedQueue mine = new SimpleDistributedQueue(one, "/queue");
        SimpleDistributedQueue theirs = new SimpleDistributedQueue(other, "/queue");
        say(mine.offer(bytes("first")), mine.offer(bytes("second")), text(theirs.peek()), text(theirs.take()));
        say(text(mine.poll()), text(mine.poll()));
        Future<byte[]> waiting = run(theirs::take);
        mine.offer(bytes("third"));
        say(text(result(waiting)));
    }
}
