import { signal } from '@preact/signals'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Captioning, GROUP_MS, PAUSE_MS } from '../src/pages/room/captioning'
import {
  captionLines,
  captionNames,
  LINE_CHARS,
  newestLine,
  nextLine,
  shownReactions,
  splitDraft,
} from '../src/state/captions'
import type { Command } from '../src/state/outbox'
import { spokenFor } from '../src/state/spoken'
import {
  CAPTION_LINES,
  CAPTION_MAX_CHARS,
  CAPTION_PER_S,
  type CaptionLine,
  REACTIONS_QUIET_MS,
  type Refusal,
  type Room,
} from '../src/wire.gen'
import { commit, ME, member, OTHER, room, settled } from './fake_wire'

function line(change: Partial<CaptionLine> = {}): CaptionLine {
  const written = { member_id: OTHER, line: 1, name: 'Tom', text: 'hello', seq: 5, at_ms: 5 }
  return { ...written, is_over: true, is_erased: false, ...change }
}

function captioned(captions: readonly CaptionLine[] = [], change: Partial<Room> = {}): Room {
  const tom = member({ member_id: OTHER, name: 'Tom', role: 'captioner' })
  return room({ members: { [ME]: member(), [OTHER]: tom }, captions, ...change })
}

const LONG = 'lamp '.repeat(30).trim()

describe('a draft', () => {
  it.each<[string, string, string[], string]>([
    ['goes on', 'good eve', [], 'good eve'],
    ['keeps the blank that was just typed', 'good ', [], 'good '],
    ['ends at a line break', 'good evening\nwel', ['good evening'], 'wel'],
    ['has no empty lines', '\n\n a \n', ['a'], ''],
    [
      'is cut at a blank once it is long',
      `${LONG} and`,
      [`${'lamp '.repeat(18)}lamp`],
      `${'lamp '.repeat(11)}and`,
    ],
    [
      'is cut somewhere if it has no blank',
      'x'.repeat(CAPTION_MAX_CHARS + 1),
      ['x'.repeat(CAPTION_MAX_CHARS)],
      'x',
    ],
  ])('%s', (_, draft, over, rest) => {
    expect(splitDraft(draft)).toEqual({ over, rest })
  })

  it('never gives a line that the server would refuse', () => {
    const draft = `${'word '.repeat(400)}\n${'x'.repeat(950)} ${'y'.repeat(199)} z`
    const { over, rest } = splitDraft(draft)
    for (const one of [...over, rest]) expect(one.length).toBeLessThanOrEqual(CAPTION_MAX_CHARS)
    expect([...over, rest].join('').replaceAll(' ', '')).toBe(draft.replaceAll(/\s/g, ''))
    expect(rest.length).toBeLessThanOrEqual(LINE_CHARS + 200)
  })
})

describe('what is shown of live text', () => {
  it('is nothing where nobody writes it', () => {
    expect(captionNames(room())).toEqual([])
  })

  it('is who writes, before the first line and after the last', () => {
    expect(captionNames(captioned())).toEqual(['Tom'])
    expect(captionNames(room({ captions: [line({ member_id: 99, name: 'Lou' })] }))).toEqual(['Lou'])
  })

  it('leaves out lines without words, and those of somebody kept apart', () => {
    const lines = [line(), line({ line: 2, text: '' })]
    expect(captionLines(captioned(lines))).toEqual([lines[0]])
    const blocks = [{ by: ME, member_id: OTHER, since_seq: 9, until_seq: 0 }]
    expect(captionLines(captioned(lines, { blocks }))).toEqual([])
    expect(captionNames(captioned(lines, { blocks }))).toEqual([])
  })

  it('numbers each author on their own', () => {
    const lines = [
      line({ line: 7 }),
      line({ member_id: ME, line: 3 }),
      line({ member_id: ME, line: 4, is_erased: true }),
    ]
    expect(nextLine(captioned(lines), OTHER)).toBe(8)
    expect(nextLine(captioned(lines), ME)).toBe(5)
    expect(nextLine(captioned(), ME)).toBe(1)
    expect(newestLine(captioned(lines), OTHER)?.line).toBe(7)
    expect(newestLine(captioned(lines), ME)).toBeNull()
  })

  it('is never read out, nor are signs', () => {
    const written = { type: 'caption_written', member_id: OTHER, line: 1, text: 'a', is_over: true } as const
    for (const fact of [written, { type: 'reacted', kind: 'thanks' } as const]) {
      expect(spokenFor(commit(6, fact, { by: OTHER }), () => 'Tom', ME, captioned())).toBeNull()
    }
  })
})

describe('signs', () => {
  const reactions = { thanks: 2, with_you: 0, welcome: 0, applause: 0, at_ms: 1_000 }
  const share = {
    member_id: OTHER,
    lane: 'share',
    since_ms: 0,
    limit_ms: 0,
    text: '',
    written_seq: 0,
  } as const

  it.each<[string, Partial<Room>, number, boolean]>([
    ['are shown', { reactions }, 1_000 + REACTIONS_QUIET_MS, true],
    ['go after a quiet time', { reactions }, 1_001 + REACTIONS_QUIET_MS, false],
    ['stay as long as the share', { reactions, floor: { ...room().floor, share } }, 9_000_000, true],
    ['are not there at first', {}, 1_000, false],
  ])('%s', (_, change, now_ms, isShown) => {
    expect(shownReactions(room(change), now_ms) !== null).toBe(isShown)
  })
})

