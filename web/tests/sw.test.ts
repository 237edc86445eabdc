import { describe, expect, it } from 'vitest'
import { type Asked, helpIn, nearest, type Strategy, strategyFor } from '../src/sw/strategy'

const ASKED: Asked = { method: 'GET', is_ours: true, is_navigation: false, path: '/', search: '' }
const visit = (path: string, search = '') => ({ ...ASKED, is_navigation: true, path, search })
const file = (path: string, search = '') => ({ ...ASKED, path, search })

describe('how an answer is come by', () => {
  it.each<[string, Asked, Strategy]>([
    ['help', visit('/help'), 'document'],
    ['help in a language', visit('/help', '?lang=es'), 'document'],
    ['privacy', visit('/privacy'), 'document'],
    ['help with anything else in its address', visit('/help', '?lang=es&who=maya'), 'page'],
    ['the lobby', visit('/'), 'page'],
    ['a room', visit('/m/talk'), 'page'],
    ['the page of hosts', visit('/host/lamps'), 'page'],
    ['where hiding leads', visit('/exit'), 'pass'],
    ['the program', file('/assets/index-1a2b.js'), 'file'],
    ['a colour', file('/place.css', '?1a2b'), 'file'],
    ['a colour that may change', file('/place.css'), 'pass'],
    ['an icon', file('/icon', '?1a2b'), 'file'],
    ['the meetings', file('/api/schedule', '?days=7'), 'schedule'],
    ['the rooms', file('/api/rooms'), 'pass'],
    ['a list of crisis lines', file('/api/help'), 'pass'],
    ['what hosts ask', file('/api/host/me'), 'pass'],
    ['a room, as a file', file('/m/talk'), 'pass'],
    ['the worker', file('/sw.js'), 'pass'],
    ['the conversation', file('/socket.io/', '?EIO=4'), 'pass'],
    ['metrics', file('/metrics'), 'pass'],
    ['a form', { ...visit('/help'), method: 'POST' }, 'pass'],
    ['another place', { ...file('/assets/x.js'), is_ours: false }, 'pass'],
  ])('%s', (_, asked, strategy) => {
    expect(strategyFor(asked)).toBe(strategy)
  })
})

describe('what stands in', () => {
  const kept = ['/help', '/api/schedule', '/help?lang=es', '/safety']

  it.each([
    ['/help', '?lang=es', '/help?lang=es'],
    ['/help', '', '/help'],
    ['/help', '?lang=de', '/help?lang=es'],
    ['/help', '?from=room', '/help?lang=es'],
    ['/safety', '?lang=es', '/safety'],
    ['/privacy', '', undefined],
  ])('for %s%s', (path, search, address) => {
    expect(nearest(kept, path, search)).toBe(address)
  })

  it.each([
    ['es', '/help?lang=es'],
    ['', null],
    ['es&x', null],
    ['../', null],
    [7, null],
    [null, null],
  ])('help in %j', (language, address) => {
    expect(helpIn(language)).toBe(address)
  })
})
