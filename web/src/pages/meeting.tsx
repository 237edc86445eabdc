import { useSignal } from '@preact/signals'
import type { FunctionComponent } from 'preact'
import { useEffect } from 'preact/hooks'
import { followRooms, rooms } from '../rooms'
import { endStay, keptSeat, loadRoomCode, resumeStay, stay } from '../stay'
import { t } from '../text'
import { PageTitle } from '../ui/page_title'
import { Ending } from './ending'
import { Join, Patience } from './join'
import type { RoomSession } from './room/session'
import { Waiting } from './waiting'

/** A refusal of these is about the form: it stays open. All others end the page. */
const FORM_REFUSALS = new Set([
  'name_taken',
  'name_reserved',
  'name_unusable',
  'room_full',
  'locked',
  'too_fast',
  'busy',
  'bad_message',
  'ticket_unusable',
])

/** One room's page: the join sheet, the room, or how it ended. */
export function Meeting({ slug }: { readonly slug: string }) {
  const seat = useSignal(stay.value === null ? keptSeat(slug) : null)
  const isReturning = seat.value !== null
  useEffect(() => {
    if (seat.value === null) return
    resumeStay(seat.value)
      .catch(() => undefined) // the room's code did not come: the sheet is there
      .finally(() => {
        seat.value = null
      })
  }, [])
  const card = rooms.value.cards?.find((one) => one.slug === slug)
  const isWaiting = stay.value === null && !isReturning && card?.phase === 'closed'
  useEffect(() => (isWaiting ? followRooms() : undefined), [isWaiting])
  // Leaving the page, by Back or a link, is leaving the room.
  useEffect(() => () => void endStay(), [slug])

  const session = stay.value
  if (isWaiting && card !== undefined) return <Waiting card={card} />
  if (session === null) return isReturning ? <Returning /> : <Join slug={slug} refusal={null} />
  const ending = session.ending.value
  if (ending !== null) {
    if ('refusal' in ending && FORM_REFUSALS.has(ending.refusal.code)) {
      return <Join slug={slug} refusal={ending.refusal} />
    }
    return <Ending slug={slug} ending={ending} />
  }
  if (session.room.value !== null) return <RoomWhenLoaded session={session} />
  return session.isReturning ? <Returning /> : <Join slug={slug} refusal={null} />
}

function Returning() {
  return (
    <main id="main" class="join" tabIndex={-1}>
      <div class="card">
        <PageTitle>{t('join.returning')}</PageTitle>
        <Patience />
      </div>
    </main>
  )
}

/** The room's own page comes with the room's code, which is here once there is a session. */
function RoomWhenLoaded({ session }: { readonly session: RoomSession }) {
  const view = useSignal<FunctionComponent<{ readonly session: RoomSession }> | null>(null)
  useEffect(() => {
    void loadRoomCode().then(({ RoomPage }) => {
      view.value = RoomPage
    })
  }, [])
  const View = view.value
  return View === null ? null : <View session={session} />
}
