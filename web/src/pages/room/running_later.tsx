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

/** The next right act: above what a host needs now and then. */
export function RunningFirst({ session, room }: RunningProps) {
  const part = useLater(load)
  // Its place is kept while it comes, so that nothing moves below a hand.
  return part === null ? <div class="next-act" /> : <part.NextAct session={session} room={room} />
}

/** Below it: the run-sheet that leads through the meeting, and its time. */
export function RunningMore({ session, room }: RunningProps) {
  const part = useLater(load)
  if (part === null) return null
  return (
    <>
      {room.sheet !== null && <part.SheetPanel session={session} room={room} sheet={room.sheet} />}
      <section class="running card" aria-labelledby="running-title">
        <h2 id="running-title">{t(room.sheet === null ? 'run.title' : 'run.time')}</h2>
        {room.sheet === null && <part.SheetTools session={session} room={room} />}
        <part.PhaseRow session={session} room={room} />
      </section>
    </>
  )
}
