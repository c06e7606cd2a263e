import type { ResponseBody } from "@coterie/protocol";

const SLAB_SIZE_BYTES = 8 * 1_024;
/** What is longer has memory of its own: a slab is held on to by each copy in it. */
const SHARED_MAX_BYTES = 1_024;
/** Copies begin at multiples of it, as 64-bit views of them need. */
const ALIGNMENT_BYTES = 8;

/**
 * Makes of answers some whose buffers are the receiver's: what serving gives are views of the tree, which changes. Small ones
 * share larger pieces of memory, as Node.js's buffers do: one of its own takes eight times as long to make.
 */
export class ReplyCopies {
  private slab: ArrayBuffer | null = null;
  private usedBytes = 0;

  copy(body: ResponseBody): ResponseBody {
    switch (body.kind) {
      case "getData":
        return body.data === null ? body : { kind: "getData", data: this.dataOf(body.data), stat: body.stat };
      case "multiRead":
        return {
          ...body,
          results: body.results.map((result) =>
            result.kind === "getData" && result.data !== null ? { ...result, data: this.dataOf(result.data) } : result,
          ),
        };
      case "reconfig":
        return body.data === null ? body : { ...body, data: this.dataOf(body.data) };
      default:
        return body;
    }
  }

  private dataOf(data: Uint8Array): Uint8Array {
    const sizeBytes = data.length;
    if (sizeBytes > SHARED_MAX_BYTES) return data.slice();
    if (this.slab === null || this.usedBytes + sizeBytes > SLAB_SIZE_BYTES) {
      this.slab = new ArrayBuffer(SLAB_SIZE_BYTES);
      this.usedBytes = 0;
    }
    const copy = new Uint8Array(this.slab, this.usedBytes, sizeBytes);
    copy.set(data);
    this.usedBytes += Math.ceil(sizeBytes / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    return copy;
  }
}
