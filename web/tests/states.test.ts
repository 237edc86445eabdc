import { describe, expect, it } from 'vitest'
import { refusalKey } from '../src/pages/refusal'
import type { Ending } from '../src/pages/room/how_it_ended'
import { noticeText } from '../src/pages/room/notice_board'
import { LABELS } from '../src/pages/room/notices'
import { type EndKind, endKind, HAS_DETAILS, WAYS_OUT, type WayOut } from '../src/state/endings'
import { changeMedia, type MediaEvent } from '../src/state/media'
import { type MicTrouble, notices, type Troubles } from '../src/state/notices'
import { type TextKey, t } from '../src/text'
import type { EndReason, RefusalCode } from '../src/wire.gen'
import wire from '../src/wire.gen.ts?raw'
import { FINE } from './fine'

const after = (type: MediaEvent['type'], at_ms: number) => changeMedia(FINE.media, { type }, at_ms)
const OPENING = changeMedia({ ...FINE.media, hadSound: false }, { type: 'opened' }, 92_000)

/** What may be wrong while somebody is in a room, and with which words it is told. */
const IN_THE_ROOM: readonly (readonly [when: string, troubles: Partial<Troubles>, key: TextKey | null])[] = [
  ['All is well: link `up`, sound `flowing`', {}, null],
  ['Sound `closed`: before the first, at the door', { media: { ...FINE.media, phase: 'closed' } }, null],
  ['Sound `opening` for less than 5 s', { media: { ...OPENING, broken_ms: 97_000 } }, null],
  ['Sound `opening` for longer', { media: OPENING }, 'sound.never'],
  ['Sound `stalled` or `lost` for less than 1 s', { media: after('disconnected', 99_500) }, null],
  ['Sound `stalled`: nothing arrives any more', { media: after('quiet', 95_000) }, 'sound.lost'],
  ['Sound `lost`: the transport reports it', { media: after('disconnected', 95_000) }, 'sound.lost'],
  ['Sound away for 30 s', { media: after('disconnected', 70_000) }, 'sound.lost'],
  [
    'The same, with little data asked for already',
    { media: after('failed', 70_000), savesData: true },
    'sound.lost',
  ],
  ['Offline, and no sound', { media: after('disconnected', 95_000), isOnline: false }, 'link.offline'],
  ['Offline, while the sound goes on', { link: 'retrying', isOnline: false }, 'link.offline_sound'],
  ['Link `connecting` or `retrying` for less than 2 s', { link: 'retrying', linkSince_ms: 99_000 }, null],
  ['Link `retrying`, while the sound goes on', { link: 'retrying', linkSince_ms: 95_000 }, 'link.updating'],
  ['Link `retrying` for 10 s', { link: 'retrying', linkSince_ms: 90_000 }, 'link.long'],
  ['Link `over` or `idle`: another page is shown', { link: 'over' }, null],
  ['The server restarts', { link: 'retrying', restart_ms: 95_000 }, 'link.restarting'],
  ['The server is not back after 20 s', { link: 'retrying', restart_ms: 80_000 }, 'link.restart_late'],
  ['The server reaches no other of the place: Redis is away', { isApart: true }, 'link.apart'],
  ['It does again, for 4 s', { back_ms: 99_000, wasApart: true }, 'link.whole'],
  ['The server lost the history', { reset_ms: 99_000 }, 'link.reset'],
  ['Everything is back, for 4 s', { back_ms: 99_000 }, 'link.back'],
  ['A tenth of the sound is lost on the way, for 6 s', { isLossy: true }, 'sound.lossy'],
  ['The browser lets no sound out before a press', { blocked: 'refused' }, 'sound.blocked'],
  ['A phone call or the system paused the sound', { blocked: 'taken' }, 'sound.taken'],
  ['The same, and the microphone with it', { blocked: 'taken', mic: 'interrupted' }, 'sound.taken_both'],
  ['A device for sound left', { output: 'gone' }, 'sound.output_gone'],
  ['Another device became the usual one', { output: 'moved' }, 'sound.output_moved'],
  ['A host turned the microphone off', { mutedBy: 'Tom' }, 'mic.muted_by_host'],
  ['Talking with the microphone off, at most once a minute', told('mic.unheard'), 'mic.unheard'],
  ['A host turned everybody’s microphone off', told('order.all_muted'), 'order.all_muted'],
  ['Writing too fast', { slowedUntil_ms: 101_000 }, 'chat.too_fast'],
]

