import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import type { Readable } from "node:stream";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOMS } from "../tidy/rooms.ts";
import { createProject, type PackedPackage, packAll, root, runNode, writeFiles } from "./install-packed.mjs";
import { checkTypes, createFolder, readManifest } from "./packed.ts";

// Goal: what a stranger gets from the registry works, not only what stands in this repository.
// Method: pack as publishing would, install the tarballs with npm in an empty project, use them there.

const published = ROOMS.filter((room) => !room.private && existsSync(join(root, "packages", room.name)));
const nameOf = (folder: string): string => (folder === "coterie" ? folder : `@coterie/${folder}`);
const names = published.map((room) => nameOf(room.name));
const pureNames = published.filter((room) => room.pure).map((room) => nameOf(room.name));

/** A package like any other, one with a subpath, and one with a command: the manifests of the rest are of the first form. */
const OF_EACH_FORM = ["@coterie/interface", "@coterie/transport-tcp", "coterie"];
const isLookedAt = (name: string): boolean => process.env["COTERIE_TEST_LONG"] === "1" || OF_EACH_FORM.includes(name);

const NODENEXT = { module: "nodenext", moduleResolution: "nodenext" };
const BUNDLER = { module: "esnext", moduleResolution: "bundler" };
const NODE_TYPES = { types: ["node"], typeRoots: [join(root, "node_modules/@types")] };

const folder = createFolder();
const project = join(folder, "project");
let packages: readonly PackedPackage[] = [];

