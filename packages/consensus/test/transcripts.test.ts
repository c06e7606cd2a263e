import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runTranscript } from "./support/transcript.ts";

const folder = fileURLToPath(new URL("transcripts/", import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith(".txt"));
const isUpdate = process.env["UPDATE_TRANSCRIPTS"] === "1";

it("there are transcripts", () => {
  expect(names.length).toBeGreaterThan(15);
});

it.each(names)("%s", (name) => {
  const text = readFileSync(folder + name, "utf8");
  const played = runTranscript(text);
  if (isUpdate) writeFileSync(folder + name, played);
  else expect(played).toBe(text);
});

it("a transcript that says something else is noticed", () => {
  const text = "ensemble 1 2 3\nstart 1 2 3\nsettle\ntick 1\n----\nok\n";
  expect(runTranscript(text)).not.toBe(text);
  expect(runTranscript(runTranscript(text))).toBe(runTranscript(text));
});
