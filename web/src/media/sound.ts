import type { Arrivals } from '../state/loss'
import {
  CLOSED_MEDIA,
  changeMedia,
  type MediaEvent,
  type MediaState,
  nextRepair,
  type Repair,
} from '../state/media'
import type { AnswerMedia, Offer, Refusal } from '../wire.gen'
import { Call, type Outgoing } from './call'
import { Health } from './health'
import type { Speakers } from './speakers'
import type { Heard } from './voices'

/** What the sound needs of the conversation with the server. */
export interface Exchange {
  /** Null if the link is not up, or broke. */
  askMedia(event: 'open_media' | 'restart_media'): Promise<Offer | Refusal | null>
  answerMedia(answer: AnswerMedia): Promise<Refusal | null>
}

export interface SoundListener {
  mediaChanged(media: MediaState): void
  /** What has come so far, every 2 s. */
  arrived(arrivals: Arrivals): void
}

/** How often a new transport is asked whether a voice has come, and how long it is waited for in a quiet room. */
const LOOK_MS = 100
const QUIET_MS = 3_000
/** A second transport that is not connected by then does not come. */
const SECOND_MS = 8_000

/** One monotonic clock for everything about sound. */
const now = () => performance.now()

/**
 * The sound of one stay: one transport at a time, its state, and its repair. Only while the member moves to
 * another node there are two: the microphone speaks into both, and the new one sounds as soon as it can. When the transport stalls,
 * breaks or is closed by the server, it is restarted or opened anew by a fixed ladder of times.
 */
export class Sound {
  #media = CLOSED_MEDIA
  #health = new Health()
  #call: Call | null = null
  #next: Call | null = null
  #nextTimer: ReturnType<typeof setTimeout> | undefined
  #isRepairing = false
  #notBefore_ms = 0

  constructor(
    private readonly speakers: Speakers,
    private readonly exchange: Exchange,
    private readonly currentTrack: () => MediaStreamTrack | null,
    private readonly listener: SoundListener,
  ) {}

  get isFlowing(): boolean {
    return this.#media.phase === 'flowing'
  }

