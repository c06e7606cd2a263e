import { longLineOf } from "./connection-lines.ts";
import { dumpLines } from "./dump-lines.ts";
import { environmentLines } from "./environment-lines.ts";
import { monitorLines } from "./monitor-lines.ts";
import { serverLines } from "./server-lines.ts";
import { watchesByPathLines, watchesBySessionLines, watchSummaryLines } from "./watch-lines.ts";
import type { WordServer } from "./word-server.ts";

const NOT_SERVING = "This ZooKeeper instance is not currently serving requests\n";

/** Those that say something of a peer that does not serve, too. */
const ALWAYS_ANSWERED: ReadonlySet<string> = new Set(["ruok", "isro", "envi"]);

const ANSWERS: Readonly<Record<string, (server: WordServer) => string>> = {
  ruok: () => "imok",
  srvr: (server) => serverLines(server, false),
  stat: (server) => serverLines(server, true),
  mntr: monitorLines,
  conf: ({ facts }) => facts.configuration(),
  cons: ({ connections, clock }) => `${[...connections].map((one) => longLineOf(one, clock)).join("")}\n`,
  envi: environmentLines,
  isro: ({ serving }) => (serving.isServing ? "rw" : "null"),
  dirs: ({ facts }) => {
    const { dataSizeBytes, logSizeBytes } = facts.directorySizes();
    return `datadir_size: ${dataSizeBytes}\nlogdir_size: ${logSizeBytes}\n`;
  },
  wchs: watchSummaryLines,
  wchc: watchesBySessionLines,
  wchp: watchesByPathLines,
  dump: dumpLines,
  crst: ({ connections }) => {
    for (const connection of connections) connection.served?.traffic.reset();
    return "Connection stats reset.\n";
  },
  srst: ({ serving }) => {
    serving.traffic.reset();
    return "Server stats reset.\n";
  },
};

/** The words that are recognised; which are answered is the port's option. */
export const FOUR_LETTER_WORDS: readonly string[] = Object.freeze(Object.keys(ANSWERS));

/** The text that answers one of `FOUR_LETTER_WORDS` (operations 1). */
export function answerWord(word: string, server: WordServer): string {
  if (!server.serving.isServing && !ALWAYS_ANSWERED.has(word)) return NOT_SERVING;
  return ANSWERS[word]!(server);
}
