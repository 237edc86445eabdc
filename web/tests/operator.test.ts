// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import words from '../locales/en.operator.json'
import types from '../src/operator.gen.ts?raw'
import { ask } from '../src/pages/operator/api'
import { number, percent, to } from '../src/pages/operator/words'
import { enrolment, parsePath, route } from '../src/route'

const sources = Object.values(
  import.meta.glob<string>('../src/pages/operator/*.{ts,tsx}', {
    eager: true,
    query: '?raw',
    import: 'default',
  }),
).join('\n')

const codesOf = (name: string) =>
  [
    ...(new RegExp(`export type ${name} =([^\\n]*\\n(?: {2}\\|.*\\n)*)`).exec(types)?.[1] ?? '').matchAll(
      /'(\w+)'/g,
    ),
  ].map(([, code]) => code ?? '')

afterEach(() => vi.unstubAllGlobals())

describe('the words of operators', () => {
  const isDrawn = (key: string) => !/^(no|alert|do)\./.test(key)

  it.each(Object.keys(words).filter(isDrawn))('%s is used', (key) => {
    expect(sources).toContain(`'${key}'`)
  })

  it('say every refusal, and every alert with what to do', () => {
    const refusals = [...codesOf('OperatorRefusal'), 'offline', 'closed'].map((code) => `no.${code}`)
    const alerts = codesOf('AlertKind').flatMap((kind) => [`alert.${kind}`, `do.${kind}`])
    expect(refusals.length).toBeGreaterThan(5)
    expect(alerts.length).toBeGreaterThan(5)
    expect(
      Object.keys(words)
        .filter((key) => !isDrawn(key))
        .sort(),
    ).toEqual([...refusals, ...alerts].sort())
  })

  it('have values filled in', () => {
    expect(to('drain.title', { node: 'n-1' })).toBe('Empty n-1?')
    expect(number(12_345)).toBe('12,345')
    expect([percent(0), percent(0.012), percent(0.5)]).toEqual(['0%', '1.2%', '50%'])
  })
})

describe("an operator's link", () => {
  it('is taken out of the address at once', () => {
    history.replaceState(null, '', '/operator#enrol=a-ticket')
    window.dispatchEvent(new Event('popstate'))
    expect(route.value).toEqual({ page: 'operator' })
    expect(location.href).not.toContain('ticket')
    expect(enrolment.value).toBe('a-ticket')
  })

  it('leads to a page of its own', () => {
    expect(parsePath('/operator')).toEqual({ page: 'operator' })
    expect(parsePath('/operators')).toEqual({ page: 'served' })
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

  it('brings the ticket in a header that no form can send', async () => {
    const fetched = answered({ type: 'drain_asked', node: 'n-1' })
    expect(await ask('drain', { node: 'n-1' }, 'drain_asked')).toEqual({ type: 'drain_asked', node: 'n-1' })
    expect(fetched).toHaveBeenCalledWith(
      '/api/operator/drain',
      expect.objectContaining({
        headers: { 'Content-Type': 'application/json', 'X-Lamplit-Operator': 'a-ticket' },
      }),
    )
  })

  it('tells what is closed from what does not answer, and says refusals', async () => {
    answered({}, 404)
    expect(await ask('look', {}, 'operator_view')).toBe('closed')
    answered({}, 500)
    expect(await ask('look', {}, 'operator_view')).toBe('offline')
    answered({ type: 'refused', code: 'no_such_node' })
    expect(await ask('preview', { node: 'x' }, 'drain_preview')).toBe('no_such_node')
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('no network')))
    expect(await ask('look', {}, 'operator_view')).toBe('offline')
  })
})
