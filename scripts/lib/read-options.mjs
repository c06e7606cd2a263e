import { parseArgs } from "node:util";

/** What was asked for cannot be done so; the message says why. */
export class UsageError extends Error {}

/**
 * Reads a command line, --help included. Whoever asks for help gets `usage`, and the process ends with 0; whoever is not understood is
 * told why beside it, and the process ends with 2.
 *
 * @template Read
 * @param {string} usage
 * @param {import("node:util").ParseArgsConfig} config of `parseArgs`
 * @param {(parsed: { values: Record<string, string>, positionals: string[] }) => Read} read throws a UsageError for a value that does not fit
 * @returns {Read}
 */
export function readOptions(usage, config, read) {
  try {
    const options = { ...config.options, help: { type: /** @type {const} */ ("boolean"), short: "h" } };
    const { values, positionals } = parseArgs({ ...config, options });
    if (values["help"] === true) {
      console.log(usage);
      process.exit(0);
    }
    return read({ values: /** @type {Record<string, string>} */ (values), positionals });
  } catch (error) {
    if (!isMistake(error)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    process.exit(2);
  }
}

/** @param {string} usage of a command that takes nothing else */
export function takeNoArguments(usage) {
  readOptions(usage, {}, () => undefined);
}

/**
 * @param {string} name
 * @param {string} text
 * @param {number} least
 * @param {number} most
 */
export function numberOf(name, text, least, most) {
  const value = Number(text);
  if (text === "" || !(value >= least && value <= most))
    throw new UsageError(`--${name} is ${text}, and has to be a number in ${least}..${most}`);
  return value;
}

/**
 * @template {string} Choice
 * @param {string} name
 * @param {string} text
 * @param {readonly Choice[]} choices
 * @returns {Choice}
 */
export function choiceOf(name, text, choices) {
  const choice = choices.find((each) => each === text);
  if (choice === undefined) throw new UsageError(`--${name} is ${text}, and has to be ${choices.join(" or ")}`);
  return choice;
}

/** @param {unknown} error @returns {error is Error} */
function isMistake(error) {
  if (error instanceof UsageError) return true;
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS_");
}
