import { withWords } from '../../language'
import { t } from '../../text'
import { useLater } from '../../ui/later'
import type { Room } from '../../wire.gen'
import type { RoomSession } from './session'

const load = () => withWords('sheet', import('./running'))

interface RunningProps {
  readonly session: RoomSession
  readonly room: Room
}

/** Above what a host needs always: to begin, and the run-sheet that leads through the meeting. */
export function RunningFirst({ session, room }: RunningProps) {
  const part = useLater(load)
  if (part === null) return null
  return (
    <>
      <part.Begin session={session} room={room} />
      {room.sheet !== null && <part.SheetPanel session={session} room={room} sheet={room.sheet} />}
    </>
  )
}

/** Below it: what is needed now and then. */
export function RunningMore({ session, room }: RunningProps) {
  const part = useLater(load)
  const hasTime = room.phase !== 'doors' || session.may('give_roles')
  if (part === null || (!hasTime && room.sheet !== null)) return null
  return (
    <section class="running card" aria-labelledby="running-title">
      <h2 id="running-title">{t('run.title')}</h2>
      {room.sheet === null && <part.SheetTools session={session} room={room} />}
      <part.PhaseRow session={session} room={room} />
    </section>
  )
}