beforeAll(async () => {
  packages = await packAll(
    folder,
    published.map((room) => room.name),
  );
  await createProject(project, packages);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

function packed(name: string): PackedPackage {
  const found = packages.find((one) => one.name === name);
  if (found === undefined) throw new Error(`${name} was not packed`);
  return found;
}

function commandFile(): string {
  const { bin } = readManifest(join(project, "node_modules/coterie"));
  return join(project, "node_modules/coterie", (bin as Readonly<Record<string, string>>)["coterie"] ?? "");
}

describe("the packed packages", () => {
  it("are those of the dependency table that exist and are not private", () => {
    expect(packages.map((one) => one.name).sort()).toEqual([...names].sort());
  });

  it.each(names)("%s holds its build, its sources and its license, and nothing else", (name) => {
    const { files } = packed(name);
    const expected = files
      .filter((file) => file.startsWith("src/"))
      .flatMap((source) => {
        const output = source.replace(/^src\//, "dist/").replace(/\.ts$/, "");
        return [source, ...[".js", ".js.map", ".d.ts", ".d.ts.map"].map((suffix) => output + suffix)];
      });
    expect(expected).toContain("dist/index.js");
    const surroundings = ["LICENSE", "package.json", ...(files.includes("README.md") ? ["README.md"] : [])];
    const bundle =
      name === "coterie" ? ["coterie.cjs", "command.cjs", "licenses.txt"].map((file) => `dist/bundle/${file}`) : [];
    expect(files).toEqual([...expected, ...bundle, ...surroundings].sort());
  });

  it.each(names)("%s has source maps that lead to its sources", (name) => {
    const { files } = packed(name);
    const maps = files.filter((file) => file.endsWith(".map"));
    const sources = maps.flatMap((map) => {
      const text = readFileSync(join(project, "node_modules", name, map), "utf8");
      const parsed = JSON.parse(text) as { sources: string[] };
      return parsed.sources.map((source) => posix.join(posix.dirname(map), source));
    });
    expect(sources.filter((source) => !files.includes(source))).toEqual([]);
    expect(sources.length).toBe(maps.length);
  });

  it.each(names)("%s depends on exact versions of its siblings", (name) => {
    const manifest = readManifest(join(project, "node_modules", name));
    const siblings = Object.entries((manifest["dependencies"] ?? {}) as Record<string, string>).filter(([dependency]) =>
      names.includes(dependency),
    );
    expect(siblings.filter(([, version]) => version !== manifest["version"])).toEqual([]);
  });

  it.each(names)("%s has nothing that publint objects to", async (name) => {
    const bytes = readFileSync(packed(name).tarball);
    const tarball = new Uint8Array(bytes).buffer;
    const { messages } = await publint({ pack: { tarball }, level: "suggestion", strict: true });
    expect(messages).toEqual([]);
  });

  it.each(names.filter(isLookedAt))("%s has types that resolve in every mode of Node.js and bundlers", async (name) => {
    expect(await areTheTypesWrong(packed(name).tarball)).toMatchObject({ code: 0 });
  });
});

describe("an empty project with the packed packages", () => {
  it("runs a program that imports them", async () => {
    const bindings = names.map((name, index) => `import * as package${index} from "${name}";`);
    writeFiles(project, { "program.mjs": [...bindings, programBody()].join("\n") });
    expect(await runNode("program.mjs", [], project)).toEqual({ code: 0, output: PROGRAM_OUTPUT });
  });

  it("runs the command, which finds native code where it is installed, and shows whose code is in it", async () => {
    const store = join(folder, "store");
    cpSync(join(root, "packages/storage-classic-level/test/fixtures/format-1"), store, { recursive: true });
    const command = commandFile();
    const { code, output } = await runNode(command, ["doctor", store], project);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining("Nothing is wrong with it.") });
    const notices = readFileSync(join(dirname(command), "licenses.txt"), "utf8");
    expect([...notices.matchAll(/^([a-z-]+) [\d.]+ \(MIT\)$/gm)].map(([, name]) => name)).toContain("memory-level");
  });

  it("runs the command with another version of what its native code belongs to", async () => {
    const command = commandFile();
    const installed = join(project, "node_modules/classic-level");
    const program = readFileSync(join(installed, "index.js"), "utf8");
    const manifest = readFileSync(join(installed, "package.json"), "utf8");
    const store = join(folder, "store-of-another");
    cpSync(join(root, "packages/storage-classic-level/test/fixtures/format-1"), store, { recursive: true });
    try {
      writeFiles(installed, { "index.js": `console.log("the installed one");\n${program}` });
      const same = await runNode(command, ["doctor", store], project);
      expect([same.code, same.output.includes("the installed one")]).toEqual([0, false]);
      writeFiles(installed, { "package.json": JSON.stringify({ ...JSON.parse(manifest), version: "3.99.0" }) });
      const other = await runNode(command, ["doctor", store], project);
      expect([other.code, other.output.includes("the installed one")]).toEqual([0, true]);
    } finally {
      writeFiles(installed, { "index.js": program, "package.json": manifest });
    }
  });

  it("keeps the command's compiled code beside it once a peer has run, and nothing of what only looks", async () => {
    const command = commandFile();
    const kept = (): string[] => readdirSync(dirname(command)).filter((file) => file.endsWith(".cache"));
    expect(kept()).toEqual([]);
    for (const _ of ["first", "second"]) {
      const child = spawn(process.execPath, [command, "serve", "--memory", "--client-port", "0"]);
      await untilWritten(child.stdout, "may connect");
      child.kill("SIGTERM");
      expect(await once(child, "exit")).toEqual([0, null]);
      expect(kept()).toEqual([`compiled-${process.platform}-${process.arch}-${process.version}.cache`]);
    }
  });

  it("runs a program that requires them", async () => {
    const bindings = names.map((name, index) => `const package${index} = require("${name}");`);
    writeFiles(project, { "program.cjs": [...bindings, programBody()].join("\n") });
    expect(await runNode("program.cjs", [], project)).toEqual({ code: 0, output: PROGRAM_OUTPUT });
  });

  it.each([
    ["nodenext", "types.mts", NODENEXT],
    ["bundler", "types.ts", BUNDLER],
  ])("type-checks all of them under %s with @types/node", async (_, file, options) => {
    writeFiles(project, { [file]: typesProgram(names, "import") });
    expect(await checkTypes(project, file, { ...options, ...NODE_TYPES })).toEqual({ code: 0, output: "" });
  });

  it.each([
    ["nodenext", "pure.mts", NODENEXT],
    ["bundler", "pure.ts", BUNDLER],
  ])("type-checks the [pure] packages under %s with no ambient types", async (_, file, options) => {
    writeFiles(project, { [file]: typesProgram(pureNames, "import") });
    expect(await checkTypes(project, file, options)).toEqual({ code: 0, output: "" });
  });

  it("type-checks a CommonJS program under nodenext", async () => {
    writeFiles(project, { "types.cts": typesProgram(names, "require") });
    expect(await checkTypes(project, "types.cts", { ...NODENEXT, ...NODE_TYPES })).toEqual({ code: 0, output: "" });
  });
});

// The tools above only count if they can object.
describe("the checks", () => {
  it("object to a program that uses the types wrongly", async () => {
    writeFiles(project, { "wrong.mts": 'import { createZxid } from "@coterie/interface";\ncreateZxid("1", 2);\n' });
    const { code, output } = await checkTypes(project, "wrong.mts", NODENEXT);
    expect(code).not.toBe(0);
    expect(output).toContain("wrong.mts(2,12): error TS2345");
  });

  it("object to declarations that need ambient types", async () => {
    writeFiles(join(project, "node_modules/impure"), {
      "package.json": '{ "name": "impure", "version": "1.0.0", "type": "module", "exports": "./index.js" }',
      "index.js": "export {};",
      "index.d.ts": "export declare const bytes: Buffer;",
    });
    writeFiles(project, { "impure.mts": typesProgram(["impure"], "import") });
    expect((await checkTypes(project, "impure.mts", NODENEXT)).output).toContain("Cannot find name 'Buffer'");
    expect(await checkTypes(project, "impure.mts", { ...NODENEXT, ...NODE_TYPES })).toEqual({ code: 0, output: "" });
  });

  it("object to a package whose exports are wrong", async () => {
    const broken = join(folder, "broken");
    const manifest = { name: "broken", version: "1.0.0", type: "module", files: ["*"] };
    // Types of a CommonJS module for an ES module, and a subpath without a file.
    const exports = { ".": { types: "./index.d.cts", default: "./index.js" }, "./gone": "./gone.js" };
    writeFiles(broken, {
      "package.json": JSON.stringify({ ...manifest, exports }),
      "index.js": "export const one = 1;",
      "index.d.cts": "export declare const one: number;",
    });
    const { code } = await runNode(join(root, "scripts/npm.mjs"), ["pack", "--silent"], broken);
    expect(code).toBe(0);
    const tarball = join(broken, "broken-1.0.0.tgz");
    const { messages } = await publint({ pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer } });
    expect(messages.map((message) => message.code)).toContain("FILE_DOES_NOT_EXIST");
    expect(await areTheTypesWrong(tarball)).not.toMatchObject({ code: 0 });
  });
});

