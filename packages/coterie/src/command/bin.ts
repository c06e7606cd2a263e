#!/usr/bin/env node
import { main } from "./main.ts";
import { createProcessSurroundings } from "./surroundings.ts";

void main(process.argv.slice(2), createProcessSurroundings()).then((code) => {
  process.exitCode = code;
});
