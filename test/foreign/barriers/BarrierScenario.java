import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.retry.RetryNTimes;
import org.apache.curator.retry.RetryOneTime;

/** Counts, waits, begins and ends together with Coterie; says what it has done. */
public final class BarrierScenario {
    public static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[1]);
        try (CuratorFramework client =
                CuratorFrameworkFactory.newClient(args[0], 30_000, 30_000, new RetryOneTime(100))) {
            client.start();
            client.blockUntilConnected();
            say("ready");
            DistributedAtomicLong counter =
                    new DistributedAtomicLong(client, "/foreign/int64", new RetryNTimes(10_000, 1));
            int failures = 0;
            for (int round = 0; round < count; round++) {
                if (!counter.add(1L).succeeded()) failures++;
            }
            say("counted, " + failures + " failures");
            new DistributedBarrier(client, "/foreign/gate").waitOnBarrier();
            say("through the gate");
            for (int round = 1; round <= 2; round++) {
                DistributedDoubleBarrier together =
                        new DistributedDoubleBarrier(client, "/foreign/round-" + round, 2);
                hear();
                say("entering " + round);
                together.enter();
                say("entered " + round);
                hear();
                say("leaving " + round);
                together.leave();
                say("left " + round);
            }
        }
    }

    private static void say(String text) {
        System.out.println(text);
        System.out.flush();
    }

    /** A line. */
    private static void hear() throws Exception {
        while (System.in.read() != '\n') {}
    }
}
