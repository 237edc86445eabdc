import { computed, effect, signal } from '@preact/signals'
import { announcer } from '../../a11y/announcer'
import { captureWish } from '../../media/capture'
import { cue } from '../../media/chime'
import { Mic, type MicListener, type MicPhase, type MicProblem } from '../../media/mic'
import { Sound } from '../../media/sound'
import type { Speakers } from '../../media/speakers'
import { sameVoices, Voices } from '../../media/voices'
import { WakeLock } from '../../media/wake_lock'
import { Link, type LinkPhase, type Request, type SeatWish } from '../../net/link'
import { forgetSeat, keepSeat, type Seat } from '../../net/seat'
import { openSocket } from '../../net/socket'
import type { OpenWire } from '../../net/wire'
import { settings } from '../../settings'
import { type Closed, whyClosed } from '../../state/floor'
import { may, mayBeHeard } from '../../state/hearing'
import { CLOSED_MEDIA, type MediaState } from '../../state/media'
import type { Command } from '../../state/outbox'
import { type FailedLine, type PendingLine, pendingLines } from '../../state/people'
import { losesLines, type Step } from '../../state/replica'
import { spokenChange, spokenFor } from '../../state/spoken'
import { isTold } from '../../state/told'
import { t } from '../../text'
import { savesData } from '../../thrift'
import type { Ability, Answer, FromBrowserEvents, Guest, Member, Offer, Refusal, Room } from '../../wire.gen'
import type { Care, CareOf } from './care'
import type { Holding } from './hold'
import type { Ending } from './how_it_ended'
import { Letters } from './letters'
import { noteNews, noteRole } from './news'
import { NoticeBoard, now } from './notice_board'
import { Sheets } from './sheets'
import { Turn } from './turn'
import { Undo } from './undo'

/** Marks follow the voices four times a second. */
const POLL_MS = 250
const HEALTH_MS = 2_000
const FULL_VOLUME = 100
const CARE_WAIT_MS = 1_500

/**
 * One stay in a room: the link, the transport, the microphone and the loudspeakers of one member, and
 * what the page shows of them as signals. Nothing here draws.
 */
export class RoomSession {
  readonly room = signal<Room | null>(null)
  readonly me = signal(0)
  readonly link = signal<LinkPhase>('idle')
  readonly media = signal<MediaState>(CLOSED_MEDIA)
  readonly mic = signal<MicPhase>('off')
  readonly pending = signal<readonly PendingLine[]>([])
  readonly failed = signal<readonly FailedLine[]>([])
  readonly audible = signal<ReadonlySet<number>>(new Set())
  /** How loud the person wants the room, in percent. */
  readonly volume = signal(FULL_VOLUME)
  readonly isSoundOff = computed(() => this.volume.value === 0)
  readonly ending = signal<Ending | null>(null)
  readonly board = new NoticeBoard()
  readonly self = computed<Member | null>(() => this.room.value?.members[this.me.value] ?? null)
  /** The person as somebody who waits at the door. */
  readonly guest = computed<Guest | null>(
    () => this.room.value?.guests.find((guest) => guest.member_id === this.me.value) ?? null,
  )
  readonly closed = computed<Closed | null>(() => {
    const self = this.self.value
    const room = this.room.value
    return room === null || self === null ? null : whyClosed(room, self, this.turn.now_ms.value)
  })
  readonly turn = new Turn(this)
  readonly letters = new Letters(this)
  /** Holding to talk, once the code of the keys is here. */
  readonly hold = signal<Holding | null>(null)
  readonly undo = new Undo(this)
  readonly sheets = new Sheets()

  /** Whom the person is looking at; the sheet stays while that one's row moves, or goes. */
  readonly chosen = signal<Pick<Member, 'member_id' | 'name'> | null>(null)
  /** Whether this stay began with a kept seat, not with the sheet. */
  isReturning = false
  /** Whether the person has been in the room since the page was loaded: then the door is a step back. */
  readonly wasInside = signal(false)

