import type { AclEntry, Command, CreateOp, MultiOp } from "./command.ts";

/** One line a command: its number, its session, its kind and what it says; for the report of a failing sequence. */
export function describeSequence(commands: readonly Command[]): string {
  return commands.map((command, index) => `#${index} ${describeCommand(command)}`).join("\n");
}

export function describeCommand(command: Command): string {
  switch (command.kind) {
    case "reap":
      return "leader reap";
    case "advanceTime":
      return `clock +${command.ms}ms`;
    case "multi":
      return `s${command.session} multi [${command.ops.map(describeOp).join("; ")}]`;
    case "create":
    case "delete":
    case "setData":
      return `s${command.session} ${describeOp(command)}`;
    case "setAcl": {
      const version = describeVersion(command.version);
      return `s${command.session} setAcl ${quote(command.path)} v${version} acl=${describeAcl(command.acl)}`;
    }
    default: {
      const { session, kind, ...rest } = command;
      const words = Object.entries(rest).map(([name, value]) => `${name}=${describeValue(value)}`);
      return [`s${session}`, kind, ...words].join(" ");
    }
  }
}

function describeOp(op: MultiOp): string {
  const at = `${op.kind === "create" ? op.opcode : op.kind} ${quote(op.path)}`;
  switch (op.kind) {
    case "create":
      return `${at} ${describeCreate(op)}`;
    case "setData":
      return `${at} v${describeVersion(op.version)} data=${describeData(op.data)}`;
    case "delete":
    case "check":
      return `${at} v${describeVersion(op.version)}`;
  }
}

function describeCreate({ flags, ttlMs, opcode, data, acl }: CreateOp): string {
  const ttl = opcode === "createTTL" ? ` ttl=${ttlMs}ms` : "";
  return `flags=${flags}${ttl} data=${describeData(data)} acl=${describeAcl(acl)}`;
}

function describeVersion(version: number | { readonly offset: number }): string {
  if (typeof version === "number") return String(version);
  return version.offset < 0 ? `(current${version.offset})` : `(current+${version.offset})`;
}

function describeData(data: Uint8Array | null): string {
  return data === null ? "null" : `${data.length}B:${[...data.subarray(0, 12)].map(hexByte).join("")}`;
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

function describeAcl(acl: readonly AclEntry[] | null): string {
  return acl === null ? "null" : `[${acl.map(({ perms, scheme, id }) => `${scheme}:${id}:${perms}`).join(", ")}]`;
}

/** JSON with everything outside printable ASCII escaped, so that no unit hides in the report. */
function quote(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function describeValue(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (value instanceof Uint8Array) return describeData(value);
  if (Array.isArray(value)) return `[${value.map(describeValue).join(", ")}]`;
  if (value !== null && typeof value === "object") {
    const words = Object.entries(value).map(([name, item]) => `${name}=${describeValue(item)}`);
    return `{${words.join(" ")}}`;
  }
  return String(value);
}
