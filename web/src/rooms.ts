import { signal } from '@preact/signals'

/** A room as the lobby shows it. */
export interface RoomCard {
  readonly slug: string
  readonly title: string
  readonly about: string
  readonly members: number
}

/** What is known of the rooms: the cards stay while a newer answer is awaited or does not come. */
export interface RoomList {
  readonly cards: readonly RoomCard[] | null
  readonly problem: 'none' | 'offline' | 'error'
}

const REFRESH_MS = 15_000
const DEADLINE_MS = 10_000

export const rooms = signal<RoomList>({ cards: null, problem: 'none' })

/** Ask for the rooms that are on now. */
export async function loadRooms(): Promise<void> {
  try {
    const reply = await fetch('/api/rooms', { signal: AbortSignal.timeout(DEADLINE_MS), cache: 'no-store' })
    if (!reply.ok) throw new Error(`status ${reply.status}`)
    rooms.value = { cards: readCards(await reply.json()), problem: 'none' }
  } catch {
    rooms.value = { cards: rooms.value.cards, problem: navigator.onLine ? 'error' : 'offline' }
  }
}

/** Keep the list fresh while the page is looked at. Returns what stops it. */
export function followRooms(): () => void {
  const refresh = () => void (document.visibilityState === 'visible' && loadRooms())
  const timer = setInterval(refresh, REFRESH_MS)
  document.addEventListener('visibilitychange', refresh)
  window.addEventListener('online', refresh)
  window.addEventListener('offline', refresh)
  void loadRooms()
  return () => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', refresh)
    window.removeEventListener('online', refresh)
    window.removeEventListener('offline', refresh)
  }
}

/** Read the answer of /api/rooms; fields that are not known are left out. Throws if it is something else. */
export function readCards(answer: unknown): RoomCard[] {
  if (!isRecord(answer) || !Array.isArray(answer['rooms'])) throw new Error('not a list of rooms')
  return answer['rooms'].filter(isRecord).map((room) => ({
    slug: String(room['slug']),
    title: String(room['title']),
    about: String(room['about'] ?? ''),
    members: Number(room['members'] ?? 0),
  }))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
