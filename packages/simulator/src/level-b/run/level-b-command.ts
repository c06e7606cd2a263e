import { type Command, type CommandDefaults, parseCommand } from "../../run/command-line.ts";
import { drawLevelB, LEVEL_B_WORKLOADS, type LevelBWorkloadName } from "../world/level-b-options.ts";

const OVERRIDE = /^[A-Za-z][\w.-]*=(?:0|[1-9]\d*)$/;

export type LevelBCommand =
  | Extract<Command, { kind: "help" | "mistake" }>
  | (Extract<Command, { kind: "one" | "many" }> & { readonly workload: LevelBWorkloadName });

/** What `npm run sim -- --level b` is asked to do, without these two words: the rest is said as for level A. */
export function parseLevelBCommand(given: readonly string[], defaults: CommandDefaults): LevelBCommand {
  const args = [...given];
  const at = args.indexOf("--workload");
  const [, name = "without a value"] = at < 0 ? ["--workload", "calls"] : args.splice(at, 2);
  const workload = LEVEL_B_WORKLOADS.find((each) => each === name);
  if (workload === undefined) {
    return { kind: "mistake", text: `--workload ${name}: say --workload and one of ${LEVEL_B_WORKLOADS.join(", ")}` };
  }
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
    drawLevelB(0, overrides, workload);
  } catch (error) {
    if (error instanceof RangeError) return { kind: "mistake", text: error.message };
    throw error;
  }
  return { ...command, workload, overrides };
}
