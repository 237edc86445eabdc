// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { gentleName, looksFull } from '../src/names'
import { retryDelay, spread } from '../src/net/backoff'
import { deviceToken, forgetDevice, isDeviceKept, keepCard, recallCard } from '../src/net/device'
import { forgetSeat, keepSeat, recallSeat } from '../src/net/seat'
import { readCards, readMeetings } from '../src/rooms'
import { parsePath } from '../src/route'
import { deviceZone } from '../src/state/times'
import { chooseZone, zone } from '../src/zone'

describe('addresses', () => {
  it.each([
    ['/', { page: 'lobby' }],
    ['/m/talk', { page: 'meeting', slug: 'talk' }],
    ['/m/early-risers/', { page: 'meeting', slug: 'early-risers' }],
    ['/m/Not%20A%20Slug', { page: 'served' }],
    ['/m/a/b', { page: 'served' }],
    ['/nowhere', { page: 'served' }],
  ])('%s', (path, route) => {
    expect(parsePath(path)).toEqual(route)
  })
})

describe('names', () => {
  it('are made up for any chance', () => {
    for (const chance of [0, 0.5, 0.999_999]) expect(gentleName(chance)).toMatch(/^\p{Lu}\p{Ll}+$/u)
  })

  it.each([
    ['Maya Thompson', true],
    ['Maya', false],
    ['Maya T', false],
    ['maya thompson', false],
    ['Élodie Åström', true],
  ])('%s looks like a full name: %s', (name, isFull) => {
    expect(looksFull(name)).toBe(isFull)
  })
})

describe('waiting before coming back', () => {
  it('spreads a full room over time', () => {
    expect([retryDelay(0, 0), retryDelay(0, 1)]).toEqual([160, 400])
    expect(retryDelay(20, 1)).toBe(5_000)
    expect([spread(2_000, 0), spread(2_000, 1)]).toEqual([1_000, 3_000])
  })
})

describe('a kept seat', () => {
  const seat = { slug: 'talk', name: 'Maya', invite: '', ticket: 't', memberId: 7 }

  it('is recalled for its room only, until it is forgotten', () => {
    keepSeat(seat)
    expect(recallSeat('talk')).toEqual(seat)
    expect(recallSeat('other')).toBeNull()
    forgetSeat()
    expect(recallSeat('talk')).toBeNull()
  })

  it('is not made of anything else that is stored', () => {
    for (const stored of ['{', '1', '{"slug":"talk"}']) {
      sessionStorage.setItem('seat', stored)
      expect(recallSeat('talk')).toBeNull()
    }
  })
})

describe('the list of rooms', () => {
  const card = {
    slug: 'talk',
    title: 'Talk',
    about: 'All day',
    members: 3,
    phase: 'doors',
    starts_ms: 1,
    ends_ms: 2,
    next_starts_ms: 3,
    has_host: true,
    is_continuous: false,
  }

  it('keeps what the lobby shows', () => {
    expect(readCards({ rooms: [{ ...card, newer: true }] })).toEqual([card])
  })

  it('takes a phase that it does not know for an open room', () => {
    expect(readCards({ rooms: [{ ...card, phase: 'prelude' }] })[0]?.phase).toBe('on')
  })

  it('is refused when it is something else', () => {
    expect(() => readCards({})).toThrow()
    expect(() => readCards('x')).toThrow()
  })
})

describe('the schedule', () => {
  const meeting = { slug: 'talk', title: 'Talk', starts_ms: 1, ends_ms: 2, zone: 'UTC' }

  it('keeps what the lobby shows', () => {
    expect(readMeetings({ meetings: [{ ...meeting, newer: true }] })).toEqual([meeting])
  })

  it('is refused when it is something else', () => {
    expect(() => readMeetings({ rooms: [] })).toThrow()
  })
})

describe('the zone of times', () => {
  it('is remembered on this device where it is another than its own', () => {
    localStorage.clear()
    chooseZone('Asia/Kathmandu')
    expect(zone.value).toBe('Asia/Kathmandu')
    expect(localStorage.getItem('zone')).toBe('Asia/Kathmandu')
    chooseZone(deviceZone())
    expect(zone.value).toBe(deviceZone())
    expect(localStorage.getItem('zone')).toBeNull()
  })
})

describe('what a device keeps of itself', () => {
  it('is a random text that stays the same', () => {
    localStorage.clear()
    const token = deviceToken()
    expect(token).toMatch(/^[A-Za-z0-9_-]{22}$/)
    expect(deviceToken()).toBe(token)
    expect(localStorage.getItem('device')).toBe(token)
  })

  it('is drawn anew where something else is stored', () => {
    localStorage.setItem('device', 'not a token')
    expect(deviceToken()).toMatch(/^[A-Za-z0-9_-]{22}$/)
  })

  it('has one card for each room', () => {
    keepCard('talk', 'one')
    keepCard('walk', 'two')
    keepCard('talk', 'three')
    expect([recallCard('talk'), recallCard('walk'), recallCard('early')]).toEqual(['three', 'two', ''])
  })

  it('is forgotten without a trace, and without what it does not own', () => {
    localStorage.setItem('name', 'Maya')
    const token = deviceToken()
    keepCard('talk', 'one')
    expect(isDeviceKept()).toBe(true)
    forgetDevice()
    expect(isDeviceKept()).toBe(false)
    expect(Object.keys(localStorage)).toEqual(['name'])
    expect(deviceToken()).not.toBe(token)
  })
})
