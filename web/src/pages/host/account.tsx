import LogOut from 'icon:log-out'
import { useSignal } from '@preact/signals'
import type { HostRoom, Me, Serving } from '../../host.gen'
import { enterAsHost, followLink } from '../../route'
import { type TextKey, t } from '../../text'
import { PageTitle } from '../../ui/page_title'
import { ask, type Problem } from './api'
import { ProblemNote } from './parts'
import { PasskeyList } from './passkey_list'
import { th } from './words'

interface AccountProps {
  readonly me: Me
  /** Read the account anew. */
  readonly onChanged: () => void
  readonly onCodes: (codes: readonly string[]) => void
  /** The session is over: `problem` says why, null where the person ended it. */
  readonly onOut: (problem: Problem | null) => void
}

/** A host's own page: rooms first, then the keys. */
export function Account({ me, onChanged, onCodes, onOut }: AccountProps) {
  const problem = useSignal<Problem | null>(null)
  const onProblem = (told: Problem | null) => {
    if (told === 'not_signed_in') onOut(told)
    else problem.value = told
  }
  const signOut = async (everywhere: boolean) => {
    const done = await ask('sign_out', { everywhere }, 'done')
    if (typeof done === 'string') onProblem(done)
    else onOut(null)
  }
  const renewCodes = async () => {
    onProblem(null)
    const made = await ask('codes', {}, 'codes_made')
    if (typeof made === 'string') onProblem(made)
    else onCodes(made.codes)
  }
  return (
    <main id="main" class="lobby host" tabIndex={-1}>
      <PageTitle>{th('me.title')}</PageTitle>
      <ProblemNote problem={problem.value} />
      {me.serving.length === 0 && <p class="card">{th('me.nowhere', { account: me.account_id })}</p>}
      {me.serving.map((serving) => (
        <div key={serving.group} class="served">
          <Rooms serving={serving} onProblem={onProblem} />
          {serving.may_look && (
            <a
              class={`button wide${isToPlan(serving) ? ' main' : ''}`}
              href={`/host/${serving.group}`}
              onClick={followLink}
            >
              {th(isToPlan(serving) ? 'me.plan' : 'me.group', { title: serving.title })}
            </a>
          )}
        </div>
      ))}
      <PasskeyList passkeys={me.passkeys} onChanged={onChanged} onProblem={onProblem} />
      <section class="card" aria-labelledby="codes-title">
        <h2 id="codes-title">{th('me.codes')}</h2>
        <p>
          {th(me.codes_left === 1 ? 'me.codes_left.one' : 'me.codes_left.other', { count: me.codes_left })}
        </p>
        <button type="button" aria-describedby="codes-help" onClick={() => void renewCodes()}>
          {th('me.codes_new')}
        </button>
        <p id="codes-help" class="soft help">
          {th('me.codes_new_help')}
        </p>
      </section>
      <div class="row">
        <button type="button" onClick={() => void signOut(false)}>
          <LogOut />
          {th('me.out')}
        </button>
        <button type="button" class="quiet" onClick={() => void signOut(true)}>
          {th('me.out_everywhere')}
        </button>
      </div>
      <p class="soft help">
        {th('me.out_help')} {me.serving.length > 0 && th('me.account', { account: me.account_id })}
      </p>
    </main>
  )
}

/** Whether a group waits for its first meeting, and this person for a word on where to begin. */
function isToPlan({ rooms, role }: Serving): boolean {
  return rooms.length === 0 && (role === 'secretary' || role === 'host')
}

interface RoomsProps {
  readonly serving: Serving
  readonly onProblem: (problem: Problem | null) => void
}

function Rooms({ serving, onProblem }: RoomsProps) {
  const role = t(`role.${serving.role}` as TextKey)
  const as = th(serving.alias === '' ? 'me.as_nobody' : 'me.as', { role, alias: serving.alias })
  if (serving.rooms.length === 0) {
    return (
      <p class="card">
        {as}. {th(isToPlan(serving) ? 'me.no_rooms_yet' : 'me.no_rooms')}
      </p>
    )
  }
  return (
    <ul class="cards">
      {serving.rooms.map((room) => (
        <RoomCard key={room.slug} room={room} as={as} onProblem={onProblem} />
      ))}
    </ul>
  )
}

interface RoomCardProps {
  readonly room: HostRoom
  readonly as: string
  readonly onProblem: (problem: Problem | null) => void
}

function RoomCard({ room, as, onProblem }: RoomCardProps) {
  const isEntering = useSignal(false)
  const id = `host-${room.slug}`
  const enter = async () => {
    if (isEntering.value) return
    isEntering.value = true
    onProblem(null)
    const made = await ask('ticket', { room: room.slug }, 'ticket_made')
    isEntering.value = false
    if (typeof made === 'string') onProblem(made)
    else
      enterAsHost({ slug: room.slug, ticket: made.ticket, name: made.alias, renew: () => renew(room.slug) })
  }
  return (
    <li class="card room-card">
      <h2 id={id}>{room.title}</h2>
      <p class="soft here">{as}</p>
      <button
        type="button"
        class="button main"
        id={`${id}-enter`}
        aria-labelledby={`${id}-enter ${id}`}
        aria-disabled={isEntering.value}
        onClick={() => void enter()}
      >
        {th(isEntering.value ? 'me.entering' : 'me.enter')}
      </button>
    </li>
  )
}

/** A newer ticket for a room; an empty text where there is none to be had. */
async function renew(slug: string): Promise<string> {
  const made = await ask('ticket', { room: slug }, 'ticket_made')
  return typeof made === 'string' ? '' : made.ticket
}