/** Each problem of the microphone, and when it comes. */
const MIC: Readonly<Record<MicTrouble, string>> = {
  refused: 'the browser or the person said no',
  in_app: 'a window inside another app has none to give',
  insecure: 'the page came without encryption',
  missing: 'no device',
  in_use: 'another app has the device',
  ended: 'unplugged, or a flat headset: it is off in the room too',
  interrupted: 'the system took it for more than 2 s: it is off in the room too',
  silent: 'on, but digitally silent for 4 s (10 s if it worked before)',
  unsent: 'a voice, but no packet goes out for 4 s',
  failed: 'anything else',
  allowed: 'granted after a refusal; found on return and by the browser’s own notice',
}

/** One end for each kind; what the table of kinds lacks does not compile. */
const ENDS: Readonly<Record<EndKind, Ending>> = {
  removed: { reason: 'removed' },
  banned: { reason: 'banned', why: 'flood', until_ms: 0 },
  turned_away: { reason: 'turned_away' },
  closed: { reason: 'closed' },
  left: { reason: 'left' },
  lost: { reason: 'lost' },
  replaced: { reason: 'replaced' },
  too_many: { turnedAway: 'too_many' },
  too_old: { turnedAway: 'protocol' },
  no_room: { refusal: { type: 'refused', code: 'no_room', retry_ms: 0, suggestion: '' } },
  other: { reason: 'fault' },
}

const WAYS: Readonly<Record<WayOut, TextKey>> = {
  help: 'help.open',
  again: 'end.join_again',
  reload: 'end.load_again',
  others: 'join.other_rooms',
  why: 'end.why',
}

/** What refuses a seat leaves the sheet open, with the name in it and a link to other rooms below. */
const AT_THE_SHEET: readonly RefusalCode[] = [
  'name_taken',
  'name_reserved',
  'name_unusable',
  'room_full',
  'locked',
  'too_fast',
  'busy',
  'ticket_unusable',
]

function told(text: TextKey): Partial<Troubles> {
  return { told: { text, name: '', at_ms: 99_000 } }
}

function only(troubles: Partial<Troubles>) {
  const found = notices({ ...FINE, ...troubles })
  expect(found.length).toBeLessThanOrEqual(1)
  return found[0] ?? null
}

function codesOf(type: string): string[] {
  const list = new RegExp(`export type ${type} =([^\\n]*\\n(?: {2}\\|.*\\n)*)`).exec(wire)?.[1] ?? ''
  return [...list.matchAll(/'(\w+)'/g)].map(([, code]) => code ?? '')
}

