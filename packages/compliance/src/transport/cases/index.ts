import type { TransportGroup } from "../world.ts";
import { BACKPRESSURE } from "./backpressure.ts";
import { BYTES } from "./bytes.ts";
import { DIALLING } from "./dialling.ts";
import { ENDING } from "./ending.ts";
import { FRAMES } from "./frames.ts";
import { HANDLERS } from "./handlers.ts";
import { IDENTITY } from "./identity.ts";
import { INDEPENDENCE } from "./independence.ts";
import { LIMITS } from "./limits.ts";
import { LISTENING } from "./listening.ts";
import { OPTION_CHECKS } from "./options.ts";
import { PAUSING } from "./pausing.ts";
import { STATES } from "./states.ts";
import { WORDS } from "./words.ts";

/** All that is checked, in the order in which an implementer had best make it work. */
export const TRANSPORT_GROUPS: readonly TransportGroup[] = [
  LISTENING,
  DIALLING,
  OPTION_CHECKS,
  FRAMES,
  BYTES,
  HANDLERS,
  ENDING,
  LIMITS,
  BACKPRESSURE,
  PAUSING,
  ...STATES,
  INDEPENDENCE,
  IDENTITY,
  WORDS,
];
