import type { Message } from "@coterie/consensus";

const HEADER_SIZE_BYTES = 40;
const ENTRY_SIZE_BYTES = 12;

/** About what the message takes on a wire: what slow links go by. */
export function messageSizeBytes(message: Message): number {
  switch (message.kind) {
    case "propose":
    case "repair":
      return message.entries.reduce((sum, { bytes }) => sum + ENTRY_SIZE_BYTES + bytes.length, HEADER_SIZE_BYTES);
    case "checkpoint-pages":
      return message.pages.reduce((sum, page) => sum + page.length, HEADER_SIZE_BYTES);
    case "requests":
      return message.payloads.reduce((sum, payload) => sum + payload.length, HEADER_SIZE_BYTES);
    default:
      return HEADER_SIZE_BYTES;
  }
}
