import type { ChatLine, Commit, FromBrowserEvents } from '../wire.gen'

type Numbered = {
  [E in keyof FromBrowserEvents]: 'n' extends keyof FromBrowserEvents[E] ? E : never
}[keyof FromBrowserEvents]

/** A numbered command, before it got its number. */
export type Command = {
  [E in Numbered]: { readonly event: E; readonly payload: Omit<FromBrowserEvents[E], 'n'> }
}[Numbered]

const ORDERS: ReadonlySet<Command['event']> = new Set([
  'mute_member',
  'mute_all',
  'remove_member',
  'ban_member',
  'remove_burst',
  'step_out',
  'block_member',
])

/** Whether the command takes somebody's voice or hearing away: that cannot wait behind others. */
export function isOrder({ event, payload }: Command): boolean {
  return ORDERS.has(event) || (event === 'set_freeze' && payload.on)
}

/** A command on its way. One that was accepted stays until its effect is in the replica, so that a line never blinks. */
export interface Queued {
  readonly n: number
  readonly command: Command
  /** The seq at which the server carried it out; 0 while that is not known. */
  readonly acceptedSeq: number
}

/** Own commands in order. Each is carried out in its turn; a retry repeats number and payload. */
export interface Outbox {
  readonly lastN: number
  readonly queued: readonly Queued[]
}

export const EMPTY_OUTBOX: Outbox = { lastN: 0, queued: [] }

export function addCommand(outbox: Outbox, command: Command): Outbox {
  const n = outbox.lastN + 1
  return { lastN: n, queued: [...outbox.queued, { n, command, acceptedSeq: 0 }] }
}

/** Take a command out: it was carried out, or refused for good. */
export function removeCommand(outbox: Outbox, n: number): Outbox {
  return { ...outbox, queued: outbox.queued.filter((one) => one.n !== n) }
}

/** The next command to send, or null. */
export function firstUnsent(outbox: Outbox): Queued | null {
  return outbox.queued.find((one) => one.acceptedSeq === 0) ?? null
}

export function acceptCommand(outbox: Outbox, n: number, seq: number): Outbox {
  const queued = outbox.queued.map((one) => (one.n === n ? { ...one, acceptedSeq: seq } : one))
  return { ...outbox, queued }
}

/** Drop what was accepted and is in the replica by now. */
export function settle(outbox: Outbox, replicaSeq: number): Outbox {
  return keep(outbox, (one) => one.acceptedSeq === 0 || one.acceptedSeq > replicaSeq)
}

/** Own commits confirm commands, also those whose answer was lost. */
export function confirmByCommits(outbox: Outbox, me: number, commits: readonly Commit[]): Outbox {
  const done = new Set(commits.filter((commit) => commit.by === me).map((commit) => commit.n))
  return keep(outbox, (one) => !done.has(one.n))
}

/** After coming back: everything up to the server's `last_n` was carried out; numbers go on from there. */
export function confirmThrough(outbox: Outbox, lastN: number): Outbox {
  const kept = keep(outbox, (one) => one.n > lastN)
  return { ...kept, lastN: Math.max(kept.lastN, lastN) }
}

/**
 * After a new seat: the numbers start again. Chat lines that the old seat is seen to have written are
 * done; what was meant for the old seat's microphone or for other people is dropped, since time has passed.
 */
export function renumber(outbox: Outbox, oldMember: number, chat: readonly ChatLine[]): Outbox {
  const seen = new Set(chat.filter((line) => line.member_id === oldMember).map((line) => line.n))
  const lines = outbox.queued.filter(
    (one) => one.command.event === 'post_chat' && one.acceptedSeq === 0 && !seen.has(one.n),
  )
  const queued = lines.map((one, index) => ({ n: index + 1, command: one.command, acceptedSeq: 0 }))
  return { lastN: queued.length, queued }
}

function keep(outbox: Outbox, wanted: (one: Queued) => boolean): Outbox {
  const queued = outbox.queued.filter(wanted)
  return queued.length === outbox.queued.length ? outbox : { ...outbox, queued }
}