  /** Looks after sound and microphone once its code is here. */
  readonly care = signal<Care | null>(null)
  #careIsHere: () => void = () => undefined
  readonly #careComes = new Promise<void>((resolve) => {
    this.#careIsHere = resolve
  })

  readonly #link: Link
  readonly #mic: Mic
  readonly #sound: Sound
  readonly #voices = new Voices()
  readonly #wakeLock = new WakeLock()
  readonly #stopping = new AbortController()
  #hasMicCommand = false
  /** The room's record began anew: it may not know any more that the microphone is on. */
  #isRecordNew = false
  #failedId = 0
  #timers: ReturnType<typeof setInterval>[] = []

  constructor(
    private readonly speakers: Speakers,
    openWire: OpenWire = openSocket,
  ) {
    this.#link = new Link(openWire, {
      phaseChanged: (phase) => this.#onLink(phase),
      seated: (seat) => {
        if (seat.memberId !== this.me.value) this.letters.forget()
        this.me.value = seat.memberId
        keepSeat(seat)
      },
      clockRead: (now_ms) => this.turn.readClock(now_ms),
      stepped: (step) => this.#onStep(step),
      outboxChanged: (outbox) => {
        this.pending.value = pendingLines(outbox.queued)
        this.#hasMicCommand = outbox.queued.some(({ command }) => command.event === 'set_microphone')
      },
      offered: (offer) => {
        this.board.note({ restart_ms: 0, isApart: false })
        this.#agreeOnMic(true)
        void this.#sound.open(offer)
      },
      moved: (offer) => this.#onMoved(offer),
      privateAsked: (memberId) => this.letters.asked(memberId),
      privateAnswered: (memberId, yes) => this.letters.answered(memberId, yes),
      privateLine: (line) => this.letters.received(line),
      reached: (isWhole) => this.board.note({ isApart: !isWhole }),
      restarting: () => this.board.note({ restart_ms: now() }),
      resumed: (peerId) => this.#onResumed(peerId),
      mediaClosed: (peerId) => this.#sound.onClosed(peerId),
      slowed: (wait_ms) => this.board.note({ slowedUntil_ms: now() + Math.max(wait_ms, 3_000) }),
      refusedLate: (refusal, { payload }) => {
        const about = 'member_id' in payload ? this.room.value?.members[payload.member_id] : undefined
        this.board.tellRefusal(refusal, about?.name)
      },
      refused: (refusal) => this.#end({ refusal }),
      turnedAway: (turnedAway) => this.#end({ turnedAway }),
      ended: (ended) => this.#end(ended),
    })
    this.#sound = new Sound(speakers, this.#link, () => this.#mic.track, {
      mediaChanged: (media) => {
        this.media.value = media
        this.board.note({ media })
      },
      arrived: (arrivals) => this.care.value?.arrived(arrivals),
    })
    const microphone: MicListener = {
      phaseChanged: (phase) => {
        if (phase !== 'asking' && this.mic.value !== phase) cue(phase === 'on' ? 'mic_on' : 'mic_off')
        this.mic.value = phase
        if (phase === 'off') this.#voices.silence(this.me.value)
        if (phase === 'on') this.turn.answer()
      },
      problemChanged: (problem) => this.#onMicProblem(problem),
      trackChanged: (track) => {
        this.care.value?.trackChanged()
        return this.#sound.setTrack(track)
      },
    }
    this.#mic = new Mic(microphone, () => this.turn.isMine.value)
    speakers.listen({ blockedChanged: (blocked) => this.board.note({ blocked }) })
  }

  /** Ask for a seat. To be called inside the tap, after the speakers were unlocked. */
  join(wish: SeatWish): void {
    this.#begin()
    this.#link.join(wish)
  }

  /** Come back after a reload. */
  resume(seat: Seat): void {
    this.isReturning = true
    this.#begin()
    this.me.value = seat.memberId
    this.letters.recall()
    this.#link.resume(seat)
  }

  /** Press of the microphone button. */
  toggleMic(): Promise<void> {
    return this.#mic.phase === 'off' ? this.pressMic() : this.closeMic()
  }

  /** Turn the microphone on, or lead to where one asks for that. */
  async pressMic(): Promise<void> {
    const closed = this.closed.value
    if (closed === 'muted' || this.#mic.phase !== 'off') return
    if (closed !== null) {
      this.turn.isAsking.value = true
      return
    }
    if (this.care.value === null) {
      // On an iPhone it asks something before the first press; a browser that cannot get it has sound all the same.
      await Promise.race([this.#careComes, new Promise((resolve) => setTimeout(resolve, CARE_WAIT_MS))])
      if (this.#stopping.signal.aborted || this.closed.value !== null || this.#mic.phase !== 'off') return
    }
    if (this.care.value?.mayOpen() === false || !(await this.#mic.open())) return
    await this.#sayMicIsOn()
  }

  /** Nobody hears what follows: the microphone is off at once. */
  async closeMic(): Promise<void> {
    if (this.#mic.phase === 'off') return
    this.#mic.close()
    await this.#link.send({ event: 'set_microphone', payload: { on: false } })
  }

  /** Whether the own role holds the ability. */
  may(ability: Ability): boolean {
    const role = this.self.value?.role
    return role !== undefined && may(role, ability)
  }

  /** The code that looks after sound and microphone is here. */
  takeCare(make: (stay: CareOf, stopped: AbortSignal) => Care): void {
    const stay = {
      board: this.board,
      speakers: this.speakers,
      sound: this.#sound,
      mic: this.#mic,
      toggleMic: () => this.toggleMic(),
    }
    this.care.value ??= make(stay, this.#stopping.signal)
    this.#careIsHere()
  }

  closeMicNotice(): void {
    this.board.note({ mic: null })
  }

  /** Post a line: it shows at once as on its way. */
  async post(text: string): Promise<void> {
    const refusal = await this.#link.send({ event: 'post_chat', payload: { text } })
    if (refusal === null) return
    this.#failedId += 1
    this.failed.value = [...this.failed.value, { id: this.#failedId, text }]
  }

  dropFailed(id: number): void {
    this.failed.value = this.failed.value.filter((line) => line.id !== id)
  }

  /** Any other command of a person or a host; resolves to why not, or null. */
  ask(command: Command): Promise<Refusal | null> {
    return this.#link.send(command)
  }

  /** A press that needs no answer but a refusal's: that is shown for a while. `name` is who it was about. */
  async act(command: Command, name = ''): Promise<void> {
    const refusal = await this.#link.send(command)
    if (refusal !== null) this.board.tellRefusal(refusal, name)
  }

  /** What is no command of the room's log: private words, invites. Null if the link broke. */
  request<E extends Request>(event: E, payload: FromBrowserEvents[E]): Promise<Answer | null> {
    return this.#link.request(event, payload)
  }

  toggleSound(): void {
    this.setVolume(this.isSoundOff.value ? FULL_VOLUME : 0)
  }

  /** Make the room louder or quieter for oneself, in percent. */
  setVolume(percent: number): void {
    this.volume.value = percent
    this.speakers.setVolume(percent / 100)
  }

  /** Make the meeting quieter for as long as somebody holds a key. */
  duck(isDucked: boolean): void {
    this.speakers.duck(isDucked)
  }

  /** Press of "Turn on sound". */
  unlockSound(): void {
    this.speakers.unlock()
  }

  /** Press of "Try now". */
  repairNow(): void {
    this.#link.networkCame()
    void this.#sound.repair('reopen')
  }

  /** Leave for good: sound and microphone stop before anything else. */
  async leave(): Promise<void> {
    if (this.ending.value !== null) return
    this.#stop()
    this.ending.value = { reason: 'left' }
    forgetSeat()
    await this.#link.leave()
  }

  #begin(): void {
    const { signal: stopped } = this.#stopping
    window.addEventListener('online', () => this.#onOnline(true), { signal: stopped })
    window.addEventListener('offline', () => this.#onOnline(false), { signal: stopped })
    window.addEventListener('pageshow', () => this.#link.networkCame(), { signal: stopped })
    document.addEventListener('visibilitychange', () => this.#onVisible(), { signal: stopped })
    this.#timers = [
      setInterval(() => this.#poll(), POLL_MS),
      setInterval(() => void this.#sound.lookAtHealth(), HEALTH_MS),
    ]
    this.#followSettings(stopped)
    void this.#wakeLock.take()
    // What a locked phone shows of this page: nothing but the place.
    if ('mediaSession' in navigator)
      navigator.mediaSession.metadata = new MediaMetadata({ title: document.title })
  }

  /** What is chosen during the stay counts at once. */
  #followSettings(stopped: AbortSignal): void {
    const wish = computed(() => JSON.stringify(captureWish(settings.value)))
    let before = wish.value
    let isThrifty = savesData()
    const stop = effect(() => {
      this.speakers.moveToChosen()
      if (wish.value !== before) void this.#mic.swap()
      before = wish.value
      if (savesData() !== isThrifty) void this.#sound.thrift(!isThrifty)
      isThrifty = savesData()
    })
    stopped.addEventListener('abort', stop)
  }

  #onOnline(isOnline: boolean): void {
    this.board.note({ isOnline })
    if (isOnline) {
      this.#sound.onNetworkBack()
      this.#link.networkCame()
    } else {
      this.#link.networkWent()
    }
  }

  #onVisible(): void {
    if (document.visibilityState !== 'visible') return
    this.#wakeLock.onVisible()
    this.care.value?.onVisible()
    void this.#sound.lookAtHealth()
    this.#link.networkCame()
  }

  #onLink(phase: LinkPhase): void {
    if (phase === 'retrying' && this.link.value === 'up') cue('lost')
    this.link.value = phase
    this.board.note({ link: phase, linkSince_ms: now() })
  }

  #onStep(step: Step): void {
    const before = this.room.value
    const { room } = step.replica
    const me = this.me.value
    const nameOf = (id: number) => (before?.members[id] ?? room?.members[id])?.name ?? t('people.a_host')
    if (step.wasReset) this.#isRecordNew = true
    if (step.wasReset && losesLines(before, room)) this.board.note({ reset_ms: now() })
    for (const commit of step.applied) {
      const spoken = spokenFor(commit, nameOf, me, room, settings.value.chat_told === 'full')
      if (spoken !== null && isTold(spoken, settings.value)) announcer.announce(spoken)
      this.turn.notBefore(commit.at_ms)
      this.undo.follow(commit, me)
      noteNews(this.board, commit, me, nameOf)
    }
    this.room.value = room
    noteRole(this.board, before?.members[me], room?.members[me])
    this.turn.follow(before, room)
    for (const spoken of spokenChange(before, room, me))
      if (isTold(spoken, settings.value)) announcer.announce(spoken)
    this.wasInside.value ||= room?.members[me] !== undefined
    this.letters.follow(room)
    const self = room?.members[me]
    if (self === undefined || room === null) return
    this.#obeyHost(self.mutes.by_host)
    if (this.link.value === 'up') this.#obeyRecord(room, self)
  }

  /** The room closed the microphone, or does not hear it any more: then it is off here, too. */
  #obeyRecord(room: Room, self: Member): void {
    if (this.#mic.phase !== 'on' || this.#hasMicCommand) return
    if (self.mutes.by_self) this.#mic.close()
    else if (!mayBeHeard(room, self)) void this.toggleMic()
  }

  /** Tell the room; a microphone that it does not want is off here, too. */
  async #sayMicIsOn(): Promise<void> {
    const refusal = await this.#link.send({ event: 'set_microphone', payload: { on: true } })
    if (refusal === null) return
    this.#mic.stop()
    this.board.tellRefusal(refusal)
  }

  /** A host's word holds, also one that came while the link was down. */
  #obeyHost(isMutedByHost: boolean): void {
    const { mutedBy } = this.board.troubles.value
    if (isMutedByHost && this.#mic.phase !== 'off') this.#mic.stop()
    if (isMutedByHost && mutedBy === null) this.board.note({ mutedBy: t('people.a_host') })
    if (!isMutedByHost && mutedBy !== null) this.board.note({ mutedBy: null })
  }

  /** Let in, sent back to the door, or trusted with another role. */
  #onMoved(offer: Offer | null): void {
    const self = this.self.value
    if (self === null) {
      this.#mic.stop()
      this.#sound.drop()
      return
    }
    if (offer !== null) {
      this.#agreeOnMic(true)
      void this.#sound.open(offer)
    }
  }

  #onResumed(peerId: string): void {
    this.board.note({ restart_ms: 0, isApart: false })
    this.#agreeOnMic(this.#isRecordNew)
    this.#isRecordNew = false
    this.#sound.onResumed(peerId)
  }

  /**
   * After a break the room's record and the capture may say different things. A record that lost its
   * memory is told again that the microphone is on; any other record is right, since a host may have
   * closed the microphone meanwhile.
   */
  #agreeOnMic(isRecordNew: boolean): void {
    const self = this.self.value
    const isOn = this.#mic.phase === 'on'
    if (self === null || isOn === !self.mutes.by_self || this.#hasMicCommand) return
    if (isOn && (!isRecordNew || self.mutes.by_host)) this.#mic.stop()
    else if (isOn) void this.#sayMicIsOn()
    else void this.#link.send({ event: 'set_microphone', payload: { on: false } })
  }

  #poll(): void {
    const now_ms = now()
    void this.#lookAtMic()
    const audible = this.#voices.poll(this.#sound.heard(), now_ms)
    if (!sameVoices(audible, this.audible.value)) this.audible.value = audible
    this.#sound.tick()
    this.turn.tick()
    this.board.tick()
  }

  async #lookAtMic(): Promise<void> {
    const outgoing = this.#mic.phase === 'on' ? await this.#sound.outgoing() : null
    if (this.#mic.phase === 'on') this.#voices.hear(this.me.value, outgoing?.level ?? 0, now())
    this.care.value?.look(outgoing)
  }

  #onMicProblem(problem: MicProblem | null): void {
    if (this.care.value === null) this.board.note({ mic: problem })
    else this.care.value.noteProblem(problem)
    const isLost = problem === 'ended' || problem === 'interrupted'
    if (isLost && this.self.value?.mutes.by_self === false)
      void this.#link.send({ event: 'set_microphone', payload: { on: false } })
  }

  #end(ending: Ending): void {
    this.#stop()
    // Whoever was turned away is back in the seat once there is room, or the page was loaded anew.
    if (!('turnedAway' in ending)) forgetSeat()
    this.ending.value = ending
  }

  #stop(): void {
    this.turn.stop()
    this.hold.value?.end('cancelled')
    this.#mic.stop()
    this.#sound.close()
    this.#stopping.abort()
    for (const timer of this.#timers) clearInterval(timer)
    this.#timers = []
    this.#wakeLock.drop()
    if ('mediaSession' in navigator) navigator.mediaSession.metadata = null
    announcer.drop()
  }
}