  /** Take an offer for a new transport; an older one ends. */
  async open(offer: Offer): Promise<void> {
    this.#dropNext()
    this.#call?.close()
    this.#health = new Health()
    const call = new Call(offer.peer_id, this.speakers, (type) => {
      if (call === this.#call) this.#change({ type })
    })
    this.#call = call
    this.#change({ type: 'opened' })
    await this.#answer(call, offer)
  }

  /** The link is back; the server has the transport of this name, if it has one. */
  onResumed(peerId: string): void {
    const hasMedia = this.#call?.peerId === peerId
    if (!hasMedia && this.#call !== null && this.isFlowing) void this.#moveOver(this.#call)
    else if (!hasMedia || this.#call === null || this.#media.hasFailed) void this.repair('reopen')
  }

  /** The server closed a transport. */
  onClosed(peerId: string): void {
    if (this.#next?.peerId === peerId) this.#failNext()
    if (this.#call?.peerId === peerId) this.#change({ type: 'failed' })
  }

  /** The network is there again, perhaps another one. */
  onNetworkBack(): void {
    this.#change({ type: 'network_back' })
  }

  /** Do what is due; to be called a few times a second. */
  tick(): void {
    const repair = nextRepair(this.#media, now())
    if (repair !== null && navigator.onLine) void this.repair(repair)
  }

  /** Restart the transport, or open a new one. One repair at a time. */
  async repair(repair: Repair): Promise<void> {
    if (this.#isRepairing || now() < this.#notBefore_ms) return
    this.#isRepairing = true
    try {
      await this.#repairNow(repair)
    } finally {
      this.#isRepairing = false
    }
  }

  /** Look whether anything still arrives; to be called every 2 s. */
  async lookAtHealth(): Promise<void> {
    const call = this.#call
    const { phase } = this.#media
    if (call === null || (phase !== 'flowing' && phase !== 'stalled')) return
    const received = await call.received().catch(() => null)
    if (received === null || call !== this.#call) return
    this.listener.arrived({ received: received.voice, lost: received.lost })
    const verdict = this.#health.look(received, now())
    if (verdict !== 'waiting') this.#change({ type: verdict })
  }

  /** What each slot let out last. */
  heard(): (Heard | null)[] {
    return this.#call?.heard() ?? []
  }

  /** What the own microphone gives and what goes out; null without a transport. */
  async outgoing(): Promise<Outgoing | null> {
    return (await this.#call?.outgoing().catch(() => null)) ?? null
  }

  /** Plug the microphone in, or pull it out. */
  async setTrack(track: MediaStreamTrack | null): Promise<void> {
    await Promise.all([this.#call?.setTrack(track), this.#next?.setTrack(track)])
  }

  /** Send as little as can be understood, or as usual again. */
  async thrift(isThrifty: boolean): Promise<void> {
    await this.#call?.thrift(isThrifty).catch(() => undefined)
  }

  /** End the transport and let go of the speakers. */
  close(): void {
    this.speakers.close()
    this.drop()
  }

  /** End the transport; the speakers stay unlocked for the next one. */
  drop(): void {
    this.#dropNext()
    this.#call?.close()
    this.#call = null
    this.#change({ type: 'closed' })
  }

  async #repairNow(repair: Repair): Promise<void> {
    const call = this.#call
    const isRestart = repair === 'restart' && call !== null
    const offer = await this.exchange.askMedia(isRestart ? 'restart_media' : 'open_media')
    if (offer === null || call !== this.#call) return
    this.#change({ type: 'repaired' })
    if ('sdp' in offer) {
      if (isRestart && offer.peer_id === call.peerId) await this.#answer(call, offer)
      else await this.open(offer)
    } else if (offer.code === 'no_peer') {
      this.#change({ type: 'failed' })
    } else if (offer.retry_ms > 0) {
      this.#notBefore_ms = now() + offer.retry_ms
    }
  }

  /** Another node has the seat now. Keep the old transport until the new one has something to say. */
  async #moveOver(old: Call): Promise<void> {
    const offer = await this.exchange.askMedia('open_media')
    if (offer === null || old !== this.#call) return
    if (!('sdp' in offer)) {
      void this.repair('reopen')
      return
    }
    this.#dropNext()
    const next = new Call(
      offer.peer_id,
      this.speakers,
      (type) => {
        if (next === this.#call) this.#change({ type })
        else if (next !== this.#next) return
        else if (type === 'connected') this.#awaitVoice(next, now() + QUIET_MS)
        else if (type === 'failed') this.#failNext()
      },
      true,
    )
    this.#next = next
    this.#nextTimer = setTimeout(() => this.#failNext(), SECOND_MS)
    await this.#answer(next, offer)
  }

  /** Let the new transport sound with its first packet; or after a while, where nobody speaks. */
  #awaitVoice(next: Call, until_ms: number): void {
    clearTimeout(this.#nextTimer)
    this.#nextTimer = setTimeout(async () => {
      const received = await next.received().catch(() => null)
      if (next !== this.#next) return
      if ((received?.voice ?? 0) > 0 || now() >= until_ms) this.#takeNext(next)
      else this.#awaitVoice(next, until_ms)
    }, LOOK_MS)
  }

  #takeNext(next: Call): void {
    const old = this.#call
    this.#next = null
    this.#call = next
    this.#health = new Health()
    next.sound()
    old?.close()
    this.#change({ type: 'connected' })
  }

  /** The new transport will not come: do as after any break. */
  #failNext(): void {
    this.#dropNext()
    void this.repair('reopen')
  }

  #dropNext(): void {
    clearTimeout(this.#nextTimer)
    this.#next?.close()
    this.#next = null
  }

  async #answer(call: Call, offer: Offer): Promise<void> {
    try {
      const answer = await call.accept(offer, this.currentTrack())
      if (call !== this.#call && call !== this.#next) return
      const refusal = await this.exchange.answerMedia(answer)
      if (refusal !== null && refusal.code !== 'stale_offer') this.#fail(call)
    } catch {
      // The browser could not take the offer; a new transport may go better.
      this.#fail(call)
    }
  }

  #fail(call: Call): void {
    if (call === this.#next) this.#failNext()
    else if (call === this.#call) this.#change({ type: 'failed' })
  }

  #change(event: MediaEvent): void {
    const media = changeMedia(this.#media, event, now())
    if (media === this.#media) return
    this.#media = media
    this.listener.mediaChanged(media)
  }
}
