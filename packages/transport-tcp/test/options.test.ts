import { afterEach, describe, expect, it } from "vitest";
import { createTcpTransport, type ResolveName, type TcpLimits, type TcpSecurity } from "../src/index.ts";
import { Ends } from "./ends.ts";
import { OPTIONS, Porter } from "./recorder.ts";

const ends = new Ends();
afterEach(async () => ends.close());

const LIMITS: readonly (keyof TcpLimits)[] = [
  "connectionsMax",
  "connectionsPerAddressMax",
  "handshakeTimeoutMs",
  "dialTimeoutMs",
  "closeTimeoutMs",
];

const named = (name: string): unknown =>
  expect.objectContaining({ code: "BAD_ARGUMENTS", message: expect.stringContaining(name) });

describe("options of a TCP transport", () => {
  it.each(LIMITS)("limits.%s is a number that limits something", (name) => {
    for (const value of [undefined, null, Number.NaN, -1, "10"]) {
      expect(() => createTcpTransport({ limits: { [name]: value } })).toThrow(named(name));
    }
  });

  it("fourLetterWords are words of four letters", async () => {
    const listening = createTcpTransport().listen("127.0.0.1:0", new Porter(), {
      ...OPTIONS,
      fourLetterWords: ["ruo"],
    });
    await expect(listening).rejects.toEqual(named("fourLetterWords"));
  });

  it("a security that is missing by mistake is never plain text", () => {
    for (const security of [null, undefined, "secret", 5, {}, { kind: "Secret" }, []]) {
      expect(() => createTcpTransport({ security: security as TcpSecurity })).toThrow(named("security"));
    }
    for (const secret of [undefined, null, "", 5, new Uint8Array(0)]) {
      expect(() => createTcpTransport({ security: { kind: "secret", secret } as TcpSecurity })).toThrow(
        named("secret"),
      );
    }
    expect(createTcpTransport().supports.identity).toBe(false);
  });

  it("a secret has no line end at an end, in bytes as little as in text", () => {
    const withSecret = (secret: string | Uint8Array): (() => unknown) => {
      return () => createTcpTransport({ security: { kind: "secret", secret } });
    };
    const good = "0123456789abcdef0123";
    for (const bad of [`${good}\n`, `${good}\r\n`, `\n${good}`]) {
      expect(withSecret(bad)).toThrow(named("secret"));
      expect(withSecret(Buffer.from(bad))).toThrow(named("line end"));
    }
    expect(withSecret(Buffer.from(good))()).toMatchObject({ supports: { identity: true } });
  });
});

describe("what is no address", () => {
  it.each([undefined, null, 5, {}, Symbol("s"), "", "a:99999"])(
    "is told by closed, and by listen: %s",
    async (value) => {
      const transport = createTcpTransport();
      const address = value as string;
      const { heard } = ends.dial(transport, address);
      expect((await heard.untilClosed()).code).toBe("ADDRESS_UNUSABLE");
      await expect(transport.listen(address, new Porter(), OPTIONS)).rejects.toMatchObject({
        code: "ADDRESS_UNUSABLE",
      });
    },
  );

  it.each<[string, () => unknown]>([
    ["gives nothing", async () => undefined],
    ["gives text", async () => ["127.0.0.1"]],
    [
      "throws",
      () => {
        throw new Error("boom");
      },
    ],
  ])("is told by closed where a resolver %s", async (_, resolveName) => {
    const transport = createTcpTransport({ resolveName: resolveName as ResolveName });
    expect((await ends.dial(transport, "peer.example:1").heard.untilClosed()).code).toBe("UNREACHABLE");
  });
});
