import { connect } from "node:net";
import type { RecordingProxy } from "./recording-proxy.ts";

const OPEN_ACL = ["00000001", "0000001f", text("world"), text("anyone")].join("");
const NO_PASSWORD = "00000010" + "00".repeat(16);
const HANDSHAKE = ["00000000", "0000000000000000", "00002710", "0000000000000000"].join("");
const MULTI_END = "ffffffff01ffffffff";

/** One connection of hand-written frames: hexadecimal payloads, each sent once the reply to the last one is here. */
const CONNECTIONS: readonly (readonly string[])[] = [
  // A client from before 3.4 sends no read-only byte and gets none. Then a close.
  [HANDSHAKE + NO_PASSWORD, request(1, 3, text("/") + "00"), request(2, -11)],
  // An empty and a null password are as good as 16 zeros for a new session.
  [`${HANDSHAKE}00000000` + "00", request(1, -11)],
  [`${HANDSHAKE}ffffffff` + "00", request(1, -11)],
  // A session that nobody has: refused with a timeout of 0, and without the byte if it was not asked for.
  [`${HANDSHAKE.slice(0, -16)}0100000000000007${NO_PASSWORD}` + "01"],
  [`${HANDSHAKE.slice(0, -16)}0100000000000007${NO_PASSWORD}`],
  [
    HANDSHAKE + NO_PASSWORD + "00",
    request(-2, 11),
    request(0, 3, text("/") + "00"),
    request(-7, 3, text("/missing") + "01"),
    // A request to the SASL authenticator of a server that has none.
    request(1, 102, "00000003010203"),
    request(2, 1, text("/raw") + "ffffffff" + OPEN_ACL + "00000000"),
    request(3, 15, text("/raw/two") + "00000000" + OPEN_ACL + "00000000"),
    request(4, 4, text("/raw") + "00"),
    // Null and empty vectors of paths.
    request(-8, 101, "0000000000000000" + "00000000" + "ffffffff" + "00000000"),
    request(5, 101, "0000000000000000" + vector("/raw", "/gone") + vector("/raw", "/later") + vector("/raw", "/gone")),
    request(
      6,
      105,
      "0000000000000000" + vector("/gone") + vector("/raw") + vector("/gone") + vector("/p") + vector("/", "/raw"),
    ),
    request(7, 103, "ffffffff"),
    request(8, 103, text("")),
    request(9, 14, MULTI_END),
    request(10, 22, multiOp(4, text("/raw") + "01") + multiOp(8, text("/missing") + "00") + MULTI_END),
    request(11, 14, multiOp(13, text("/raw") + "00000000") + multiOp(2, text("/missing") + "ffffffff") + MULTI_END),
    // Mixed kinds in one multi fail as a whole.
    request(12, 14, multiOp(4, text("/raw") + "00") + MULTI_END),
    request(13, 17, text("/raw") + "00000003"),
    request(14, 18, text("/raw") + "00000003"),
    request(15, 17, text("/raw") + "00000001"),
    request(16, 106, text("/raw") + "00000000"),
    request(17, 5, text("/raw") + "ffffffff" + "ffffffff"),
    request(18, 106, text("/raw") + "00000001"),
    request(19, 106, text("/raw") + "00000002"),
    request(20, 9, text("not a path")),
    request(21, 107),
    request(22, 104, text("/")),
    request(23, 2, text("/raw/two") + "00000000"),
    request(24, 2, text("/raw") + "ffffffff"),
    request(25, 6, text("/")),
    request(26, 7, text("/") + "00000000" + "ffffffff"),
    request(27, 7, text("/") + "ffffffff" + "ffffffff"),
    request(28, 12, text("/") + "01"),
    request(29, 8, text("/") + "00"),
    request(30, 16, "ffffffff" + "ffffffff" + text("") + "ffffffffffffffff"),
    request(-4, 100, "00000000" + text("digest") + "00000005" + Buffer.from("a:b:c").toString("hex")),
    request(-4, 100, "00000000" + text("digest") + "00000002" + Buffer.from("ab").toString("hex")),
    request(31, -11),
  ],
];

export async function runRawScenario(proxy: RecordingProxy): Promise<void> {
  for (const payloads of CONNECTIONS) {
    const socket = connect({ host: "127.0.0.1", port: proxy.port });
    socket.on("error", () => socket.destroy());
    socket.resume();
    for (const [index, payload] of payloads.entries()) {
      const start = proxy.frames.length;
      const bytes = Buffer.from(payload, "hex");
      const length = Buffer.alloc(4);
      length.writeInt32BE(bytes.length);
      socket.write(Buffer.concat([length, bytes]));
      const xid = payload.slice(0, 8);
      // Notifications come in between; the reply to a handshake has no header.
      await proxy.waitFor(start, ({ from, hex }) => from === "server" && (index === 0 || hex.startsWith(xid)));
    }
    socket.destroy();
  }
}

function request(xid: number, type: number, body: string = ""): string {
  return int(xid) + int(type) + body;
}

function multiOp(type: number, body: string): string {
  return `${int(type)}00ffffffff${body}`;
}

function vector(...paths: string[]): string {
  return int(paths.length) + paths.map(text).join("");
}

function int(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

function text(value: string): string {
  const bytes = Buffer.from(value, "utf8");
  return int(bytes.length) + bytes.toString("hex");
}
