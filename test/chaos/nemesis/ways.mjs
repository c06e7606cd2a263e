import { Line } from "./line.mjs";

/** Every way on which somebody reaches a peer: those from one peer to another, and those of clients outside. */
export class Ways {
  /** By "dialler-target". @type {Map<string, Line>} */
  lines = new Map();
  /** In front of each peer's port for ZooKeeper clients. @type {Map<number, Line>} */
  clientLines = new Map();
  /** Where each line begins. @type {Map<Line, string>} */
  #addresses = new Map();

  /** @param {{ ids: readonly number[], peerPortOf: (id: number) => number, clientPortOf: (id: number) => number }} peers @param {import("./draw.mjs").Random} random */
  async open({ ids, peerPortOf, clientPortOf }, random) {
    for (const to of ids) {
      for (const from of ids.filter((id) => id !== to)) {
        this.lines.set(`${from}-${to}`, await this.#lineTo(peerPortOf(to), random.fork(`line ${from}-${to}`)));
      }
      this.clientLines.set(to, await this.#lineTo(clientPortOf(to), random.fork(`clients of ${to}`)));
    }
  }

  /** @param {number} port @param {import("./draw.mjs").Random} random */
  async #lineTo(port, random) {
    const line = new Line(port, random);
    this.#addresses.set(line, `127.0.0.1:${await line.listen()}`);
    return line;
  }

  /** Where `from` finds `to`. @param {number} from @param {number} to */
  addressOf(from, to) {
    const line = this.lines.get(`${from}-${to}`);
    return line === undefined ? undefined : this.#addresses.get(line);
  }

  /** Where clients outside find the ensemble. */
  get connectString() {
    return [...this.clientLines.values()].map((line) => this.#addresses.get(line)).join(",");
  }

  close() {
    for (const line of this.#addresses.keys()) line.close();
  }
}
