import type { Heard, OpenWire, Wire, WireListener } from '../src/net/wire'
import type {
  Answer,
  Commit,
  Fact,
  FromBrowserEvents,
  Joined,
  Member,
  Resumed,
  Room,
  Rules,
  Watch,
} from '../src/wire.gen'

/** What the page asked on a wire, waiting for the test to answer it. */
export interface Asked {
  readonly event: keyof FromBrowserEvents
  readonly payload: Record<string, unknown>
  answer(answer: Answer): Promise<void>
  fail(): Promise<void>
}

/** One wire with the server's end in the test's hands. */
export class FakeWire implements Wire {
  readonly asked: Asked[] = []
  isClosed = false

  constructor(
    readonly listener: WireListener,
    readonly url = '',
    readonly goesOn = false,
  ) {}

  ask<E extends keyof FromBrowserEvents>(event: E, payload: FromBrowserEvents[E]): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.asked.push({
        event,
        payload: { ...payload },
        answer: async (answer) => {
          resolve(answer)
          await settled()
        },
        fail: async () => {
          reject(new Error('no answer'))
          await settled()
        },
      })
    })
  }

  close(): void {
    this.isClosed = true
  }

  hear(heard: Heard): void {
    this.listener.heard(heard)
  }

  /** The last thing asked. */
  get last(): Asked {
    const asked = this.asked.at(-1)
    if (asked === undefined) throw new Error('nothing was asked')
    return asked
  }
}

/** All wires that were opened, newest last. */
export class FakeServer {
  readonly wires: FakeWire[] = []

  readonly open: OpenWire = (listener, url) => {
    const wire = new FakeWire(listener, url, url === undefined)
    this.wires.push(wire)
    return wire
  }

  get wire(): FakeWire {
    const wire = this.wires.at(-1)
    if (wire === undefined) throw new Error('no wire was opened')
    return wire
  }
}

/** Let everything that waits for a promise run. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
}

export const ME = 7
export const OTHER = 9

export function member(change: Partial<Member> = {}): Member {
  return {
    member_id: ME,
    name: 'Maya',
    role: 'member',
    mutes: { by_self: true, by_host: false },
    joined_ms: 1,
    stranded_ms: 0,
    wrote_ms: 0,
    is_new: false,
    probation_ms: 0,
    was: [],
    ...change,
  }
}

const RULES: Rules = {
  door: 'open',
  probation_ms: 0,
  reserve_ms: 300_000,
  closes_share: false,
  holds_contacts: false,
  has_private: false,
  locks_alone: false,
  has_reactions: true,
}

const WATCH: Watch = {
  was_led: false,
  lost_ms: 0,
  asked: 0,
  asked_ms: 0,
  passed: [],
  is_safe: false,
  floor: 'open',
}

export function room(change: Partial<Room> = {}): Room {
  const members = { [ME]: member(), [OTHER]: member({ member_id: OTHER, name: 'Tom' }) }
  return {
    slug: 'talk',
    title: 'Talk',
    about: '',
    meeting_id: 'm',
    opened_ms: 0,
    members,
    chat: [],
    floor: { mode: 'open', limit_ms: 180_000, share: null, hands: [], shared: [] },
    order: { is_locked: false, is_frozen: false, chat: 'everyone', slow_ms: 0 },
    phase: 'on',
    starts_ms: 0,
    ends_ms: 0,
    rules: RULES,
    watch: WATCH,
    on_duty: [],
    reading: null,
    guests: [],
    held: [],
    blocks: [],
    burst: [],
    reports: [],
    proposals: [],
    sheet: null,
    bans: [],
    captions: [],
    reactions: { thanks: 0, with_you: 0, welcome: 0, applause: 0, at_ms: 0 },
    ...change,
  }
}

export function commit(seq: number, fact: Fact, change: Partial<Commit> = {}): Commit {
  return { seq, at_ms: seq, by: 0, n: 0, fact, ...change }
}

export function posted(seq: number, text: string, by = OTHER, n = 1): Commit {
  return commit(seq, { type: 'chat_posted', member_id: by, n, name: 'Tom', text, held_seq: 0 }, { by, n })
}

export function joined(seq = 10, change: Partial<Joined> = {}): Joined {
  return {
    type: 'joined',
    member_id: ME,
    ticket: 'first',
    sync: { type: 'snapshot', revision: { epoch: 1, seq }, room: room() },
    offer: { peer_id: 'p1', sdp: '' },
    now_ms: 0,
    ...change,
  }
}

export function resumed(change: Partial<Resumed> = {}): Resumed {
  return {
    type: 'resumed',
    member_id: ME,
    ticket: 'second',
    last_n: 0,
    sync: { type: 'commits', epoch: 1, commits: [] },
    peer_id: 'p1',
    now_ms: 0,
    ...change,
  }
}
