/** Who handles events. `kind` is the target's own numbering. */
export interface EventTarget {
  handle(event: SimEvent): void;
}

/** Something that happens at a time. No closures: a target, a number and two arguments. */
export class SimEvent {
  readonly atUs: number;
  /** Of two events at one time, the one that was scheduled first comes first. */
  readonly order: number;
  readonly target: EventTarget;
  readonly kind: number;
  readonly subject: unknown;
  readonly detail: unknown;

  constructor(atUs: number, order: number, target: EventTarget, kind: number, subject: unknown, detail: unknown) {
    this.atUs = atUs;
    this.order = order;
    this.target = target;
    this.kind = kind;
    this.subject = subject;
    this.detail = detail;
  }
}

/** All that is going to happen, by (time, order of scheduling): a binary heap. */
export class EventQueue {
  private readonly heap: SimEvent[] = [];
  private orders = 0;

  get size(): number {
    return this.heap.length;
  }

  push(atUs: number, target: EventTarget, kind: number, subject: unknown, detail: unknown): void {
    const event = new SimEvent(atUs, this.orders++, target, kind, subject, detail);
    const { heap } = this;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent]!;
      if (above.atUs <= atUs) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  pop(): SimEvent | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (isBefore(last, heap[child]!)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(one: SimEvent, other: SimEvent): boolean {
  return one.atUs < other.atUs || (one.atUs === other.atUs && one.order < other.order);
}
