/** Where Coterie says something else than the ZooKeeper 3.8 beside it; README.md has the reason, by name. */
export interface KnownDifference {
  readonly name: string;
  /** As it stands in the normalised output, wherever it does. */
  readonly zookeeper: string;
  readonly coterie: string;
}

const CONFIG_TEXT =
  [1, 2, 3].map((id) => `server.${id}=${"abc"[id - 1]}:2888:2888:participant\n`).join("") + "version=1";
const PARSE_FAILURE =
  "org.apache.zookeeper.server.quorum.QuorumPeerConfig$ConfigException: Client and election port must be different! " +
  "Please update the configuration file on server.-1\n";

function configStat(mzxid: number, dataVersion: number, dataLength: number): string {
  return [
    "cZxid = 0x0",
    "ctime = Thu Jan 01 00:00:00 UTC 1970",
    `mZxid = 0x${mzxid}`,
    "mtime = Thu Jan 01 00:00:00 UTC 1970",
    "pZxid = 0x0",
    "cversion = 0",
    `dataVersion = ${dataVersion}`,
    "aclVersion = -1",
    "ephemeralOwner = 0x0",
    `dataLength = ${dataLength}`,
    "numChildren = 0",
  ].join("\n");
}

export const ZKCLI_DIFFERENCES: readonly KnownDifference[] = [
  // Behind `sync`: the answers to config, config -s, config -c, config -w.
  {
    name: "config-of-an-ensemble",
    zookeeper: `Sync is OK\n${configStat(0, 0, 0)}\n \nKeeperErrorCode`,
    coterie: `Sync is OK\n${CONFIG_TEXT}\n${CONFIG_TEXT}\n${configStat(1, -1, 108)}\n \n${CONFIG_TEXT}\nKeeperErrorCode`,
  },
  {
    name: "config-without-client-addresses",
    zookeeper: `numChildren = 0\n \n${CONFIG_TEXT}`,
    coterie: `numChildren = 0\n${PARSE_FAILURE.repeat(3)}1 \n${CONFIG_TEXT}`,
  },
];

const CLI_MT_TIMES = "Stat:\n\tctime = Thu Jan  1 00:00:00 1970\n\tczxid=0\n\tmtime=Thu Jan  1 00:00:00 1970\n";

export const CLI_MT_DIFFERENCES: readonly KnownDifference[] = [
  {
    name: "config-of-an-ensemble",
    zookeeper: ` value_len = 0\n${CLI_MT_TIMES}\tmzxid=0\n\tversion=0\taversion=ffffffff`,
    coterie: ` value_len = 108\n${CONFIG_TEXT}\n${CLI_MT_TIMES}\tmzxid=1\n\tversion=ffffffff\taversion=ffffffff`,
  },
];
