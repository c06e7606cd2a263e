import type { ErrorCode, ListenOptions, RemoteIdentity } from "@coterie/interface";
import { type Mutant } from "../support/mutant.ts";
import type { SteppedClock } from "../support/stepped-clock.ts";
import { PREFIX_SIZE_BYTES, WireConnection } from "../support/wire-connection.ts";
import { createWireFixture, type WireSite, WireTransport, type WireTransportClass } from "../support/wire-transport.ts";

const FRAMING = "a frame stands on the wire as a 4-byte length, big-endian, then that many bytes, and nothing else";
const NEGATIVE = "`frameSizeMaxBytes`: a negative length closes the connection with `FRAME_TOO_LARGE`";
const MEMORY = "`frameSizeMaxBytes`: closed before memory for the frame is taken";
const OPENS_WITH_WORD = "`fourLetterWords`: it opens with `ConnectionInfo.fourLetterWord`";
const WRITES_TEXT = "`fourLetterWords`: `send` writes bytes without a length";
const RECEIVES_NOTHING = "`fourLetterWords`: nothing is received";
const CARRIES_FRAMES = "`fourLetterWords`: a connection whose first four bytes are none of them carries frames";
const NO_WORDS = "`fourLetterWords`: default none; letters that are no word are a length";
const SETTLED = "who is at the other end is settled before `opened`";
const STRANGER_DIALS =
  "an end that does not prove who it is is refused: `IDENTITY_REFUSED` where it dials, and at `refused`";
const STRANGER_DIALLED = "an end that does not prove who it is is refused: `IDENTITY_REFUSED` where it is dialled";

type ConnectionClass = new (options: ListenOptions, clock: SteppedClock) => WireConnection;

/** A transport whose connections are of a class. */
function connecting(Broken: ConnectionClass): WireTransportClass {
  return class extends WireTransport {
    protected override createConnection(options: ListenOptions, clock: SteppedClock): WireConnection {
      return new Broken(options, clock);
    }
  };
}

class LittleEndian extends WireConnection {
  protected override prefixOf(sizeBytes: number): Buffer {
    return super.prefixOf(sizeBytes).swap32();
  }
  protected override lengthIn(bytes: Buffer): number {
    return bytes.readInt32LE();
  }
}

/** The length is that of the frame with its prefix. */
class CountingThePrefix extends WireConnection {
  protected override prefixOf(sizeBytes: number): Buffer {
    return super.prefixOf(sizeBytes + PREFIX_SIZE_BYTES);
  }
  protected override lengthIn(bytes: Buffer): number {
    const length = super.lengthIn(bytes);
    return length < 0 ? length : length - PREFIX_SIZE_BYTES;
  }
}

/** As ZooKeeper's jute has it for buffers that are null. */
class TakingNegativeForEmpty extends WireConnection {
  protected override lengthIn(bytes: Buffer): number {
    return Math.max(super.lengthIn(bytes), 0);
  }
}

/** It takes memory first and looks then. A quarter of a GiB shows it as well as two. */
class TakingMemoryFirst extends WireConnection {
  taken: Buffer | null = null;
  protected override refuses(sizeBytes: number, unread: Buffer): boolean {
    this.taken = Buffer.allocUnsafeSlow(Math.min(Math.max(sizeBytes, 0), 2 ** 28));
    return super.refuses(sizeBytes, unread);
  }
}

/** It looks at what has come of the frame, not at what was said of it. */
class RefusingWhatHasCome extends WireConnection {
  protected override refuses(sizeBytes: number, unread: Buffer): boolean {
    return sizeBytes < 0 || (unread.length > PREFIX_SIZE_BYTES && super.refuses(sizeBytes, unread));
  }
}

class TakingWordsInOnePiece extends WireTransport {
  protected override isEnough(): boolean {
    return true;
  }
}

