// Builds of other versions than this one, and broken ones. There never was an earlier one, so each is this one with something else in it.

/** @typedef {{ file: string, from: string, to: string }} Patch */

const HELLO = "/consensus/dist/wire/hello.js";

/** @type {Readonly<Record<string, readonly Patch[]>>} */
export const BUILDS = {
  /** The next one: it speaks a later peer protocol as well, and says more in its first frame, as it may. */
  next: [
    { file: HELLO, from: "PEER_PROTOCOL_VERSION_MAX = 1", to: "PEER_PROTOCOL_VERSION_MAX = 2" },
    {
      file: HELLO,
      from: "sink.int(hello.voterSetDigest | 0);",
      to: "sink.int(hello.voterSetDigest | 0); sink.long(2024);",
    },
    {
      file: HELLO,
      from: "if (versionMax <= PEER_PROTOCOL_VERSION_MAX)",
      to: "if (reader.remainingBytes > 0) reader.long(); if (versionMax <= PEER_PROTOCOL_VERSION_MAX)",
    },
  ],
  /** One that does not speak this protocol any more. */
  "far protocol": [
    { file: HELLO, from: "PEER_PROTOCOL_VERSION_MIN = 1", to: "PEER_PROTOCOL_VERSION_MIN = 2" },
    { file: HELLO, from: "PEER_PROTOCOL_VERSION_MAX = 1", to: "PEER_PROTOCOL_VERSION_MAX = 2" },
  ],
  /** One from before stores had a journal: it knows no format but the first. */
  "far store": [
    {
      file: "/storage-level/dist/format/store-format.js",
      from: "export const STORE_FORMAT = 2",
      to: "export const STORE_FORMAT = 1",
    },
  ],
  /** A broken one, for those who want to see a run fail: it sets znodes whatever version they have. */
  "forgets versions": [
    {
      file: "/core/dist/prepare/prepare-set.js",
      from: `znode.version))
        return "BAD_VERSION";
    const version`,
      to: `znode.version) && false)
        return "BAD_VERSION";
    const version`,
    },
  ],
};
