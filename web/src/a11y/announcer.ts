/** Something to be read out by a screen reader. */
export interface Announcement {
  readonly text: string
  readonly urgency: 'polite' | 'assertive'
  /** For whom it is: what concerns the person is told always, the rest as they choose. */
  readonly level?: 'me' | 'floor' | 'everything'
  /** It waits so long for others of its kind. */
  readonly gather_ms?: number
  /** Announcements of one kind that wait together are read as one. */
  readonly kind?: string
  /** The words for several of one kind. */
  readonly merged?: (count: number) => string
}

export type Say = (urgency: Announcement['urgency'], text: string) => void

interface Waiting {
  readonly announcement: Announcement
  readonly ready_ms: number
  readonly count: number
}

const CLEAR_MS = 5_000
const SAME_TEXT_MS = 5_000
const BETWEEN_POLITE_MS = 2_000
const MINUTE_MS = 60_000
const POLITE_PER_MINUTE = 10
/** What is still waiting then is too old to matter; the newest are kept. */
const WAITING_MAX = 5

/**
 * The only writer of the two live regions. Assertive texts go out at once; polite ones keep a pace that
 * leaves room for the meeting, merge with their kind, and never repeat within 5 s.
 */
export class Announcer {
  #waiting: Waiting[] = []
  #said_ms: number[] = []
  #recent = new Map<string, number>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #clearers: Partial<Record<Announcement['urgency'], ReturnType<typeof setTimeout>>> = {}

  constructor(
    private readonly say: Say,
    private readonly now: () => number = () => performance.now(),
  ) {}

  announce(announcement: Announcement): void {
    if (announcement.urgency === 'assertive') this.#speak('assertive', announcement.text)
    else {
      this.#wait(announcement)
      this.#flush()
    }
  }

  /** Forget what waits: the page changed. */
  drop(): void {
    this.#waiting = []
    clearTimeout(this.#timer)
  }

  #wait(announcement: Announcement): void {
    const { kind, text } = announcement
    const same = this.#waiting.find((one) =>
      kind === undefined ? one.announcement.text === text : one.announcement.kind === kind,
    )
    if (same === undefined)
      this.#waiting = [
        ...this.#waiting,
        { announcement, count: 1, ready_ms: this.now() + (announcement.gather_ms ?? 0) },
      ].slice(-WAITING_MAX)
    else if (kind !== undefined) {
      this.#waiting = this.#waiting.map((one) =>
        one === same ? { ...same, announcement, count: same.count + 1 } : one,
      )
    }
  }

  #flush(): void {
    clearTimeout(this.#timer)
    const next = [...this.#waiting].sort((a, b) => a.ready_ms - b.ready_ms)[0]
    if (next === undefined) return
    const wait_ms = Math.max(this.#pause(), next.ready_ms - this.now())
    if (wait_ms > 0) {
      this.#timer = setTimeout(() => this.#flush(), wait_ms)
      return
    }
    this.#waiting = this.#waiting.filter((one) => one !== next)
    const { announcement, count } = next
    const text =
      count > 1 && announcement.merged !== undefined ? announcement.merged(count) : announcement.text
    if (this.#speak('polite', text)) this.#said_ms = [...this.#said_ms, this.now()].slice(-POLITE_PER_MINUTE)
    this.#flush()
  }

  /** How long the next polite text must wait. */
  #pause(): number {
    const last_ms = this.#said_ms.at(-1)
    if (last_ms === undefined) return 0
    const between_ms = last_ms + BETWEEN_POLITE_MS - this.now()
    const first_ms = this.#said_ms[0]
    const isFull = this.#said_ms.length === POLITE_PER_MINUTE && first_ms !== undefined
    return Math.max(between_ms, isFull ? first_ms + MINUTE_MS - this.now() : 0)
  }

  #speak(urgency: Announcement['urgency'], text: string): boolean {
    const now_ms = this.now()
    for (const [old, at_ms] of this.#recent) if (now_ms - at_ms >= SAME_TEXT_MS) this.#recent.delete(old)
    if (this.#recent.has(text)) return false
    this.#recent.set(text, now_ms)
    this.say(urgency, text)
    clearTimeout(this.#clearers[urgency])
    this.#clearers[urgency] = setTimeout(() => this.say(urgency, ''), CLEAR_MS)
    return true
  }
}

/** The page's announcer: it writes into the regions that index.html holds from the start. */
export const announcer = new Announcer((urgency, text) => {
  const region = document.getElementById(`said-${urgency}`)
  if (region !== null) region.textContent = text
})
