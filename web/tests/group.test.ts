// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import words from '../locales/en.group.json'
import type { GroupShown, SeriesLine } from '../src/group.gen'
import types from '../src/group.gen.ts?raw'
import { askGroup } from '../src/pages/group/api'
import { auditText } from '../src/pages/group/audit'
import { lacking } from '../src/pages/group/first'
import { changesOf } from '../src/pages/group/holding'
import { slugOf } from '../src/pages/group/rooms'
import { listText, problemText, tg, tgCount, tgOf, weekdayName } from '../src/pages/group/words'
import type { Holding } from '../src/pages/room/holding_fields'

const sources = Object.values(
  import.meta.glob<string>('../src/pages/group/*.{ts,tsx}', {
    eager: true,
    query: '?raw',
    import: 'default',
  }),
).join('\n')

/** Texts whose key is made of what the server says. */
const TOLD = /^(no|did|act|reason)\./
const COUNTED = /\.(one|other)$/

const refusals = [
  ...(/export type GroupRefusal =([^\n]*\n(?: {2}\|.*\n)*)/.exec(types)?.[1] ?? '').matchAll(/'(\w+)'/g),
].map(([, code]) => code as 'gone')

const LOOKS = ['group', 'group/acts', 'group/audit', 'group/bans', 'group/invites', 'group/rooms/settings']
const paths = [...(/GroupAsks \{([^}]*)\}/.exec(types)?.[1] ?? '').matchAll(/readonly '?([\w/]+)'?:/g)].map(
  ([, path]) => path ?? '',
)

afterEach(() => vi.unstubAllGlobals())

describe('the words of a group', () => {
  it.each(Object.keys(words).filter((key) => !TOLD.test(key)))('%s is used', (key) => {
    expect(sources).toContain(`'${key.replace(COUNTED, '')}'`)
  })

  it('say every refusal, and none that there is not', () => {
    expect(refusals).toContain('last_lead')
    for (const code of refusals) expect(words).toHaveProperty([`no.${code}`])
    const said = Object.keys(words).filter((key) => key.startsWith('no.'))
    // Told of an account too; here it is about the group.
    expect(said).toHaveLength(refusals.length + 1)
    expect(problemText('gone')).toBe(tg('no.gone'))
    expect(problemText('not_serving')).toBe(tg('no.not_serving'))
    expect(problemText('offline')).toMatch(/reach the server/)
  })

  it('say every change that is written down', () => {
    const acts = paths.filter((path) => !LOOKS.includes(path))
    expect(acts).toHaveLength(17)
    for (const path of acts) {
      expect(words).toHaveProperty([`act.${path.replace('group/', '').replaceAll('/', '_')}`])
    }
    expect(tgOf('act', 'rooms_add', 'act.other', { by: 'You', target: 'noon' })).toBe(
      'You added the room noon',
    )
    expect(tgOf('act', 'flown', 'act.other', { by: 'You' })).toBe(tg('act.other', { by: 'You' }))
  })

  it('say acts of moderation in numbers', () => {
    const row = { number: 1, at_min: 1, action: 'member_removed', actor: 4, target: 9 }
    expect(auditText(row)).toBe('Number 4 removed number 9')
    expect(auditText({ ...row, action: 'room_locked_on', actor: 0, target: 0 })).toBe(
      'The server locked the room',
    )
    expect(auditText({ ...row, action: 'role_given_cohost' })).toBe(
      'Number 4 gave number 9 the role: Co-host',
    )
    expect(auditText({ ...row, action: 'flown' })).toMatch(/no words/)
  })

  it('count and list', () => {
    expect([tgCount('days', 1), tgCount('days', 2)]).toEqual(['1 day', '2 days'])
    expect(listText(['MO', 'WE', 'SU'].map(weekdayName))).toBe('Monday, Wednesday, and Sunday')
  })

  it('have no empty texts and no codes in them', () => {
    for (const text of Object.values(words)) expect(text).toMatch(/\p{L}|\{\w+\}/u)
    for (const text of Object.values(words)) {
      expect(text.replace(/\{\w+\}/g, '')).not.toMatch(/_|Error|failed|denied|invalid/)
    }
  })
})

describe('asking about a group', () => {
  const answered = (body: unknown) => {
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(body))))
  }

  it('tells what the server said', async () => {
    const asked = { group: 'lamps' }
    answered({ type: 'bans_shown', bans: [] })
    expect(await askGroup('group/bans', asked, 'bans_shown')).toEqual({ type: 'bans_shown', bans: [] })
    expect(await askGroup('group/bans', asked, 'invites_shown')).toBe('offline')
    answered({ type: 'declined', code: 'not_allowed' })
    expect(await askGroup('group/bans', asked, 'bans_shown')).toBe('not_allowed')
    answered({ type: 'refused', code: 'not_signed_in', retry_ms: 0 })
    expect(await askGroup('group/bans', asked, 'bans_shown')).toBe('not_signed_in')
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError()))
    expect(await askGroup('group/bans', asked, 'bans_shown')).toBe('offline')
  })
})

describe('the address of a room', () => {
  it.each([
    ['Evening circle', 'evening-circle'],
    ['  Café & Über – 7! ', 'cafe-uber-7'],
    ['Вечер', ''],
    ['x'.repeat(90), 'x'.repeat(64)],
  ])('%s', (title, slug) => {
    expect(slugOf(title)).toBe(slug)
  })
})

describe('how meetings are held', () => {
  const rules: Holding['rules'] = {
    door: 'open',
    probation_ms: 0,
    reserve_ms: 300_000,
    closes_share: false,
    holds_contacts: false,
    has_private: false,
    locks_alone: false,
    has_reactions: true,
  }
  const shown: Holding = { floor: 'open', limit_ms: 180_000, chat: 'everyone', slow_ms: 0, rules }

  it.each<[string, Partial<Holding>, object]>([
    ['nothing', { rules: { ...rules } }, {}],
    ['turns', { floor: 'hands' }, { floor: 'hands', limit_ms: 180_000 }],
    ['no limit', { limit_ms: 0 }, { floor: 'open', limit_ms: 0 }],
    ['chat', { slow_ms: 10_000 }, { chat: 'everyone', slow_ms: 10_000 }],
    ['rules', { rules: { ...rules, door: 'everybody' } }, { rules: { ...rules, door: 'everybody' } }],
  ])('%s changed: nothing else is asked for', (_, change, asked) => {
    expect(changesOf(shown, { ...shown, ...change })).toEqual(asked)
  })
})

describe('a first meeting', () => {
  const host = (account_id: string) =>
    ({ account_id, alias: '', role: 'cohost', place: 0, may_change: true, has_keys: true }) as const
  const fresh = {
    rooms: [],
    series: [],
    sheets: [],
    roster: [host('me')],
  } as unknown as GroupShown
  const room = { slug: 'noon', title: 'Noon', about: '', may_change: true }
  const sheet = { sheet_id: 's', title: 'Tuesday' }

  it.each<[string, Partial<GroupShown>]>([
    ['room time sheet help', {}],
    ['time sheet help', { rooms: [room] }],
    ['time sheet help', { rooms: [room], series: [{ kind: 'shift' } as SeriesLine] }],
    ['sheet help', { rooms: [room], series: [{ kind: 'meeting' } as SeriesLine] }],
    ['room time help', { sheets: [sheet] }],
    ['room time sheet help', { roster: ['me', 'ben'].map(host) }],
    ['room time sheet', { roster: ['me', 'ben', 'cleo'].map(host) }],
  ])('lacks: %s', (steps, change) => {
    expect(lacking({ ...fresh, ...change }).join(' ')).toBe(steps)
  })
})