describe('a captioner', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  /** A page that writes, with the server's end in the test's hands. */
  class Page {
    readonly room = signal<Room | null>(captioned([], { members: { [ME]: member({ role: 'captioner' }) } }))
    readonly me = signal(ME)
    readonly asked: Command[] = []
    refusal: Refusal | null = null
    hold: Promise<void> = Promise.resolve()
    readonly captioning = new Captioning(this)

    async ask(command: Command): Promise<Refusal | null> {
      this.asked.push(command)
      await this.hold
      return this.refusal
    }

    get sent(): [number, string, boolean][] {
      return this.asked.map(({ payload }) => {
        const { line: number, text, is_over } = payload as { line: number; text: string; is_over: boolean }
        return [number, text, is_over]
      })
    }

    async type(text: string, after_ms = 0): Promise<void> {
      this.captioning.write(text)
      await vi.advanceTimersByTimeAsync(after_ms)
    }
  }

  it('sends letters in groups, the whole line each time', async () => {
    const page = new Page()
    for (const typed of ['g', 'go', 'goo', 'good']) await page.type(typed, 50)
    expect(page.sent).toEqual([])
    await vi.advanceTimersByTimeAsync(GROUP_MS)
    expect(page.sent).toEqual([[1, 'good', false]])
    await page.type('good e', GROUP_MS)
    expect(page.sent.at(-1)).toEqual([1, 'good e', false])
  })

  it('is never faster than the server allows', async () => {
    const page = new Page()
    for (let typed = 'a'; typed.length < 80; typed += 'a') await page.type(typed, 100)
    expect(page.sent.length / 8).toBeLessThanOrEqual(CAPTION_PER_S)
  })

  it('ends a line by Enter at once, and by a pause', async () => {
    const page = new Page()
    await page.type('one')
    page.captioning.finish()
    await settled()
    expect(page.sent).toEqual([[1, 'one', true]])
    expect(page.captioning.draft.value).toBe('')
    await page.type('two', PAUSE_MS)
    expect(page.sent.at(-1)).toEqual([2, 'two', true])
    page.captioning.finish()
    expect(page.sent).toHaveLength(3)
  })

  it('lets only the newest state of each line wait while the way is slow', async () => {
    const page = new Page()
    let open = () => {}
    page.hold = new Promise((resolve) => {
      open = resolve
    })
    await page.type('a', GROUP_MS)
    await page.type('ab', GROUP_MS)
    await page.type('abc\nd', GROUP_MS)
    await page.type('de', GROUP_MS)
    expect(page.sent).toEqual([[1, 'a', false]])
    open()
    await vi.advanceTimersByTimeAsync(GROUP_MS)
    expect(page.sent.slice(1)).toEqual([
      [1, 'abc', true],
      [2, 'de', false],
    ])
  })

  it('takes a line back', async () => {
    const page = new Page()
    await page.type('oops', GROUP_MS)
    await page.type('', GROUP_MS)
    expect(page.sent.at(-1)).toEqual([1, '', false])
    await page.type('ok', GROUP_MS)
    expect(page.sent.at(-1)).toEqual([1, 'ok', false])
  })

  it('corrects the last line under its number', async () => {
    const page = new Page()
    const lines = [line({ member_id: ME, line: 3, text: 'teh end' })]
    page.room.value = captioned(lines)
    page.captioning.correct()
    expect(page.captioning.draft.value).toBe('teh end')
    await page.type('the end')
    page.captioning.finish()
    await settled()
    expect(page.sent).toEqual([[3, 'the end', true]])
    await page.type('next', GROUP_MS)
    expect(page.sent.at(-1)).toEqual([4, 'next', false])
  })

  it('does not write on what a host erased', async () => {
    const page = new Page()
    await page.type('her name is', GROUP_MS)
    page.captioning.follow(captioned([line({ member_id: ME, line: 1, text: '', is_erased: true })]))
    expect(page.captioning.draft.value).toBe('')
    await page.type('and', GROUP_MS)
    expect(page.sent.at(-1)).toEqual([2, 'and', false])
    page.refusal = { type: 'refused', code: 'no_such_line', retry_ms: 0, suggestion: '' }
    await page.type('and then', GROUP_MS)
    expect(page.captioning.draft.value).toBe('')
  })

  it('goes on after its own lines when the page was loaded anew', async () => {
    const page = new Page()
    page.room.value = captioned([line({ member_id: ME, line: 4 })])
    const again = new Captioning(page)
    again.write('so')
    await vi.advanceTimersByTimeAsync(GROUP_MS)
    expect(page.sent).toEqual([[5, 'so', false]])
    again.stop()
  })

  it('lets a letter be composed in peace', async () => {
    const page = new Page()
    page.captioning.write('x'.repeat(CAPTION_MAX_CHARS + 1), true)
    expect(page.captioning.draft.value).toHaveLength(CAPTION_MAX_CHARS + 1)
  })
})

it('bounds the lines as the server does', () => {
  expect(CAPTION_LINES).toBe(8)
})
