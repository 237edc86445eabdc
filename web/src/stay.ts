import { signal } from '@preact/signals'
import { whenHidden } from './hide'
import { withWords } from './language'
import { Speakers } from './media/speakers'
import { recallSeat, type Seat } from './net/seat'
import type { RoomSession } from './pages/room/session'
import { savesData } from './thrift'

/** The stay in a room, if there is one: at most one for each page. */
export const stay = signal<RoomSession | null>(null)

whenHidden(() => stay.value?.leave())

/** The room's code: asked for before it is needed, so that the tap on Join does not wait for it. */
let roomCode: Promise<typeof import('./pages/room')> | null = null

export function loadRoomCode(): Promise<typeof import('./pages/room')> {
  roomCode ??= withWords('room', import('./pages/room')).catch((error: unknown) => {
    roomCode = null // the network failed: the next try asks again
    throw error
  })
  return roomCode
}

/** Fetch the room's code when there is nothing better to do. */
export function prefetchRoomCode(): void {
  if (savesData()) return
  const fetchIt = () => void loadRoomCode().catch(() => undefined)
  if ('requestIdleCallback' in window) requestIdleCallback(fetchIt, { timeout: 3_000 })
  else setTimeout(fetchIt, 1_000)
}

/** Sit down in a room. To be called inside the tap: it starts the sound before anything is awaited. */
export async function beginStay(
  slug: string,
  name: string,
  invite: string | Promise<string>,
): Promise<RoomSession> {
  const speakers = new Speakers()
  speakers.unlock()
  try {
    const [{ RoomSession }, ticket] = await Promise.all([loadRoomCode(), invite])
    const session = new RoomSession(speakers)
    stay.value = session
    session.join({ slug, name, invite: ticket })
    return session
  } catch (error) {
    speakers.close()
    throw error
  }
}

/** Come back to the seat that a reload interrupted. */
export async function resumeStay(seat: Seat): Promise<void> {
  const { RoomSession } = await loadRoomCode()
  const speakers = new Speakers()
  const session = new RoomSession(speakers)
  stay.value = session
  speakers.unlock()
  session.resume(seat)
}

export function keptSeat(slug: string): Seat | null {
  return recallSeat(slug)
}

/** Give up the seat, if there is one, and forget the stay. */
export async function endStay(): Promise<void> {
  const session = stay.value
  stay.value = null
  await session?.leave()
}
