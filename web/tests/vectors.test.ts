import { describe, expect, it } from 'vitest'
import { changeRoom } from '../src/state/room'
import type { Commit, Room } from '../src/wire.gen'

interface Case {
  readonly name: string
  /** A number: as that case of the file, counted from 0, has ended. */
  readonly before: Room | number | null
  readonly commits: readonly Commit[]
  readonly after: Room | null
}

// Written by the server's own rules: whoever changes one side sees it here.
const files = import.meta.glob<{ cases: Case[] }>('../../tests/vectors/{room,order}.json', {
  eager: true,
  import: 'default',
})
const cases = Object.values(files).flatMap((file) =>
  file.cases.map((one) => ({
    ...one,
    before: typeof one.before === 'number' ? at(file.cases, one.before).after : one.before,
  })),
)

function at(all: readonly Case[], number: number): Case {
  const found = all[number]
  if (found === undefined) {
    throw new Error(`there is no case ${number}`)
  }
  return found
}

describe('the reducer and the rules of the server', () => {
  it('have vectors to agree on', () => {
    expect(cases.length).toBeGreaterThan(0)
  })

  it.each(cases)('$name', ({ before, commits, after }) => {
    expect(commits.reduce<Room | null>(changeRoom, before)).toEqual(after)
  })

  it('never change what they are given', () => {
    for (const { before, commits } of cases) {
      const copy: unknown = structuredClone(before)
      commits.reduce<Room | null>(changeRoom, before)
      expect(before).toEqual(copy)
    }
  })
})
