import { type Command, type CommandDefaults, parseCommand } from "../../run/command-line.ts";
import { drawLevelB } from "../world/level-b-options.ts";

const OVERRIDE = /^[A-Za-z][\w.-]*=(?:0|[1-9]\d*)$/;

/** What `npm run sim -- --level b` is asked to do, without these two words: the rest is said as for level A. */
export function parseLevelBCommand(args: readonly string[], defaults: CommandDefaults): Command {
  if (args.includes("--shrink")) return { kind: "mistake", text: "--shrink is for level A: leave it out" };
  const isOverride = (arg: string): boolean => OVERRIDE.test(arg);
  const command = parseCommand(
    args.filter((arg) => !isOverride(arg)),
    defaults,
  );
  if (command.kind === "help" || command.kind === "mistake") return command;
  const overrides = Object.fromEntries(
    args.filter(isOverride).map((arg) => {
      const [path, value] = arg.split("=");
      return [path!, Number(value)];
    }),
  );
  try {
    drawLevelB(0, overrides);
  } catch (error) {
    if (error instanceof RangeError) return { kind: "mistake", text: error.message };
    throw error;
  }
  return { ...command, overrides };
}