class HidingWords extends WireConnection {
  override open(...[stream, identity, fourLetterWord, head]: Parameters<WireConnection["open"]>): void {
    const isKnown = fourLetterWord === "srvr";
    super.open(stream, identity, isKnown ? null : fourLetterWord, head);
  }
}

class AnsweringWordsInFrames extends WireConnection {
  protected override answersInFrames(): boolean {
    return true;
  }
}

class ReadingBehindWords extends WireConnection {
  protected override readsBehindWords(): boolean {
    return true;
  }
}

/** A frame that looks like a word is one. */
class FindingWordsAnywhere extends WireConnection {
  protected override deliver(frame: Buffer): void {
    if (this.options.fourLetterWords?.includes(frame.toString("latin1")) !== true) super.deliver(frame);
  }
}

class KnowingWordsByHeart extends WireTransport {
  protected override wordsOf(options: ListenOptions): readonly string[] {
    const words = super.wordsOf(options);
    return words.length === 0 ? words : [...words, "mntr"];
  }
}

class NotSayingWhoItIs extends WireTransport {
  protected override identityOf(): RemoteIdentity {
    return { kind: "none" };
  }
}

class LettingStrangersIn extends WireTransport {
  protected override letsIn(): boolean {
    return true;
  }
}

class KeepingStrangersToItself extends WireTransport {
  protected override codeOfStrangers(): ErrorCode | null {
    return null;
  }
}

class CallingStrangersClosed extends WireTransport {
  protected override codeOfStrangers(): ErrorCode | null {
    return "CONNECTION_CLOSED";
  }
}

class NotTellingStrangers extends WireTransport {
  protected override codeForStrangers(): ErrorCode {
    return "UNREACHABLE";
  }
}

class CallingStrangersUnreachable extends WireTransport {
  protected override codeOfDisbelief(): ErrorCode {
    return "UNREACHABLE";
  }
}

class BelievingAnybody extends WireTransport {
  protected override believes(): boolean {
    return true;
  }
}

function createMutant(name: string, Transport: WireTransportClass, ...fails: readonly string[]): Mutant<WireSite> {
  return { name, fails, createFixture: () => createWireFixture(Transport) };
}

export const WIRE_MUTANTS: readonly Mutant<WireSite>[] = [
  createMutant("writes lengths with the small end first", connecting(LittleEndian), FRAMING),
  createMutant("counts the prefix in the length", connecting(CountingThePrefix), FRAMING),
  createMutant("takes a negative length for an empty frame", connecting(TakingNegativeForEmpty), NEGATIVE),
  createMutant("takes memory before it looks at the length", connecting(TakingMemoryFirst), MEMORY),
  createMutant("waits for what it is going to refuse", connecting(RefusingWhatHasCome), MEMORY, NO_WORDS),
  createMutant("takes words in one piece only", TakingWordsInOnePiece, OPENS_WITH_WORD),
  createMutant("does not say which word it was", connecting(HidingWords), OPENS_WITH_WORD),
  createMutant("answers words in frames", connecting(AnsweringWordsInFrames), WRITES_TEXT),
  createMutant("reads frames behind a word", connecting(ReadingBehindWords), RECEIVES_NOTHING),
  createMutant("finds words anywhere", connecting(FindingWordsAnywhere), CARRIES_FRAMES),
  createMutant("knows words that nobody has listed", KnowingWordsByHeart, NO_WORDS),
  createMutant("does not say who is at the other end", NotSayingWhoItIs, SETTLED),
  createMutant("lets strangers in", LettingStrangersIn, STRANGER_DIALS),
  createMutant("keeps strangers to itself", KeepingStrangersToItself, STRANGER_DIALS),
  createMutant("calls strangers closed", CallingStrangersClosed, STRANGER_DIALS),
  createMutant("does not tell strangers", NotTellingStrangers, STRANGER_DIALS),
  createMutant("calls strangers whom it dials unreachable", CallingStrangersUnreachable, STRANGER_DIALLED),
  createMutant("believes anybody whom it dials", BelievingAnybody, STRANGER_DIALLED),
];