async function untilWritten(stream: Readable, text: string): Promise<void> {
  let written = "";
  await new Promise<void>((resolve, reject) => {
    stream.on("data", (chunk) => {
      written += String(chunk);
      if (written.includes(text)) resolve();
    });
    stream.on("end", () => reject(new Error(`it has ended, and said: ${written}`)));
  });
}

/** ESM only: the resolutions of Node.js 10 and of `require` before it took modules are not supported. */
function areTheTypesWrong(tarball: string): ReturnType<typeof runNode> {
  const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
  return runNode(attw, [tarball, "--profile=esm-only", "--format=ascii", "--no-emoji", "--no-color"], dirname(tarball));
}

const PROGRAM_OUTPUT = `0x100000001 7 /a ["NodeCreated"] 1,2 ${names.length}\n`;

/** Sends a request's header through a stream, creates a watched znode, and counts the packages that export anything. */
function programBody(): string {
  const binding = (name: string): string => `package${names.indexOf(name)}`;
  return `
const { createZxid, formatZxid, SESSION_NONE } = ${binding("@coterie/interface")};
const protocol = ${binding("@coterie/protocol")};
const { createStateMachine } = ${binding("@coterie/core")};

const writer = new protocol.JuteWriter();
const frameStart = protocol.beginFrame(writer);
protocol.writeRequestHeader(writer, { xid: 7, type: 1 });
protocol.endFrame(writer, frameStart);
const splitter = protocol.createFrameSplitter();
splitter.push(writer.copy());
const { xid } = protocol.readRequestHeader(new protocol.JuteReader(splitter.next()));

const machine = createStateMachine();
const zxid = createZxid(1, 1);
const reader = { sessionId: SESSION_NONE, identities: [], watcher: machine.openWatcher([]) };
machine.read({ kind: "exists", path: "/a", watch: true }, reader);
const acl = [{ perms: 31, scheme: "world", id: "anyone" }];
const create = { kind: "create", path: "/a", data: Uint8Array.of(1, 2), acl, flags: 0 };
const context = { zxid, timeMs: 1, sessionId: SESSION_NONE, cxid: xid, identities: [] };
const { outcome, events } = machine.apply(zxid, machine.prepare(create, context));
const { data } = machine.read({ kind: "getData", path: "/a", watch: false }, reader);

const useful = [${names.map(binding).join(", ")}].filter((exported) => Object.keys(exported).length > 0);
const kinds = JSON.stringify(events.map((event) => event.kind));
console.log(formatZxid(zxid), xid, outcome.path, kinds, String(data), useful.length);
`;
}

/** Names every package's exports in a type, so that all of their declarations are loaded and checked. */
function typesProgram(packageNames: readonly string[], style: "import" | "require"): string {
  const lines = packageNames.map((name, index) => {
    const binding =
      style === "import" ? `import * as p${index} from "${name}";` : `import p${index} = require("${name}");`;
    return `${binding}\nexport const exports${index}: readonly (keyof typeof p${index})[] = [];`;
  });
  return `${lines.join("\n")}\n`;
}
