// Apache ZooKeeper from Debian's package `zookeeper`, with its defaults.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { hasCommand } from "./has-command.mjs";
import { leaderAmong, untilServing } from "./four-letter.mjs";

const JAR = "/usr/share/java/zookeeper.jar";
const CLASS_PATH = `/etc/zookeeper/conf_example:${JAR}`;

/** What a server reads; Coterie's as well. Members behind so many `voters` are observers. */
export function writeZooCfg(directory, index, ports, voters = Infinity) {
  const data = `${directory}/data`;
  mkdirSync(data, { recursive: true });
  const members = ports.length / 3;
  const server = (_, other) => {
    const role = other < voters ? "participant" : "observer";
    return `server.${other + 1}=127.0.0.1:${ports[members + other]}:${ports[2 * members + other]}:${role}`;
  };
  const lines = [
    "tickTime=2000",
    "initLimit=10",
    "syncLimit=5",
    `dataDir=${data}`,
    `clientPort=${ports[index]}`,
    "clientPortAddress=127.0.0.1",
    "maxClientCnxns=0",
    ...(index < voters ? [] : ["peerType=observer"]),
    ...(members === 1 ? [] : Array.from({ length: members }, server)),
  ];
  writeFileSync(`${data}/myid`, `${index + 1}\n`);
  writeFileSync(`${directory}/zoo.cfg`, `${lines.join("\n")}\n`);
  return `${directory}/zoo.cfg`;
}

export const zookeeper = {
  name: "zookeeper",
  title: "Apache ZooKeeper",
  portsEach: 3,
  /** Why it cannot be measured, or null. */
  missing: () => {
    if (!existsSync(JAR)) return "Debian's package zookeeper is not installed";
    return hasCommand("java") ? null : "there is no java";
  },
  launch: (directory, index, ports) => {
    const settings = ["zookeeper.4lw.commands.whitelist=*", "zookeeper.admin.enableServer=false"];
    // As Debian's own zkServer.sh has it; the package has no logging back end in its class path.
    const management = ["com.sun.management.jmxremote", "com.sun.management.jmxremote.local.only=true"];
    const flags = [`zookeeper.log.dir=${directory}`, ...settings, ...management].map((setting) => `-D${setting}`);
    const main = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
    return {
      command: "java",
      args: ["-Xmx1g", ...flags, "-cp", CLASS_PATH, main, writeZooCfg(directory, index, ports)],
    };
  },
  untilServing: async (ports) => {
    for (const port of ports) await untilServing(port);
  },
  leader: leaderAmong,
};
