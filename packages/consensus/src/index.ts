export { TAG_CONFIG, TAG_TXN } from "./entry-tags.ts";
export { createZab } from "./create-zab.ts";
export type { CloseReason, Effect, Report, ReportCode, RoleView, Stop } from "./effect.ts";
export type { Input } from "./input.ts";
export { ZAB_LIMITS_DEFAULT, type ZabLimits } from "./limits.ts";
export type * from "./message.ts";
export type { Recovery, ZabOptions } from "./options.ts";
export {
  ADDRESS_LENGTH_MAX,
  checkVoters,
  decodeEnsembleConfig,
  encodeEnsembleConfig,
  type EnsembleConfig,
  isVoter,
  type Voter,
  voterSetDigest,
} from "./quorum/ensemble-config.ts";
export { createJointQuorum, createQuorum, type Quorum, quorumZxid } from "./quorum/quorum.ts";
export { TIMING_DEDICATED, TIMING_EMBEDDED, type ZabTiming } from "./timing.ts";
export {
  chooseVersion,
  decodeHello,
  encodeHello,
  type HelloFrame,
  PEER_PROTOCOL_VERSION_MAX,
  PEER_PROTOCOL_VERSION_MIN,
  type VersionRange,
} from "./wire/hello.ts";
export { decodeMessage, encodeMessage } from "./wire/message-codec.ts";
export type { LearnerView, Zab, ZabView } from "./zab.ts";
