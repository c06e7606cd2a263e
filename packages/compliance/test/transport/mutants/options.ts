import {
  type Connection,
  type ConnectionHandler,
  type ConnectionOptions,
  CoterieError,
  type Listener,
  type ListenHandler,
  type ListenOptions,
} from "@coterie/interface";
import { createMutant, type Mutant } from "../support/mutant.ts";
import { afterRounds, TamperedTransport } from "../support/tampering.ts";

const LISTEN_RULE = "`listen` rejects with `BAD_ARGUMENTS` for an option that is none; the message names it";
const DIAL_RULE = "`dial` throws `BAD_ARGUMENTS` for an option that is none; the message names it";
const DEFAULTS: ConnectionOptions = { frameSizeMaxBytes: 1000, sendQueueTargetBytes: 1000 };

function isNone(error: unknown): error is CoterieError {
  return error instanceof CoterieError && error.code === "BAD_ARGUMENTS";
}

class ListeningAnyhow extends TamperedTransport {
  override async listen(address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener> {
    try {
      return await super.listen(address, handler, options);
    } catch (error) {
      if (!isNone(error)) throw error;
      return super.listen(address, handler, DEFAULTS);
    }
  }
}

/** It looks when it listens already. */
class ListeningBeforeItLooks extends TamperedTransport {
  override async listen(address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener> {
    try {
      return await super.listen(address, handler, options);
    } catch (error) {
      if (isNone(error)) await super.listen(address, handler, DEFAULTS);
      throw error;
    }
  }
}

class DiallingAnyhow extends TamperedTransport {
  override dial(address: string, handler: ConnectionHandler, options: ConnectionOptions): Connection {
    try {
      return super.dial(address, handler, options);
    } catch (error) {
      if (!isNone(error)) throw error;
      return super.dial(address, handler, DEFAULTS);
    }
  }
}

/** It throws, and tells the handler as well. */
class ThrowingAndTelling extends TamperedTransport {
  override dial(address: string, handler: ConnectionHandler, options: ConnectionOptions): Connection {
    try {
      return super.dial(address, handler, options);
    } catch (error) {
      if (isNone(error)) afterRounds(1, () => handler.closed(error));
      throw error;
    }
  }
}

class NotNamingOptions extends TamperedTransport {
  override async listen(address: string, handler: ListenHandler, options: ListenOptions): Promise<Listener> {
    try {
      return await super.listen(address, handler, options);
    } catch (error) {
      throw isNone(error) ? new CoterieError("BAD_ARGUMENTS") : error;
    }
  }
  override dial(address: string, handler: ConnectionHandler, options: ConnectionOptions): Connection {
    try {
      return super.dial(address, handler, options);
    } catch (error) {
      throw isNone(error) ? new CoterieError("BAD_ARGUMENTS") : error;
    }
  }
}

export const OPTION_MUTANTS: readonly Mutant[] = [
  createMutant({ name: "listens with any options", Transport: ListeningAnyhow, fails: [LISTEN_RULE] }),
  createMutant({
    name: "listens before it looks at the options",
    Transport: ListeningBeforeItLooks,
    fails: [LISTEN_RULE],
  }),
  createMutant({ name: "dials with any options", Transport: DiallingAnyhow, fails: [DIAL_RULE] }),
  createMutant({
    name: "throws for an option and tells the handler, too",
    Transport: ThrowingAndTelling,
    fails: [DIAL_RULE],
  }),
  createMutant({
    name: "does not say which option is none",
    Transport: NotNamingOptions,
    fails: [LISTEN_RULE, DIAL_RULE],
  }),
];
