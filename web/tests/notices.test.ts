import { describe, expect, it } from 'vitest'
import { changeMedia } from '../src/state/media'
import { isTroubled, type Notice, notices, type Troubles, urgencyOf } from '../src/state/notices'
import { FINE } from './fine'

const LOST = changeMedia(FINE.media, { type: 'disconnected' }, 80_000)
const SUSPECTED = changeMedia(FINE.media, { type: 'network_back' }, 99_500)

describe('notices', () => {
  it.each<[string, Partial<Troubles>, string[]]>([
    ['are silent when all is fine', {}, []],
    ['wait before they speak of the link', { link: 'retrying', linkSince_ms: 99_000 }, []],
    ['speak of the link after 2 s', { link: 'retrying', linkSince_ms: 98_000 }, ['link.updating']],
    ['say more after 10 s', { link: 'retrying', linkSince_ms: 90_000 }, ['link.long']],
    ['know that the network is gone', { link: 'retrying', isOnline: false }, ['link.offline_sound']],
    ['put the lost sound before the link', { media: LOST, link: 'retrying' }, ['sound.lost']],
    ['say offline when sound and network are gone', { media: LOST, isOnline: false }, ['link.offline']],
    ['say nothing of sound that another network may not have touched', { media: SUSPECTED }, []],
    ['until it is known', { media: SUSPECTED, now_ms: 103_500 }, ['sound.lost']],
    ['put blocked sound first', { media: LOST, blocked: 'refused' }, ['sound.blocked']],
    ['tell a phone call from a browser that refuses', { blocked: 'taken' }, ['sound.taken']],
    [
      'tell of a call once, though it took both',
      { blocked: 'taken', mic: 'interrupted' },
      ['sound.taken_both'],
    ],
    ['tell of a restart', { link: 'retrying', restart_ms: 95_000 }, ['link.restarting']],
    [
      'also while the sound is gone with it',
      { link: 'retrying', restart_ms: 95_000, media: LOST },
      ['link.restarting'],
    ],
    ['say when the restart takes long', { link: 'retrying', restart_ms: 80_000 }, ['link.restart_late']],
    ['forget the restart once the link is up', { restart_ms: 80_000 }, []],
    ['show that all is well again, for a while', { back_ms: 97_000 }, ['link.back']],
    ['and not longer', { back_ms: 95_000 }, []],
    ['tell of a lost history', { reset_ms: 95_000 }, ['link.reset']],
    [
      'show the microphone beside the connection',
      { media: LOST, mic: 'refused' },
      ['sound.lost', 'mic.refused'],
    ],
    ['put a host’s word before a problem', { mutedBy: 'Tom', mic: 'missing' }, ['mic.muted_by_host']],
    ['warn when the sound comes out elsewhere', { output: 'gone' }, ['sound.output_gone']],
    ['but not while none comes out', { output: 'gone', blocked: 'taken' }, ['sound.taken']],
    ['offer less data where much is lost', { isLossy: true }, ['sound.lossy']],
    ['once', { isLossy: true, savesData: true }, []],
    ['tell what just happened', { told: { text: 'turn.over', name: '', at_ms: 91_000 } }, ['turn.over']],
    ['for a while', { told: { text: 'turn.over', name: '', at_ms: 90_000 } }, []],
    ['ask to write slower', { slowedUntil_ms: 101_000 }, ['chat.too_fast']],
  ])('%s', (_, troubles, texts) => {
    expect(notices({ ...FINE, ...troubles }).map((notice) => notice.text)).toEqual(texts)
  })

  it.each<[number, boolean, string[]]>([
    [109_000, false, []],
    [110_000, false, ['repair', 'less_data']],
    [110_000, true, ['repair']],
  ])('at %i ms, with less data asked for: %s, offer %s', (now_ms, savesData, actions) => {
    expect(notices({ ...FINE, media: LOST, now_ms, savesData })[0]?.actions).toEqual(actions)
  })

  it('do not count a weak connection as one that came back', () => {
    expect(isTroubled({ ...FINE, isLossy: true })).toBe(false)
  })
})

describe('what is urgent', () => {
  it.each<[string, readonly [number, Notice['text'], Notice['urgency']][], Notice['urgency'][]]>([
    ['is so once', [[0, 'sound.lost', 'assertive']], ['assertive']],
    [
      'is polite within a minute, whichever words say that the connection is lost',
      [
        [0, 'sound.lost', 'assertive'],
        [4_000, 'link.back', 'polite'],
        [20_000, 'link.offline', 'assertive'],
        [59_999, 'sound.lost', 'assertive'],
      ],
      ['assertive', 'polite', 'polite', 'polite'],
    ],
    [
      'is so again after a minute',
      [
        [0, 'sound.lost', 'assertive'],
        [60_000, 'sound.lost', 'assertive'],
      ],
      ['assertive', 'assertive'],
    ],
    [
      'does not wait for a trouble of another kind',
      [
        [0, 'sound.lost', 'assertive'],
        [1_000, 'sound.output_gone', 'assertive'],
        [2_000, 'sound.blocked', 'assertive'],
      ],
      ['assertive', 'assertive', 'assertive'],
    ],
    ['does not say what was to be silent', [[0, 'turn.over', 'none']], ['none']],
  ])('%s', (_, told, expected) => {
    const urgent_ms = new Map<string, number>()
    const urgencies = told.map(([at_ms, text, urgency]) =>
      urgencyOf({ text, urgency, tone: 'warm', actions: [] }, urgent_ms, at_ms),
    )
    expect(urgencies).toEqual(expected)
  })
})
