// node --import this file: the process is of the build that CHAOS_BUILD names.
import { register } from "node:module";

register("./hooks.mjs", import.meta.url, { data: process.env["CHAOS_BUILD"] });
