import { describe, expect, it } from "vitest";
import { readServeCommand } from "../src/command/config/flags.ts";
import { parseProperties } from "../src/command/config/properties.ts";
import { parseServerLine } from "../src/command/config/server-line.ts";
import { readZooCfg } from "../src/command/config/zoo-cfg.ts";
import { RenewableCertificates } from "../src/command/renewable-certificates.ts";
import { peerOptionsOf } from "../src/command/serve.ts";

const SAMPLE = `
# The number of milliseconds of each tick
tickTime=2000
initLimit=10
syncLimit=5
dataDir=/var/lib/zookeeper
clientPort=2181
maxClientCnxns=100
minSessionTimeout=-1
maxSessionTimeout=60000
4lw.commands.whitelist=stat, ruok,conf
autopurge.purgeInterval=1
extendedTypesEnabled=true
authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider
DigestAuthenticationProvider.superDigest=super:D/InIHSb7yEEbrWz8b9l71RjZJU=
fancy.setting=1
server.1=zoo1:2888:3888
server.2=zoo2:2888:3888:participant;127.0.0.1:2182
server.3=[fd00::3]:2888:3888:observer;2183
`;

function filesOf(files: Readonly<Record<string, string>>): (path: string) => string {
  return (path) => {
    const text = files[path];
    if (text === undefined) throw new Error(`${path}: no such file`);
    return text;
  };
}

function read(text: string, more: Readonly<Record<string, string>> = {}): ReturnType<typeof readZooCfg> {
  return readZooCfg("/etc/zoo.cfg", filesOf({ "/etc/zoo.cfg": text, "/var/lib/zookeeper/myid": "1\n", ...more }));
}

describe("properties", () => {
  it.each([
    ["a=b", { a: "b" }],
    ["a : b\nc d", { a: "b", c: "d" }],
    ["  # no\n!no\n\n a=b=c ", { a: "b=c" }],
    ["a=b\\\n   c\nd=", { a: "bc", d: "" }],
    ["a\\=b=c\\u0041\\n", { "a=b": "cA\n".trim() }],
    ["a=1\r\na=2\r\n", { a: "2" }],
    ["path=C:\\\\data\\\\", { path: "C:\\data\\" }],
  ])("reads %j", (text, expected) => {
    expect(Object.fromEntries(parseProperties(text))).toEqual(expected);
  });
});

describe("a server line", () => {
  it.each([
    ["h:1:2", { host: "h", port: 1, role: "voter", client: null }],
    ["h:1:2:observer", { host: "h", port: 1, role: "observer", client: null }],
    ["h:1:2:PARTICIPANT;5", { role: "voter", client: { host: "0.0.0.0", port: 5, tls: null } }],
    ["[::1]:1:2;[::2]:5", { host: "::1", client: { host: "::2", port: 5, tls: null } }],
    ["h:1:2|i:3:4;5", { host: "h", port: 1 }],
  ])("reads %s", (text, expected) => {
    expect(parseServerLine(7, text)).toMatchObject({ id: 7, ...expected });
  });

  it.each(["", "h", "h:1", "h:x:2", "h:1:2:leader", "h:1:2;", "h:1:2;x"])("refuses %j", (text) => {
    expect(parseServerLine(7, text)).toBeNull();
  });
});

