import { type Epoch, type HardState, isEpoch, isPeerId, type PeerId } from "@coterie/interface";
import { type ByteReader, MalformedBytes } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

const FIXED_BYTES = 1 + 1 + 8 + 4 + 4 + 1;

export function hardStateSize({ clusterId }: HardState): number {
  return FIXED_BYTES + clusterId.length;
}

export function writeHardState(writer: ByteWriter, hardState: HardState): void {
  writer.ascii(hardState.clusterId);
  writer.u8(hardState.peerId);
  writer.u53(hardState.incarnation);
  writer.u32(hardState.acceptedEpoch);
  writer.u32(hardState.currentEpoch);
  writer.u8(hardState.isAmnesiac ? 1 : 0);
}

export function readHardState(reader: ByteReader): HardState {
  const clusterId = reader.ascii();
  const peerId = reader.u8();
  const incarnation = reader.u53();
  const acceptedEpoch = reader.u32();
  const currentEpoch = reader.u32();
  const isAmnesiac = reader.u8() !== 0;
  if (!isPeerId(peerId) || !isEpoch(acceptedEpoch) || !isEpoch(currentEpoch)) throw new MalformedBytes();
  return {
    clusterId,
    peerId: peerId satisfies PeerId,
    incarnation,
    acceptedEpoch: acceptedEpoch satisfies Epoch,
    currentEpoch: currentEpoch satisfies Epoch,
    isAmnesiac,
  };
}
