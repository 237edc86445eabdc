import { signal } from '@preact/signals'
import { announcer } from '../../a11y/announcer'
import { thisBrowser } from '../../media/browser'
import type { Outgoing } from '../../media/call'
import type { Mic, MicProblem } from '../../media/mic'
import { micPermission } from '../../media/mic_permission'
import { MutedEar } from '../../media/muted_ear'
import { OutputWatch } from '../../media/output_watch'
import type { Sound } from '../../media/sound'
import type { Speakers } from '../../media/speakers'
import { changeSettings } from '../../settings'
import { type Arrivals, lookAtLoss, NO_LOSS } from '../../state/loss'
import { FRESH_WATCH, hearUnheard, NOBODY_TALKS, watchMic } from '../../state/mic_watch'
import { outputChange } from '../../state/outputs'
import { t } from '../../text'
import { savesData } from '../../thrift'
import type { NoticeBoard } from './notice_board'

/** The same clock as that of the notices. */
const now = () => performance.now()

/** What the care for sound and microphone needs of the stay. */
export interface CareOf {
  readonly board: NoticeBoard
  readonly speakers: Speakers
  readonly sound: Sound
  readonly mic: Mic
  /** A press of the microphone button. */
  toggleMic(): Promise<void>
}

/** Problems that a window inside another app has where the browser itself would have none. */
const OF_APPS = new Set<MicProblem>(['refused', 'insecure', 'missing', 'failed'])
/** Problems that may be over when the person comes back from the browser's or the system's settings. */
const MAY_BE_ALLOWED = new Set<unknown>(['refused', 'in_app'])
/** A second press of "Come back" so soon means that the first did not help. */
const TRY_HARDER_MS = 60_000

/**
 * Looks after the sound and the microphone of one stay: notices what goes wrong with them while nobody
 * says so, has it put into words, and does what the person then chooses. It never opens a microphone by itself.
 */
export class Care {
  /** Whether the person is asked before the first press: here a microphone may move the sound. */
  readonly isAskingFirst = signal(false)
  /** Whether the sheet about the microphone is open. */
  readonly isExplaining = signal(false)
  #wasAsked = false
  #watch = FRESH_WATCH
  #unheard = NOBODY_TALKS
  #loss = NO_LOSS
  /** Until when no more is said of loss. */
  #isLossClosed = false
  #permission: PermissionStatus | null = null
  #cameBack_ms = Number.NEGATIVE_INFINITY
  #comebacks = 0
  readonly #ear = new MutedEar()
  readonly #outputs = new OutputWatch({
    outputsChanged: (before, after) => {
      const output = outputChange(before, after)
      if (output === null) return
      this.stay.speakers.playOn()
      this.stay.board.note({ output })
    },
  })

  /** Looks after it until the signal aborts. */
  constructor(
    private readonly stay: CareOf,
    stopped: AbortSignal,
  ) {
    void this.#outputs.watch(stopped)
    stopped.addEventListener('abort', () => {
      this.#ear.close()
      if (this.#permission !== null) this.#permission.onchange = null
    })
  }

  /** Whether the microphone may be asked for now; if not, the person is being asked something first. */
  mayOpen(): boolean {
    if (this.#wasAsked || thisBrowser().system !== 'ios') return true
    this.#wasAsked = true
    this.isAskingFirst.value = true
    return false
  }

  /** To be called four times a second, with what the microphone gives and sends while it is on. */
  look(outgoing: Outgoing | null): void {
    const { mic, sound } = this.stay
    if (mic.phase === 'on') {
      this.#ear.close()
      if (outgoing !== null)
        this.#take(watchMic(this.#watch, { ...outgoing, isFlowing: sound.isFlowing }, now()))
      return
    }
    this.#watch = FRESH_WATCH
    if (mic.phase === 'off' && mic.track !== null) this.#hearUnheard(mic.track)
  }

  /** The capture began or ended: no copy of it outlives it. */
  trackChanged(): void {
    this.#ear.close()
  }

  /** What came so far, every 2 s. */
  arrived(arrivals: Arrivals): void {
    this.#loss = lookAtLoss(this.#loss, arrivals)
    const isLossy = this.#loss.isWeak && !this.#isLossClosed
    const { troubles } = this.stay.board
    if (troubles.value.isLossy !== isLossy || troubles.value.savesData !== savesData())
      this.stay.board.note({ isLossy, savesData: savesData() })
  }

  /** The microphone has a problem, or none any more. */
  noteProblem(problem: MicProblem | null): void {
    const isOfApp = problem !== null && OF_APPS.has(problem) && thisBrowser().isInApp
    const mic = isOfApp ? 'in_app' : problem
    this.stay.board.note({ mic })
    if (mic === null) void this.#outputs.look()
    else if (MAY_BE_ALLOWED.has(mic)) void this.#followPermission()
  }

  /** The page is looked at again. */
  onVisible(): void {
    this.stay.speakers.playOn()
    if (MAY_BE_ALLOWED.has(this.stay.board.troubles.value.mic)) void this.#followPermission()
  }

  /** Press of "Come back": play on and take the microphone again; if that did not help, more and more is begun anew. */
  async comeBack(): Promise<void> {
    const { board, mic, sound, speakers } = this.stay
    const hadMic = board.troubles.value.mic === 'interrupted'
    this.#comebacks = now() - this.#cameBack_ms < TRY_HARDER_MS ? this.#comebacks + 1 : 1
    this.#cameBack_ms = now()
    // The seat is kept over a reload, and so is the place in the queue.
    if (this.#comebacks > 2) location.reload()
    speakers.unlock()
    if (this.#comebacks === 2) void sound.repair('reopen')
    if (!hadMic) return
    board.note({ mic: null })
    if (mic.phase === 'off') await this.stay.toggleMic()
  }

  /** Press of "Try again" at a microphone that is on, yet not heard: it is taken anew. */
  async tryAgain(): Promise<void> {
    this.stay.mic.stop()
    this.stay.board.note({ mic: null })
    await this.stay.toggleMic()
  }

  useLessData(): void {
    changeSettings({ saves_data: true })
    this.stay.board.note({ savesData: true })
    this.stay.board.tell('sound.saves')
  }

  closeLossNotice(): void {
    this.#isLossClosed = true
    this.stay.board.note({ isLossy: false })
  }

  #take(watch: typeof FRESH_WATCH): void {
    const before = this.#watch.verdict
    this.#watch = watch
    if (watch.verdict === before) return
    const { board } = this.stay
    if (watch.verdict !== 'fine') board.note({ mic: watch.verdict })
    else if (board.troubles.value.mic === before) board.note({ mic: null })
  }

  #hearUnheard(track: MediaStreamTrack): void {
    // There one more sound graph may change where the sound comes out.
    if (thisBrowser().system === 'ios') return
    this.#ear.open(track)
    const heard = hearUnheard(this.#unheard, this.#ear.level(), now())
    this.#unheard = heard.state
    if (!heard.isTold) return
    this.stay.board.tell('mic.unheard')
    announcer.announce({ text: t('mic.unheard'), urgency: 'polite' })
  }

  async #followPermission(): Promise<void> {
    const status = this.#permission ?? (await micPermission())
    if (status === null) return
    this.#permission = status
    const look = () => {
      const isAllowed = status.state === 'granted'
      if (isAllowed && MAY_BE_ALLOWED.has(this.stay.board.troubles.value.mic))
        this.stay.board.note({ mic: 'allowed' })
    }
    status.onchange = look
    look()
  }
}