describe("zoo.cfg", () => {
  it("becomes a peer, and names what is not understood", () => {
    const { config, warnings } = read(SAMPLE);
    expect(config).toMatchObject({
      id: 1,
      role: "voter",
      ensemble: { 1: "zoo1:2888", 2: "zoo2:2888" },
      dataDir: "/var/lib/zookeeper/coterie",
      clientPorts: [{ host: "0.0.0.0", port: 2181, tls: null }],
      tickMs: 2000,
      sessionTimeoutMaxMs: 60_000,
      connectionsPerIpMax: 100,
      fourLetterWords: ["stat", "ruok", "conf"],
      superDigest: "super:D/InIHSb7yEEbrWz8b9l71RjZJU=",
      extendedTypesEnabled: true,
    });
    expect(config).not.toHaveProperty("sessionTimeoutMinMs");
    const named = warnings.map((warning) => warning.split(/[ =:]/)[0]);
    expect(named).toEqual(["of", "syncLimit", "authProvider.1", "fancy.setting"]);
  });

  it("takes its own client port and role from its server line", () => {
    const { config } = read(SAMPLE.replace("clientPort=2181", ""), { "/var/lib/zookeeper/myid": "3" });
    expect(config).toMatchObject({
      id: 3,
      role: "observer",
      // For whose certificates each voter looks, this peer's too.
      observerHosts: ["fd00::3"],
      clientPorts: [{ host: "0.0.0.0", port: 2183, tls: null }],
    });
  });

  it("reads the servers from a dynamic file beside it", () => {
    const dynamic = "server.1=a:1:2\nserver.2=b:1:2\nversion=100000000\n";
    const { config } = read("dataDir=/var/lib/zookeeper\nclientPort=1\ndynamicConfigFile=zoo.cfg.dynamic", {
      "/etc/zoo.cfg.dynamic": dynamic,
    });
    expect(config.ensemble).toEqual({ 1: "a:1", 2: "b:1" });
  });

  it("is one peer alone without server lines, and needs no myid", () => {
    const files = filesOf({ "/etc/zoo.cfg": "dataDir=/d\nclientPort=2181" });
    const { config, warnings } = readZooCfg("/etc/zoo.cfg", files);
    expect([config.id, config.ensemble, warnings]).toEqual([1, { 1: "127.0.0.1:2888" }, []]);
  });

  it("takes PEM files for the secure port and for links", () => {
    const tls = (prefix: string): string => `${prefix}keyStore.location=/k.pem\n${prefix}trustStore.location=/t.pem\n`;
    const { config } = read(
      `dataDir=/var/lib/zookeeper\nsecureClientPort=2281\nsslQuorum=true\n${tls("ssl.")}${tls("ssl.quorum.")}`,
    );
    const files = { certificate: "/k.pem", key: "/k.pem", authorities: "/t.pem" };
    expect(config.clientPorts).toEqual([{ host: "0.0.0.0", port: 2281, tls: files }]);
    expect(config.peerSecurity).toEqual({ kind: "certificate", files });
  });

  it.each([
    ["sslQuorum=TRUE", "sslQuorum needs"],
    ["sslQuorum=yes", "sslQuorum=yes has to be true or false"],
    ["ssl.quorum.keyStore.location=/k.pem\nssl.quorum.trustStore.location=/t.pem", "no effect without sslQuorum"],
    ["enforceQuota=on", "has to be true or false"],
    ["quorumListenOnAllIPs=1", "has to be true or false"],
    ["skipACL=yes", "skipACL=yes: it cannot be done"],
    ["zookeeper.skipACL=YES", "it cannot be done"],
    ["enforce.auth.enabled=TRUE", "it cannot be done yet"],
    ["enforce.auth.enabled=1", "has to be true or false"],
    ["enforce.auth.schemes=sasl", "it cannot be done yet"],
    ["quorum.auth.enableSasl=true", "SASL is not there"],
    ["quorum.auth.serverRequireSasl=True", "SASL is not there"],
    ["sessionRequireClientSASLAuth=true", "SASL is not there"],
    ["requireClientAuthScheme=sasl", "SASL is not there"],
    ["DigestAuthenticationProvider.enabled=false", "digests are always accepted"],
    ["DigestAuthenticationProvider.digestAlg=SHA256", "SHA1"],
    ["X509AuthenticationProvider.superUser=CN=x", "superDigest"],
    ["ssl.clientAuth=want", "only need can be done"],
    ["ssl.clientAuth=non", "only need can be done"],
    ["ssl.quorum.clientAuth=none", "only need can be done"],
    ["ssl.quorum.hostnameVerification=false", "only true can be done"],
    ["ssl.hostnameVerification=no", "has to be true or false"],
    ["ssl.crl=true", "revoked"],
    ["ssl.quorum.ocsp=true", "revoked"],
    ["ssl.authProvider=custom", "x509"],
    ["ssl.keyStore.password=hidden", "a key with a password cannot be read"],
    ["ssl.keyStore.type=JKS", "only PEM"],
    ["client.portUnification=true", "only false can be done"],
    ["ssl.quorum.truststore.location=/t.pem", "not passed over"],
    ["peerType=obsrver", "has to be participant or observer"],
    ["4lw.commands.whitelist=ruok, foo", '"foo" is none of the words'],
    ["ssl.trustStore.location=/t.jks", "keytool -exportcert"],
  ])("refuses %j, which a peer must not pass over", (line, message) => {
    expect(() => read(`dataDir=/var/lib/zookeeper\nclientPort=1\n${line}`)).toThrow(message);
  });

  it("says nothing of a key's password in an error", () => {
    expect(() => read("dataDir=/d\nclientPort=1\nssl.keyStore.password=hidden")).toThrow(/^(?!.*hidden)/s);
  });

  it.each([
    ["sslQuorum=False", {}],
    ["enforceQuota=TRUE", { enforceQuota: true }],
    ["extendedTypesEnabled=True", { extendedTypesEnabled: true }],
    ["skipACL=no\nenforce.auth.enabled=false\nquorum.auth.enableSasl=FALSE\nportUnification=false", {}],
    ["ssl.clientAuth=NEED\nssl.quorum.hostnameVerification=true\nssl.hostnameVerification=false\nssl.crl=false", {}],
    ["quorum.auth.learner.loginContext=QuorumLearner\nssl.trustStore.password=x\nquorumListenOnAllIPs=true", {}],
    ["peerType=PARTICIPANT", {}],
    ["4lw.commands.whitelist=", { fourLetterWords: [] }],
    ["ssl.keyStore.type=PEM\nssl.keyStore.location=/k\nssl.trustStore.location=/t.pem", {}],
  ])("takes %j without a word", (lines, expected) => {
    const { config, warnings } = read(`dataDir=/var/lib/zookeeper\nclientPort=1\n${lines}`);
    expect(warnings).toEqual([]);
    expect(config).toMatchObject(expected);
  });

  it.each([
    ["4lw.commands.whitelist=stmk,ruok", /the word stmk is not answered/],
    ["ssl.protocol=TLSv1.3", /TLS 1\.2 and 1\.3 are spoken/],
    ["sslQuorumReloadCertFiles=true", /at each SIGHUP/],
    ["authProvider.1=com.example.MyDigestAuthenticationProvider", /this is not/],
  ])("takes %j with a warning", (line, message) => {
    const { warnings } = read(`dataDir=/var/lib/zookeeper\nclientPort=1\n${line}`);
    expect(warnings).toEqual([expect.stringMatching(message)]);
  });

  it("says which file it misses", () => {
    const gone = Object.assign(new Error("ENOENT: no such file"), { code: "ENOENT" });
    const files = (text: string) => (path: string) => {
      if (path === "/etc/zoo.cfg") return text;
      throw gone;
    };
    const readWith = (text: string) => () => readZooCfg("/etc/zoo.cfg", files(text));
    expect(readWith("dataDir=/d\nserver.1=a:1:2")).toThrow(
      "/d/myid, the file that holds the number of this server, cannot be read: there is no such file",
    );
    expect(readWith("dataDir=/d\ndynamicConfigFile=gone")).toThrow("/etc/gone, the file that dynamicConfigFile names");
    const directory = Object.assign(new Error("EISDIR"), { code: "EISDIR" });
    const readDirectory = (): never => {
      throw directory;
    };
    expect(() => readZooCfg("/etc", readDirectory)).toThrow(
      "/etc, the configuration, cannot be read: it is a directory",
    );
  });

  it.each([
    ["clientPort=2181", "dataDir is missing"],
    ["dataDir=\nclientPort=2181", "dataDir is missing"],
    ["dataDir=/var/lib/zookeeper\nclientPort=no", "clientPort=no has to be an integer"],
    ["dataDir=/var/lib/zookeeper\nserver.1=oops", "server.1=oops is not"],
    ["dataDir=/var/lib/zookeeper\nserver.2=a:1:2", "no server line"],
    ["dataDir=/var/lib/zookeeper\nserver.1=a:1:2:observer", "all servers are observers"],
    ["dataDir=/var/lib/zookeeper\nskipACL=yes", "skipACL"],
    ["dataDir=/var/lib/zookeeper\nsecureClientPort=1", "needs ssl.keyStore.location"],
    ["dataDir=/var/lib/zookeeper\nsslQuorum=true", "sslQuorum needs"],
    ["dataDir=/var/lib/zookeeper\nssl.keyStore.location=/k.jks\nssl.trustStore.location=/t.pem", "has to be PEM"],
  ])("refuses %j", (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

describe("the arguments of serve", () => {
  const json = JSON.stringify({ id: 2, ensemble: { 1: "a:1", 2: "b:1", 3: "c:1" }, dataDir: "/d", timing: "embedded" });
  const readFile = filesOf({
    "/c.json": json,
    "/limits.json": '{"dataDir": "/d", "sessionsMax": 5, "requestsPerSecondMax": 50, "observerHosts": ["o.example"]}',
    "/slow.json": '{"dataDir": "/d", "requestsPerSecondMax": -1}',
    "/secret": "0123456789abcdef\n",
    "/bad.json": '{"oops": 1}',
    "/no.json": "{",
    "/blank": " \n",
    "/words.json": '{"dataDir": "/d", "fourLetterWords": ["zzzz"]}',
    "/address.json": '{"dataDir": "/d", "id": 1, "ensemble": {"1": "a"}}',
    "/certificate.json":
      '{"dataDir": "/d", "peerSecurity": {"kind": "certificate", "files": {"certificate": "c", "key": "k", "authorities": "a"}}}',
    "/secret.json": '{"dataDir": "/d", "peerSecurity": {"kind": "secret", "secret": "0123456789abcdef"}}',
    "/plain.json": '{"dataDir": "/d", "peerSecurity": {"kind": "none"}}',
    "/digest.json": '{"dataDir": "/d", "superDigest": "super:secret"}',
  });

  it("are one peer alone with a directory", () => {
    const { config, warnings } = readServeCommand(["--data-dir", "/d"], {}, readFile);
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({
      id: 1,
      dataDir: "/d",
      timing: "dedicated",
      clientPorts: [{ host: "127.0.0.1", port: 2181, tls: null }],
      peerSecurity: { kind: "none" },
    });
  });

  it("lead to a peer with the limits and hosts that the file names", () => {
    const { config } = readServeCommand(["--config", "/limits.json"], {}, readFile);
    const options = peerOptionsOf(config, new RenewableCertificates(readFile));
    expect(options).toMatchObject({
      observerHosts: ["o.example"],
      zookeeper: [{ sessionsMax: 5, requestsPerSecondMax: 50, connectionsPerIpMax: 60 }],
    });
    expect(() => readServeCommand(["--config", "/slow.json"], {}, readFile)).toThrow(/requestsPerSecondMax .*integer/);
  });

  it("come before what the file says", () => {
    const args = ["--config", "/c.json", "--id", "3", "--client-port", "0", "--secret-file", "/secret", "--4lw", "*"];
    const { config } = readServeCommand(args, { COTERIE_SECRET: "other" }, readFile);
    expect(config).toMatchObject({
      id: 3,
      timing: "embedded",
      clientPorts: [{ port: 0 }],
      peerSecurity: { kind: "secret", secret: "0123456789abcdef" },
      fourLetterWords: ["*"],
    });
  });

  it("take the secret from the environment", () => {
    const { config } = readServeCommand(["--memory"], { COTERIE_SECRET: "0123456789abcdef" }, readFile);
    expect([config.peerSecurity, config.dataDir]).toEqual([{ kind: "secret", secret: "0123456789abcdef" }, null]);
  });

  it.each([
    [[], "--data-dir is missing"],
    [["--memory", "--id", "0"], "--id 0 has to be an integer in 1..254"],
    [["--memory", "--peer", "1=a:1", "--peer", "2=b:1"], "--id is missing"],
    [["--memory", "--id", "4", "--peer", "1=a:1"], "peer 4 is none of the voters"],
    [["--memory", "--peer", "a:1"], "is not N=HOST:PORT"],
    [["--memory", "--timing", "fast"], "neither dedicated nor embedded"],
    [["--oops"], "--oops"],
    [["--config", "/bad.json"], "oops is none of the fields"],
    [["--config", "/no.json"], "is no JSON"],
    [["--config", "/missing.json"], "no such file"],
    [["--config", "/words.json"], '"zzzz" is none of the words'],
    [["--config", "/address.json"], "has to be HOST:PORT"],
    [["--config", "/digest.json"], "user:base64"],
    [["--memory", "--4lw", "srvr,nope"], '"nope" is none of the words'],
    [["--memory", "--secret-file", "/blank"], "the secret file /blank is empty"],
    [["--memory", "--secret-file", "/missing"], "/missing, the secret, cannot be read"],
    [["--memory", "--data-dir", "/d"], "do not go together"],
    [["--data-dir", ""], "--data-dir is empty"],
    [["--memory", "--id", "1", "--peer", "1=a:1", "--peer", "1=b:1"], "names peer 1 twice: a:1 and b:1"],
  ])("refuse %j", (args, message) => {
    expect(() => readServeCommand(args, {}, readFile)).toThrow(message);
  });

  it.each([
    [[], "", "COTERIE_SECRET is empty"],
    [[], " \n", "COTERIE_SECRET is empty"],
    [["--config", "/certificate.json"], "fedcba9876543210", "gives links certificates, and COTERIE_SECRET"],
    [["--config", "/secret.json"], "fedcba9876543210", "gives links another secret, and COTERIE_SECRET"],
    [["--config", "/plain.json"], "fedcba9876543210", "gives links plain text, and COTERIE_SECRET"],
  ])("refuse %j with COTERIE_SECRET=%j", (args, secret, message) => {
    const environment = { COTERIE_SECRET: secret };
    expect(() => readServeCommand([...args, "--memory"], environment, readFile)).toThrow(message);
    expect(() => readServeCommand([...args, "--memory"], environment, readFile)).not.toThrow(/0123|fedc/);
  });

  it("take the same secret from file and environment", () => {
    const environment = { COTERIE_SECRET: "0123456789abcdef" };
    const { config } = readServeCommand(["--config", "/secret.json"], environment, readFile);
    expect(config.peerSecurity).toEqual({ kind: "secret", secret: "0123456789abcdef" });
  });
});
