import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Announcer } from '../src/a11y/announcer'

let said: string[]
let announcer: Announcer

beforeEach(() => {
  vi.useFakeTimers()
  said = []
  announcer = new Announcer(
    (urgency, text) => said.push(`${urgency}: ${text}`),
    () => Date.now(),
  )
})

afterEach(() => {
  vi.useRealTimers()
})

function polite(text: string) {
  announcer.announce({ text, urgency: 'polite' })
}

function spoken(): string[] {
  return said.filter((one) => !one.endsWith(': '))
}

describe('the announcer', () => {
  it('says urgent things at once, also right after others', () => {
    polite('one')
    announcer.announce({ text: 'Your microphone is off.', urgency: 'assertive' })
    expect(spoken()).toEqual(['polite: one', 'assertive: Your microphone is off.'])
  })

  it('leaves 2 s between polite texts', async () => {
    polite('one')
    polite('two')
    expect(spoken()).toEqual(['polite: one'])
    await vi.advanceTimersByTimeAsync(2_000)
    expect(spoken()).toEqual(['polite: one', 'polite: two'])
  })

  it('clears a text after 5 s', async () => {
    polite('one')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(said.at(-1)).toBe('polite: ')
  })

  it('says equal texts once within 5 s', async () => {
    const text = 'You’re back.'
    announcer.announce({ text, urgency: 'assertive' })
    announcer.announce({ text, urgency: 'assertive' })
    expect(spoken()).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(5_001)
    announcer.announce({ text, urgency: 'assertive' })
    expect(spoken()).toHaveLength(2)
  })

  it('reads several of one kind as one', async () => {
    const wrote = (name: string) =>
      announcer.announce({
        text: `${name} wrote`,
        urgency: 'polite',
        kind: 'chat',
        merged: (count) => `${count} lines`,
      })
    polite('first')
    wrote('Jo')
    wrote('Pat')
    wrote('Kim')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(spoken()).toEqual(['polite: first', 'polite: 3 lines'])
  })

  it('says at most ten polite texts a minute', async () => {
    for (let second = 0; second < 59; second += 1) {
      polite(`text ${second}`)
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(spoken().length).toBeLessThanOrEqual(10)
  })
})
