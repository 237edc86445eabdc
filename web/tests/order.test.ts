import { describe, expect, it } from 'vitest'
import { Undo } from '../src/pages/room/undo'
import { branches, burstNames, countBefore, knownName, saidBy } from '../src/state/door'
import { notices, UNDO_SHOWN_MS } from '../src/state/notices'
import { type Row, steadyRows } from '../src/state/steady'
import type { Commit, Guest, InviteShown, Room } from '../src/wire.gen'
import { ME, OTHER, room } from './fake_wire'
import { FINE } from './fine'

function rowsOf(...names: string[]): readonly Row<string>[] {
  return names.map((item) => ({ item, isGone: false }))
}

function steady(before: readonly Row<string>[], now: readonly string[], isStill: boolean) {
  const rows = steadyRows(before, now, (item) => item, isStill)
  return rows.map(({ item, isGone }) => (isGone ? `(${item})` : item)).join(' ')
}

describe('a list under a hand', () => {
  it('grows at its end', () => {
    expect(steady(rowsOf('ann', 'ben'), ['zoe', 'ann', 'ben'], false)).toBe('ann ben zoe')
  })

  it('closes up while nobody is there', () => {
    expect(steady(rowsOf('ann', 'ben', 'cleo'), ['ann', 'cleo'], false)).toBe('ann cleo')
  })

  it('keeps the place of whoever goes while it is held still', () => {
    expect(steady(rowsOf('ann', 'ben', 'cleo'), ['ann', 'cleo', 'dan'], true)).toBe('ann (ben) cleo dan')
  })

  it('gives a place back to whoever returns to it', () => {
    const before = [...rowsOf('ann'), { item: 'ben', isGone: true }, ...rowsOf('cleo')]
    expect(steady(before, ['ann', 'cleo', 'ben'], true)).toBe('ann ben cleo')
  })

  it('forgets the oldest places when too many are empty', () => {
    const gone = Array.from({ length: 30 }, (_, index) => ({ item: `g${index}`, isGone: true }))
    const rows = steadyRows([...gone, ...rowsOf('ann')], ['ann'], (item) => item, true)
    expect(rows.filter((row) => row.isGone)).toHaveLength(20)
    expect(rows.map((row) => row.item)).not.toContain('g9')
    expect(rows.at(-1)).toEqual({ item: 'ann', isGone: false })
  })
})

const GUEST: Guest = { member_id: 90, name: 'Sam', since_ms: 0, is_new: true, is_held: false, lines: [] }

describe('the door', () => {
  it('counts only what the guest said', () => {
    const lines = [ME, 90, 90].map((by) => ({ by, text: 'x', sent_ms: 0 }))
    expect(saidBy({ ...GUEST, lines })).toBe(2)
  })

  it('counts who came before, and nobody for somebody let in', () => {
    const guests = [90, ME, 91].map((member_id) => ({ ...GUEST, member_id }))
    const at: Room = { ...room(), guests }
    expect([90, ME, 91, 404].map((who) => countBefore(at, who))).toEqual([0, 1, 2, 0])
  })

  it('names those of a burst who are here or wait, and nobody who is gone', () => {
    const at: Room = { ...room(), guests: [GUEST], burst: [90, 404, OTHER] }
    expect(burstNames(at)).toEqual(['Sam', at.members[OTHER]?.name])
  })

  it('knows the name of somebody gone by a line that they wrote', () => {
    const line = { seq: 1, member_id: 44, name: 'Kim', text: '', sent_ms: 0, n: 1, retracted: false }
    const at: Room = { ...room(), chat: [{ ...line, member_id: 45, name: '' }, line] }
    expect([knownName(at, 44), knownName(at, 45), knownName(at, 46)]).toEqual(['Kim', null, null])
  })
})

function invite(invite_id: string, parent_id = ''): InviteShown {
  const plain = { role: 'member', uses: 0, uses_max: 1, until_ms: 0 } as const
  return { ...plain, invite_id, parent_id, is_revoked: false, is_paused: false }
}

describe('invites', () => {
  it('stand below the one they grew from, with how many end with each', () => {
    const newestFirst = [invite('e', 'd'), invite('d', 'a'), invite('c'), invite('b', 'a'), invite('a')]
    const shown = branches(newestFirst).map(({ invite: one, depth, size }) => [one.invite_id, depth, size])
    expect(shown).toEqual([
      ['c', 0, 1],
      ['a', 0, 4],
      ['d', 1, 2],
      ['e', 2, 1],
      ['b', 1, 1],
    ])
  })

  it('are none the fewer where a parent is forgotten', () => {
    expect(branches([invite('b', 'gone')]).map(({ depth }) => depth)).toEqual([0])
  })
})

describe('what can be taken back', () => {
  const placed = (by: number, member_id: number, ban_id: string): Commit => {
    const ban = {
      ban_id,
      reason: 'other',
      placed_ms: 0,
      until_ms: 1,
      device: '',
      branch: '',
      tried_ms: 0,
    } as const
    return { seq: 1, at_ms: 0, by, n: 1, fact: { type: 'ban_placed', ban, member_id, by } }
  }

  it('are the bans that this host placed, no others', () => {
    const undo = new Undo({ board: null as never, ask: () => Promise.resolve(null) })
    undo.follow(placed(ME, 9, 'mine'), ME)
    undo.follow(placed(OTHER, 10, 'theirs'), ME)
    expect(undo.liftBans([9, 10, 11])).toEqual([{ event: 'lift_ban', payload: { ban_id: 'mine' } }])
  })

  it('is offered for ten seconds', () => {
    const undoable = { text: 'undo.removed', name: 'Sam', at_ms: 0 } as const
    const troubles = { ...FINE, now_ms: 0, undoable }
    expect(notices(troubles)).toMatchObject([{ text: 'undo.removed', name: 'Sam', actions: ['undo'] }])
    expect(notices({ ...troubles, now_ms: UNDO_SHOWN_MS })).toEqual([])
  })
})
