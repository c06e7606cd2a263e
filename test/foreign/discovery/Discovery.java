import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Scanner;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.x.discovery.ServiceCache;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.ServiceProvider;
import org.apache.curator.x.discovery.ServiceType;
import org.apache.curator.x.discovery.UriSpec;
import org.apache.curator.x.discovery.details.JsonInstanceSerializer;
import org.apache.curator.x.discovery.details.ServiceCacheListener;

/** Registers and finds services beside Coterie: does what each line of its input says, and prints what it sees. */
public final class Discovery {
    /** A payload of a class of its own. */
    public static final class Load {
        public String zone;
        public double load;
    }

    private static final long PATIENCE_S = 30;
    private static final int CHANGED_PORT = 8_081;

    private final CuratorFramework client;
    private final ServiceDiscovery<Object> discovery;
    private final ServiceCache<Object> cache;
    private final ServiceProvider<Object> provider;
    private final BlockingQueue<String> changes = new LinkedBlockingQueue<>();
    private GroupMember member;

    private Discovery(CuratorFramework client) throws Exception {
        this.client = client;
        // With the field "enabled".
        JsonInstanceSerializer<Object> serializer = new JsonInstanceSerializer<>(Object.class, false);
        discovery = ServiceDiscoveryBuilder.builder(Object.class)
                .client(client).basePath("/mixed/services").serializer(serializer).build();
        discovery.start();
        cache = discovery.serviceCacheBuilder().name("ours").build();
        cache.addListener(new ServiceCacheListener() {
            @Override
            public void cacheChanged() {
                changes.add("changed");
            }

            @Override
            public void stateChanged(CuratorFramework changed, ConnectionState state) {
                // Of no interest here.
            }
        });
        cache.start();
        provider = discovery.serviceProviderBuilder().serviceName("ours").build();
        provider.start();
    }

    public static void main(String[] args) throws Exception {
        try (CuratorFramework client =
                CuratorFrameworkFactory.newClient(args[0], 30_000, 30_000, new RetryOneTime(100))) {
            client.start();
            client.blockUntilConnected();
            Discovery self = new Discovery(client);
            System.out.println("ready");
            Scanner lines = new Scanner(System.in, StandardCharsets.UTF_8);
            while (lines.hasNextLine()) {
                String line = lines.nextLine();
                self.run(line);
                System.out.println("done: " + line);
            }
            self.end();
        }
    }

    private void run(String command) throws Exception {
        switch (command) {
            case "register" -> register();
            case "update" -> discovery.updateService(instance("text", "changed", ServiceType.DYNAMIC));
            case "unregister" -> discovery.unregisterService(instance("text", "changed", ServiceType.DYNAMIC));
            case "find" -> find();
            case "cached" -> cached();
            case "provided" -> provided();
            case "join" -> join();
            case "members" -> members();
            default -> throw new IllegalArgumentException(command);
        }
    }

    private void register() throws Exception {
        Load load = new Load();
        load.zone = "a";
        load.load = 0.5;
        discovery.registerService(instance("text", "hello", ServiceType.DYNAMIC));
        discovery.registerService(instance("map", new TreeMap<>(Map.of("zone", "a")), ServiceType.DYNAMIC));
        discovery.registerService(instance("list", new ArrayList<>(List.of(1, "b")), ServiceType.DYNAMIC));
        discovery.registerService(instance("own", load, ServiceType.DYNAMIC));
        discovery.registerService(instance("long", 5L, ServiceType.DYNAMIC_SEQUENTIAL));
        discovery.registerService(instance("none", null, ServiceType.PERMANENT));
    }

    private static ServiceInstance<Object> instance(String id, Object payload, ServiceType type) throws Exception {
        return ServiceInstance.builder().name("theirs").id(id).address("10.0.0.1").port(80).sslPort(443)
                .payload(payload).serviceType(type).registrationTimeUTC(5).enabled(!id.equals("none"))
                .uriSpec(new UriSpec("{scheme}://{address}:{ssl-port}/{[}{id}{]}")).build();
    }

    /** Once the change of an instance has come. */
    private void cached() throws Exception {
        while (!hasChanged(cache.getInstances())) {
            if (changes.poll(PATIENCE_S, TimeUnit.SECONDS) == null) break;
        }
        show(cache.getInstances());
    }

    /** Its cache is another one, which nobody can listen to. */
    private void provided() throws Exception {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (!hasChanged(provider.getAllInstances()) && System.nanoTime() < endNs) Thread.sleep(10);
        show(new ArrayList<>(provider.getAllInstances()));
    }

    private static boolean hasChanged(Collection<ServiceInstance<Object>> instances) {
        return instances.stream().anyMatch(each -> Integer.valueOf(CHANGED_PORT).equals(each.getPort()));
    }

    private void find() throws Exception {
        show(new ArrayList<>(discovery.queryForInstances("ours")));
        System.out.println("services " + new TreeSet<>(discovery.queryForNames()));
    }

    private static void show(List<ServiceInstance<Object>> instances) {
        instances.sort(Comparator.comparing(ServiceInstance::getId));
        for (ServiceInstance<Object> each : instances) {
            Object payload = each.getPayload();
            String shown = payload instanceof Load own ? own.zone + " " + own.load : String.valueOf(payload);
            String type = payload == null ? "null" : payload.getClass().getName();
            System.out.println(String.join(" | ", each.getId(), String.valueOf(each.getAddress()),
                    String.valueOf(each.getPort()), type, shown, each.getServiceType().name(),
                    each.isEnabled() ? "enabled" : "disabled", each.buildUriSpec()));
        }
    }

    private void join() throws Exception {
        member = new GroupMember(client, "/mixed/group", "java", "from Java".getBytes(StandardCharsets.UTF_8));
        member.start();
    }

    /** Once it sees three of them. */
    private void members() throws Exception {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
        while (member.getCurrentMembers().size() < 3 && System.nanoTime() < endNs) Thread.sleep(10);
        for (Map.Entry<String, byte[]> each : new TreeMap<>(member.getCurrentMembers()).entrySet()) {
            System.out.println(each.getKey() + " says " + new String(each.getValue(), StandardCharsets.UTF_8));
        }
    }

    private void end() throws Exception {
        if (member != null) member.close();
        provider.close();
        cache.close();
        discovery.close();
    }
}
