// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import words from '../locales/en.host.json'
import type { HostRefusal } from '../src/host.gen'
import types from '../src/host.gen.ts?raw'
import { ask, problemKey } from '../src/pages/host/api'
import { fromBase64, makePasskey, takePasskey, toBase64 } from '../src/pages/host/passkeys'
import { dayOf, th } from '../src/pages/host/words'
import { dropInvite, enterAsHost, hostInvite, hostName, parsePath, route } from '../src/route'

const sources = Object.values(
  import.meta.glob<string>('../src/pages/host/*.{ts,tsx}', { eager: true, query: '?raw', import: 'default' }),
).join('\n')

const refusals = [
  ...(/export type HostRefusal =([^\n]*\n(?: {2}\|.*\n)*)/.exec(types)?.[1] ?? '').matchAll(/'(\w+)'/g),
].map(([, code]) => code as HostRefusal)

afterEach(() => {
  vi.unstubAllGlobals()
  dropInvite()
})

describe('the words of hosts', () => {
  it.each(Object.keys(words).filter((key) => !key.startsWith('no.')))('%s is used', (key) => {
    expect(sources).toContain(`'${key}'`)
  })

  it('say every refusal, and none that there is not', () => {
    expect(refusals).toContain('sign_in_refused')
    const own = ['offline', 'cancelled', 'passkey_known'] as const
    const keys = [...refusals, ...own].map((code) => problemKey(code))
    expect(Object.keys(words).filter((key) => key.startsWith('no.'))).toEqual(expect.arrayContaining(keys))
    expect(keys).toHaveLength(Object.keys(words).filter((key) => key.startsWith('no.')).length)
  })

  it('have values filled in', () => {
    expect(th('me.as', { role: 'Host', alias: 'Ann' })).toBe('Host, as Ann')
    expect(dayOf(1_700_000_000_000)).toContain('2023')
  })

  it('have no empty texts and no codes in them', () => {
    for (const text of Object.values(words)) expect(text).toMatch(/\p{L}/u)
    for (const text of Object.values(words)) expect(text).not.toMatch(/_|Error|failed|denied|invalid/)
  })
})

describe('asking', () => {
  const answered = (body: unknown, status = 200) => {
    const fetched = vi.fn((..._given: unknown[]) =>
      Promise.resolve(new Response(JSON.stringify(body), { status })),
    )
    vi.stubGlobal('fetch', fetched)
    return fetched
  }

  it('sends what no form of another site can send', async () => {
    const fetched = answered({ type: 'done' })
    expect(await ask('recover', { code: 'x' }, 'done')).toEqual({ type: 'done' })
    expect(fetched).toHaveBeenCalledWith(
      '/api/host/recover',
      expect.objectContaining({
        method: 'POST',
        body: '{"code":"x"}',
        headers: { 'Content-Type': 'application/json', 'X-Lamplit-Host': '1' },
      }),
    )
  })

  it('tells a refusal, and nobody who answers', async () => {
    answered({ type: 'refused', code: 'too_fast', retry_ms: 1 })
    expect(await ask('me', {}, 'me')).toBe('too_fast')
    answered({ type: 'done' })
    expect(await ask('me', {}, 'me')).toBe('offline')
    answered('', 400)
    expect(await ask('me', {}, 'me')).toBe('offline')
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError()))
    expect(await ask('me', {}, 'me')).toBe('offline')
  })
})

describe('passkeys', () => {
  it('travel in base64', () => {
    const bytes = Uint8Array.from([0, 255, 62, 63, 10])
    expect(toBase64(bytes.buffer)).toBe('AP8+Pwo=')
    expect(fromBase64('AP8+Pwo=')).toEqual(bytes)
  })

  it('are not for browsers without them', async () => {
    vi.stubGlobal('PublicKeyCredential', undefined)
    Reflect.deleteProperty(window, 'PublicKeyCredential')
    expect(await takePasskey({ type: 'use_passkey', challenge: '', rp_id: 'x' })).toBe('no_passkeys_here')
    expect(
      await makePasskey({
        type: 'make_passkey',
        challenge: '',
        rp_id: 'x',
        rp_name: 'x',
        user_id: '',
        user_name: 'x',
        algorithms: [-7],
        known: [],
      }),
    ).toBe('no_passkeys_here')
  })
})

describe('the way into a room as its host', () => {
  const clock = (at_ms: number) => vi.spyOn(performance, 'now').mockReturnValue(at_ms)

  it('has an address of its own', () => {
    expect(parsePath('/host')).toEqual({ page: 'host', group: '' })
    expect(parsePath('/host/lamps')).toEqual({ page: 'host', group: 'lamps' })
    expect(parsePath('/host/No')).toEqual({ page: 'served' })
    expect(parsePath('/hosts')).toEqual({ page: 'served' })
  })

  it('leads to the room with the name of the roster', () => {
    enterAsHost({ slug: 'talk', ticket: 'first', name: 'Ann', renew: null })
    expect(route.value).toEqual({ page: 'meeting', slug: 'talk' })
    expect(location.pathname + location.hash).toBe('/m/talk')
    expect([hostName('talk'), hostName('other')]).toEqual(['Ann', ''])
    expect(hostInvite('talk')).toBe('first')
    expect(hostInvite('talk')).toBe('first')
    expect(hostInvite('other')).toBe('')
  })

  it('gives a ticket once, and then newer ones', async () => {
    const tickets = ['second', '']
    const renew = () => Promise.resolve(tickets.shift() ?? '')
    clock(1_000)
    enterAsHost({ slug: 'talk', ticket: 'first', name: '', renew })
    expect(hostInvite('talk')).toBe('first')
    expect(await hostInvite('talk')).toBe('second')
    expect(await hostInvite('talk')).toBe('first')
  })

  it('renews a ticket that grew old on the way', async () => {
    clock(1_000)
    enterAsHost({ slug: 'talk', ticket: 'first', name: '', renew: () => Promise.resolve('second') })
    clock(41_000)
    expect(await hostInvite('talk')).toBe('second')
  })
})
