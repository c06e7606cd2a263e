import type { RoleView, ZabView } from "@coterie/consensus";
import { type Epoch, ZXID_NONE } from "@coterie/interface";

/** What a peer is before it has started. */
export const BLANK_ROLE: RoleView = Object.freeze({
  state: "blank",
  isServing: false,
  epoch: 0 as Epoch,
  leader: null,
});

export const BLANK_VIEW: ZabView = Object.freeze({
  role: BLANK_ROLE,
  phase: "created",
  round: 0,
  hardState: null,
  acceptedEpoch: 0 as Epoch,
  currentEpoch: 0 as Epoch,
  lastZxid: ZXID_NONE,
  syncedZxid: ZXID_NONE,
  committedZxid: ZXID_NONE,
  deliveredZxid: ZXID_NONE,
  appliedZxid: ZXID_NONE,
  config: null,
  learners: [],
  mayCheckpoint: false,
  purgeableZxid: ZXID_NONE,
});
