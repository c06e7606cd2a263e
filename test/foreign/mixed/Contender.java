import java.nio.charset.StandardCharsets;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;

/** Contends for a lock that kazoo and Coterie contend for, too: prints how often it was inside, and with whom. */
public final class Contender {
    public static void main(String[] args) throws Exception {
        int rounds = Integer.parseInt(args[1]);
        int overlaps = 0;
        try (CuratorFramework client =
                CuratorFrameworkFactory.newClient(args[0], 30_000, 30_000, new RetryOneTime(100))) {
            client.start();
            client.blockUntilConnected();
            InterProcessMutex mutex = new InterProcessMutex(client, "/mixed/lock");
            System.out.println("ready");
            System.in.read();
            for (int round = 0; round < rounds; round++) {
                mutex.acquire();
                try {
                    client.create().withMode(CreateMode.EPHEMERAL).forPath("/mixed/inside", new byte[0]);
                    int count = Integer.parseInt(text(client.getData().forPath("/mixed/counter")));
                    client.setData().forPath("/mixed/counter", bytes(count + 1));
                    client.delete().forPath("/mixed/inside");
                } catch (KeeperException.NodeExistsException overlap) {
                    overlaps++;
                } finally {
                    mutex.release();
                }
            }
        }
        System.out.println("rounds " + rounds + ", overlaps " + overlaps);
    }

    private static String text(byte[] data) {
        return new String(data, StandardCharsets.UTF_8);
    }

    private static byte[] bytes(int count) {
        return Integer.toString(count).getBytes(StandardCharsets.UTF_8);
    }
}
