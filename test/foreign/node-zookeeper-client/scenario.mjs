// What node-zookeeper-client does, said line by line: scenario.mjs ADDRESSES
import zookeeper from "node-zookeeper-client";

const { ACL, CreateMode, Event, Exception, Id, Permission, State } = zookeeper;
const addresses = process.argv[2];
const OPTIONS = { sessionTimeout: 20_000, spinDelay: 50 };

const say = (...words) => console.log(words.map((word) => JSON.stringify(word)).join(" "));

/** Calls one of the client's methods; resolves with its results, or with the name of the error. */
function call(client, method, ...given) {
  return new Promise((resolve, reject) => {
    client[method](...given, (error, ...results) => {
      if (!error) resolve(results.length > 1 ? results : results[0]);
      else if (error instanceof Exception) resolve(error.name);
      else reject(new Error(method, { cause: error }));
    });
  });
}

async function open(states) {
  const client = zookeeper.createClient(addresses, OPTIONS);
  client.on("state", (state) => states?.push(state.name));
  await new Promise((resolve) => {
    client.once("connected", resolve);
    client.connect();
  });
  return client;
}

const shown = (stat) =>
  stat && {
    version: stat.version,
    cversion: stat.cversion,
    aversion: stat.aversion,
    dataLength: stat.dataLength,
    numChildren: stat.numChildren,
    isEphemeral: !stat.ephemeralOwner.equals(Buffer.alloc(8)),
    isChanged: !stat.czxid.equals(stat.mzxid),
  };

const dataOf = (result) => (Array.isArray(result) ? [String(result[0]), shown(result[1])] : result);
const namesOf = ([names, stat]) => [names.toSorted(), shown(stat)];

async function nodes(client) {
  say(await call(client, "create", "/node", Buffer.from("parent")));
  say(await call(client, "create", "/node/e", Buffer.from("owned"), CreateMode.EPHEMERAL));
  say(await call(client, "create", "/node/s-", CreateMode.PERSISTENT_SEQUENTIAL));
  say(await call(client, "create", "/node/es-", CreateMode.EPHEMERAL_SEQUENTIAL));
  say(await call(client, "create", "/node"), await call(client, "create", "/node/e/child"));
  say(await call(client, "create", "/missing/child"), await call(client, "mkdirp", "/node/deep/er"));
  say(dataOf(await call(client, "getData", "/node")), await call(client, "getData", "/missing"));
  say(shown(await call(client, "setData", "/node", Buffer.from([0, 255]), 0)));
  say(await call(client, "setData", "/node", Buffer.from("never"), 0), shown(await call(client, "exists", "/node/e")));
  say((await call(client, "exists", "/missing")) ?? "nothing", namesOf(await call(client, "getChildren", "/node")));
  say(await call(client, "remove", "/node"), (await call(client, "remove", "/node/deep/er", 0)) ?? "done");
  say((await call(client, "listSubTreeBFS", "/node")).toSorted());
}

async function acls(client, other) {
  client.addAuthInfo("digest", Buffer.from("dave:secret"));
  const mine = [new ACL(Permission.ADMIN | Permission.READ, new Id("auth", ""))];
  say(await call(client, "create", "/acl", Buffer.from("guarded"), mine));
  say(await call(client, "getACL", "/acl").then(([acl, stat]) => [acl, shown(stat)]));
  say(await call(other, "getData", "/acl"), await call(other, "setACL", "/acl", mine));
  say(await call(client, "setData", "/acl", Buffer.from("never")));
  const open_ = [new ACL(Permission.ALL, new Id("world", "anyone"))];
  say(shown(await call(client, "setACL", "/acl", open_, 0)), dataOf(await call(other, "getData", "/acl")));
}

async function transactions(client) {
  const transaction = client.transaction();
  transaction.create("/multi", Buffer.from("parent")).create("/multi/child").check("/multi", 0);
  transaction.setData("/multi", Buffer.from("changed"), 0).remove("/multi/child", -1);
  say(await commit(transaction));
  const bad = client.transaction().create("/multi/rolled-back").check("/multi", 9).remove("/multi");
  say(await commit(bad), (await call(client, "exists", "/multi/rolled-back")) ?? "nothing");
}

function commit(transaction) {
  return new Promise((resolve) => {
    transaction.commit((error, results) => {
      const told = (results ?? []).map(({ type, path, stat, err }) => ({ type, path, err, stat: shown(stat) }));
      resolve([error?.name ?? "committed", told]);
    });
  });
}

async function watches(client, other) {
  const events = [];
  /** @type {(value?: unknown) => void} */
  let wake = () => {};
  const watch = (event) => {
    events.push(`${event.getName()} ${event.getPath()}`);
    wake();
  };
  const came = async (count) => {
    while (events.length < count) await new Promise((resolve) => (wake = resolve));
  };
  await call(client, "exists", "/watched", watch);
  await call(other, "create", "/watched");
  await came(1);
  await call(client, "getData", "/watched", watch);
  await call(client, "getChildren", "/watched", watch);
  await call(other, "setData", "/watched", Buffer.from("new"));
  await came(2);
  await call(other, "create", "/watched/child");
  await came(3);
  await call(client, "getData", "/watched/child", watch);
  await call(other, "remove", "/watched/child");
  await came(4);
  await call(client, "exists", "/watched", watch);
  await call(client, "remove", "/watched");
  await came(5);
  say(events, [Event.NODE_CREATED, Event.NODE_CHILDREN_CHANGED]);
}

async function sessions(other) {
  const states = [];
  const client = await open(states);
  await call(client, "create", "/session-e", CreateMode.EPHEMERAL);
  say(client.getState().name, client.getSessionTimeout(), client.getSessionPassword().length);
  const watched = new Promise((resolve) =>
    other.exists(
      "/session-e",
      (event) => resolve(event.getName()),
      () => {},
    ),
  );
  const gone = new Promise((resolve) => client.once("disconnected", resolve));
  client.close();
  await gone;
  say(await watched, (await call(other, "exists", "/session-e")) ?? "nothing", states, State.EXPIRED.name);
  const refused = await open();
  const failed = new Promise((resolve) => refused.once("authenticationFailed", () => resolve("refused")));
  refused.addAuthInfo("no-such-scheme", Buffer.from("nobody"));
  say(await failed);
  refused.close();
}

const client = await open();
const other = await open();
for (const [name, part] of Object.entries({ nodes, acls, transactions, watches, sessions: () => sessions(other) })) {
  say(`# ${name}`);
  await part(client, other);
}
client.close();
other.close();
say("# the end");
