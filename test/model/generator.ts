import * as fc from "fast-check";
import type { Command } from "./command.ts";
import { describeSequence } from "./describe-sequence.ts";
import { INT32_EDGES, readArbitrary, writeArbitrary } from "./generator-commands.ts";
import { wellFormed } from "./generator-form.ts";
import { quotaPieceArbitrary, reapPieceArbitrary, watchPieceArbitrary } from "./generator-pieces.ts";
import { type GeneratorSettings, withDefaults } from "./generator-settings.ts";
import type { PokedFields, ReferenceOptions } from "./reference-tree.ts";

export type { GeneratorSettings } from "./generator-settings.ts";

/** Everything a run needs. Prints itself readably when a property fails. */
export interface Scenario {
  readonly options: Required<Pick<ReferenceOptions, "enforceQuota" | "extendedTypesEnabled" | "reapLimit">>;
  /** To be set on the initial tree before the first command. */
  readonly pokes: readonly { readonly path: string; readonly fields: PokedFields }[];
  readonly commands: readonly Command[];
}

/** Well-formed sequences: every session is opened by its first command, and no open one is opened again. */
export function sequenceArbitrary(given: GeneratorSettings = {}): fc.Arbitrary<readonly Command[]> {
  const settings = withDefaults(given);
  const one = (arbitrary: fc.Arbitrary<Command>): fc.Arbitrary<Command[]> => arbitrary.map((command) => [command]);
  const pieces = fc.array(
    fc.oneof(
      { weight: 20, arbitrary: one(writeArbitrary(settings)) },
      { weight: 8, arbitrary: one(readArbitrary(settings)) },
      { weight: 5, arbitrary: watchPieceArbitrary(settings) },
      { weight: 1, arbitrary: quotaPieceArbitrary(settings) },
      { weight: 1, arbitrary: reapPieceArbitrary(settings) },
    ),
    { minLength: 1, maxLength: settings.piecesMax, size: "max" },
  );
  return pieces.map((parts) => wellFormed(parts.flat(), settings));
}

const pokesArbitrary: fc.Arbitrary<Scenario["pokes"]> = fc.array(
  fc.record({
    path: fc.constantFrom("/", "/zookeeper", "/zookeeper/quota"),
    fields: fc.record({
      version: fc.constantFrom(...INT32_EDGES),
      cversion: fc.constantFrom(0x7fffffff, 0x7ffffffe, 0x40000000, -5),
      aversion: fc.constantFrom(...INT32_EDGES),
    }),
  }),
  { maxLength: 2 },
);

export function scenarioArbitrary(settings: GeneratorSettings = {}): fc.Arbitrary<Scenario> {
  const options = fc.record({
    extendedTypesEnabled: fc.constantFrom(true, true, true, false),
    enforceQuota: fc.constantFrom(true, true, false),
    reapLimit: fc.constantFrom(1000, 1000, 1),
  });
  const pokes = settings.withPokes === true ? pokesArbitrary : fc.constant<Scenario["pokes"]>([]);
  return fc.record({ options, pokes, commands: sequenceArbitrary(settings) }).map((scenario): Scenario => {
    const text = (): string =>
      `${JSON.stringify(scenario.options)} ${JSON.stringify(scenario.pokes)}\n${describeSequence(scenario.commands)}`;
    return Object.defineProperty({ ...scenario }, fc.toStringMethod, { value: text, enumerable: false });
  });
}
