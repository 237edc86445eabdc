import type { Commit, Room, Sync } from '../wire.gen'
import { changeRoom } from './room'

/** What this page knows of the room, where it stands, and what came too early to be applied. */
export interface Replica {
  readonly epoch: number
  readonly seq: number
  readonly room: Room | null
  readonly held: readonly Commit[]
}

/** The replica after something arrived, and which commits took effect, in order. */
export interface Step {
  readonly replica: Replica
  readonly applied: readonly Commit[]
  /** Something is missing: ask the server for what came after the replica's revision. */
  readonly hasHole: boolean
  /** What was known was thrown away for a snapshot of another epoch: see `losesLines`. */
  readonly wasReset: boolean
}

/** Commits held while a hole is being closed; beyond this the answer to `catch_up` brings them anyway. */
const HELD_MAX = 1_000

export const EMPTY_REPLICA: Replica = { epoch: 0, seq: 0, room: null, held: [] }

/** Take live commits: apply what follows, ignore what is old, hold what is early. */
export function receiveCommits(replica: Replica, epoch: number, commits: readonly Commit[]): Step {
  if (replica.room === null) return step({ ...replica, held: hold(replica.held, commits) }, [], false)
  if (epoch !== replica.epoch) return step(replica, [], true)
  return advance({ ...replica, held: hold(replica.held, commits) }, [])
}

/** Take the answer to join, resume or catch_up. */
export function receiveSync(replica: Replica, sync: Sync): Step {
  if (sync.type === 'commits') return receiveCommits(replica, sync.epoch, sync.commits)
  const { revision, room } = sync
  const sameEpoch = revision.epoch === replica.epoch
  if (sameEpoch && replica.room !== null && revision.seq < replica.seq) return advance(replica, [])
  const wasReset = replica.room !== null && !sameEpoch
  // Held commits of the old epoch have numbers that mean nothing in the new one.
  const held = replica.room === null || sameEpoch ? replica.held : []
  const next = advance({ epoch: revision.epoch, seq: revision.seq, room, held }, [])
  return { ...next, wasReset }
}

/** Whether lines that were shown are gone: after a reset the nodes mostly bring back all of them. */
export function losesLines(before: Room | null, after: Room | null): boolean {
  const kept = new Set(after?.chat.map((line) => `${line.seq} ${line.text}`))
  return before?.chat.some((line) => !kept.has(`${line.seq} ${line.text}`)) === true
}

function advance(start: Replica, before: readonly Commit[]): Step {
  const applied = [...before]
  let { seq, room } = start
  const held: Commit[] = []
  for (const commit of start.held) {
    if (commit.seq <= seq) continue
    if (commit.seq === seq + 1) {
      room = changeRoom(room, commit)
      seq = commit.seq
      applied.push(commit)
    } else {
      held.push(commit)
    }
  }
  return step({ epoch: start.epoch, seq, room, held }, applied, held.length > 0)
}

function hold(held: readonly Commit[], commits: readonly Commit[]): readonly Commit[] {
  const bySeq = new Map([...held, ...commits].map((commit) => [commit.seq, commit]))
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq).slice(0, HELD_MAX)
}

function step(replica: Replica, applied: readonly Commit[], hasHole: boolean): Step {
  return { replica, applied, hasHole, wasReset: false }
}
