import { describe, expect, it } from 'vitest'
import { type ContactKind, looksLikeContact } from '../src/contacts'
import { looksFull } from '../src/names'

interface Vectors {
  readonly contacts: Readonly<Record<ContactKind, readonly string[]>>
  readonly ordinary: readonly string[]
  readonly full_names: readonly string[]
  readonly short_names: readonly string[]
}

// The server answers the same to each of these.
const [vectors] = Object.values(
  import.meta.glob<Vectors>('../../tests/vectors/contacts.json', { eager: true, import: 'default' }),
)
if (vectors === undefined) throw new Error('there are no vectors')
const held = Object.entries(vectors.contacts).flatMap(([kind, texts]) => texts.map((text) => [text, kind]))

describe('contacts', () => {
  it.each(held)('are found in %j: %s', (text, kind) => {
    expect(looksLikeContact(text ?? '')).toBe(kind)
    expect(looksLikeContact(`hello ${text} bye`)).toBe(kind)
  })

  it.each(vectors.ordinary)('are not found in %j', (text) => {
    expect(looksLikeContact(text)).toBeNull()
    expect(looksLikeContact(`hello, ${text}, bye`)).toBeNull()
  })
})

describe('full names', () => {
  it.each(vectors.full_names)('%j looks like one', (name) => {
    expect(looksFull(name)).toBe(true)
  })

  it.each(vectors.short_names)('%j does not', (name) => {
    expect(looksFull(name)).toBe(false)
  })
})
