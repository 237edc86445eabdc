import { signal } from '@preact/signals'
import type { CardPhase, RoomCard, Upcoming } from './state/lobby'
import { savesData } from './thrift'

/** What is known of the rooms: all stays while a newer answer is awaited or does not come. */
export interface RoomList {
  readonly cards: readonly RoomCard[] | null
  readonly problem: 'none' | 'offline' | 'error'
}

const REFRESH_MS = 20_000
/** The same for those who save data. */
const SLOW_REFRESH_MS = 60_000
const SCHEDULE_MS = 300_000
const DEADLINE_MS = 10_000
/** What came with the page is not asked for again so soon. */
const FRESH_MS = 5_000
/** A clock that is wrong by less is not worth correcting: the server's is told to a second. */
const SKEW_MIN_MS = 5_000

export const rooms = signal<RoomList>({ cards: null, problem: 'none' })

/** The meetings of the week, or null before they are known. */
export const meetings = signal<readonly Upcoming[] | null>(null)

let skew_ms = 0
let fresh_until_ms = 0
let asked_ms = Number.NEGATIVE_INFINITY

/** The time of day as the server has it: many a device's own clock is wrong. */
export function serverNow(): number {
  return Date.now() + skew_ms
}

/** Take up what the server has written into the page, so that nothing need be asked before it is drawn. */
export function takeFirst(): void {
  const written = document.getElementById('first')?.textContent
  if (written == null) return
  const first: unknown = JSON.parse(written)
  if (!isRecord(first)) return
  rooms.value = { cards: readCards(first), problem: 'none' }
  fresh_until_ms = performance.now() + FRESH_MS
  correctClock(Number(first['now_ms']), performance.timeOrigin)
  if (first['is_whole'] !== true) return
  meetings.value = readMeetings(first)
  asked_ms = performance.now()
}

/** Ask for the rooms as they are now. */
export async function loadRooms(): Promise<void> {
  try {
    rooms.value = { cards: readCards(await ask('/api/rooms')), problem: 'none' }
  } catch {
    rooms.value = { cards: rooms.value.cards, problem: navigator.onLine ? 'error' : 'offline' }
  }
}

/** Ask for the meetings of the week, unless that was done a moment ago. */
export async function loadMeetings(): Promise<void> {
  if (performance.now() - asked_ms < SCHEDULE_MS) return
  asked_ms = performance.now()
  try {
    meetings.value = readMeetings(await ask('/api/schedule?days=7'))
  } catch {
    asked_ms = Number.NEGATIVE_INFINITY // the rooms say what is wrong, and their own next starts are shown
  }
}

/** Ask what somebody may do who was banned; empty where the group says nothing, or nobody answers. */
export async function loadAppeal(slug: string): Promise<string> {
  try {
    const answer = await ask(`/api/rooms/${slug}/appeal`)
    return isRecord(answer) && typeof answer['appeal'] === 'string' ? answer['appeal'] : ''
  } catch {
    return ''
  }
}

async function ask(path: string): Promise<unknown> {
  const reply = await fetch(path, { signal: AbortSignal.timeout(DEADLINE_MS), cache: 'no-store' })
  if (!reply.ok) throw new Error(`status ${reply.status}`)
  correctClock(Date.parse(reply.headers.get('date') ?? ''), Date.now())
  return reply.json()
}

function correctClock(server_ms: number, here_ms: number): void {
  const ahead_ms = server_ms - here_ms
  skew_ms = Math.abs(ahead_ms) >= SKEW_MIN_MS ? ahead_ms : 0 // also where the answer has no date
}

/** Keep the rooms, and what else is given, fresh while the page is looked at. Returns what stops it. */
export function followRooms(also: () => void = () => undefined): () => void {
  const refresh = () => {
    if (document.visibilityState !== 'visible') return
    void loadRooms()
    also()
  }
  const timer = setInterval(refresh, savesData() ? SLOW_REFRESH_MS : REFRESH_MS)
  document.addEventListener('visibilitychange', refresh)
  window.addEventListener('online', refresh)
  window.addEventListener('offline', refresh)
  if (performance.now() >= fresh_until_ms) void loadRooms()
  also()
  return () => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', refresh)
    window.removeEventListener('online', refresh)
    window.removeEventListener('offline', refresh)
  }
}

const PHASES: readonly string[] = ['closed', 'doors', 'on', 'fellowship'] satisfies CardPhase[]

/** Read the answer of /api/rooms; fields that are not known are left out. Throws if it is something else. */
export function readCards(answer: unknown): RoomCard[] {
  return readList(answer, 'rooms').map((room) => ({
    slug: String(room['slug']),
    title: String(room['title']),
    about: String(room['about'] ?? ''),
    members: Number(room['members'] ?? 0),
    phase: PHASES.includes(String(room['phase'])) ? (room['phase'] as CardPhase) : 'on',
    starts_ms: Number(room['starts_ms'] ?? 0),
    ends_ms: Number(room['ends_ms'] ?? 0),
    next_starts_ms: Number(room['next_starts_ms'] ?? 0),
    has_host: room['has_host'] === true,
    is_continuous: room['is_continuous'] === true,
  }))
}

/** Read the answer of /api/schedule. Throws if it is something else. */
export function readMeetings(answer: unknown): Upcoming[] {
  return readList(answer, 'meetings').map((meeting) => ({
    slug: String(meeting['slug']),
    title: String(meeting['title']),
    starts_ms: Number(meeting['starts_ms']),
    ends_ms: Number(meeting['ends_ms']),
    zone: String(meeting['zone'] ?? ''),
  }))
}

function readList(answer: unknown, name: string): Record<string, unknown>[] {
  const list = isRecord(answer) ? answer[name] : undefined
  if (!Array.isArray(list)) throw new Error(`not a list of ${name}`)
  return list.filter(isRecord)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