const NAMES: Readonly<Record<string, string>> = {
  'mic.unheard': 'polite, once a minute',
  'order.all_muted': 'assertive',
  'mic.muted_by_host': 'assertive',
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function table(...heads: readonly string[]): string[] {
  return [row(...heads), row(...heads.map(() => '---'))]
}

function noticeRow(when: string, troubles: Partial<Troubles>): string {
  const notice = only(troubles)
  if (notice === null) return row(when, '-', '-', '-')
  const seconds = notice.seconds === undefined ? '' : ' *and for how many seconds*'
  const actions = notice.actions.map((action) => `[${t(LABELS[action])}]`).join(' ')
  const urgency = notice.urgency === 'none' ? (NAMES[notice.text] ?? '-') : notice.urgency
  return row(when, noticeText(notice) + seconds, actions || '-', urgency)
}

function page(): string {
  return [
    '# What a person is told when something is wrong',
    '',
    'Made by `tests/states.test.ts` from the tables and words that the page itself uses: `python tools/web_build.py run states` writes it anew. Nothing is announced twice while it lasts, nothing moves the focus, and listening goes on through every problem of the microphone.',
    '',
    '## In the room: sound and link, apart from each other',
    '',
    ...table('When', 'Words', 'What can be done', 'Announced'),
    ...IN_THE_ROOM.map(([when, troubles]) => noticeRow(when, troubles)),
    '',
    '## In the room: the own microphone',
    '',
    'On an iPhone or iPad, before the first press:',
    `“${t('first.words')} ${t('first.advice')}” [${t('mic.do_on')}] [${t('first.not_now')}]`,
    '',
    ...table('Problem', 'When', 'Words', 'What can be done', 'Announced'),
    ...Object.entries(MIC).map(([mic, when]) =>
      noticeRow(`\`${mic}\` | ${when}`, { mic: mic as MicTrouble }),
    ),
    '',
    '## The end of a stay',
    '',
    'A page of its own, announced at once (but for leaving), with “Help now” in its header as everywhere.',
    '',
    ...table('Kind', 'Title', 'Words', 'Ways out'),
    ...(Object.keys(ENDS) as EndKind[]).map((kind) => {
      const ways = WAYS_OUT[kind].map((way) => `[${t(WAYS[way])}]`).join(' ')
      const details = HAS_DETAILS.has(kind) ? `, folded: ${t('end.details')}` : ''
      return row(`\`${kind}\``, t(`end.${kind}.title`), t(`end.${kind}.words`), ways + details)
    }),
    '',
    '## Refusals',
    '',
    'Those marked * leave the join sheet open; the others are shown for 10 s where the press was, and announced politely.',
    '',
    ...table('Code', 'Words'),
    ...codesOf('RefusalCode').map((code) => {
      const mark = AT_THE_SHEET.includes(code as RefusalCode) ? ' *' : ''
      const words = t(refusalKey(code as RefusalCode), { name: 'Maya', time: '5 minutes' })
      return row(`\`${code}\`${mark}`, words)
    }),
    '',
  ].join('\n')
}

describe('every state', () => {
  it.each(IN_THE_ROOM)('%s', (_, troubles, key) => {
    expect(only(troubles)?.text ?? null).toBe(key)
  })

  it.each(Object.keys(MIC) as MicTrouble[])('the microphone that is %s has words and a way out', (mic) => {
    const notice = only({ mic })
    expect(notice?.text).toBe(`mic.${mic}`)
    expect(notice?.actions.at(-1)).toBe('close_mic_notice')
    expect(notice?.actions.length).toBeGreaterThanOrEqual(2)
  })

  it('of the microphone leaves listening alone', () => {
    for (const mic of Object.keys(MIC) as MicTrouble[])
      expect(notices({ ...FINE, mic }).map(({ text }) => text.split('.')[0])).toEqual(['mic'])
  })

  it.each(Object.entries(ENDS) as [EndKind, Ending][])('the end %s has two ways out', (kind, ending) => {
    expect(endKind(ending)).toBe(kind)
    expect(WAYS_OUT[kind].filter((way) => way !== 'why').length).toBeGreaterThanOrEqual(2)
  })

  it.each(codesOf('EndReason') as EndReason[])('the end by the server’s word %s has a page', (reason) => {
    expect(Object.keys(ENDS)).toContain(endKind({ reason }))
  })

  it.each(codesOf('RefusalCode') as RefusalCode[])('the refusal %s ends no page without words', (code) => {
    expect(Object.keys(ENDS)).toContain(
      endKind({ refusal: { type: 'refused', code, retry_ms: 0, suggestion: '' } }),
    )
  })

  it('is in the table for readers', async () => {
    await expect(page()).toMatchFileSnapshot('../STATES.md')
  })

  it('is told without codes, and without blame', () => {
    const words = page().replace(/`[^`]*`/g, '')
    expect(words).not.toMatch(/\b\w+_\w+\b|Error|fail|denied|invalid|kicked|forbidden|undefined/i)
  })
})
