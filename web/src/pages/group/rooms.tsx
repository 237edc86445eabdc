import { useSignal } from '@preact/signals'
import type { RoomLine } from '../../group.gen'
import { withWords } from '../../language'
import { Dialog } from '../../ui/dialog'
import { useLater } from '../../ui/later'
import { ABOUT_MAX_CHARS, SLUG_MAX_CHARS, TITLE_MAX_CHARS } from '../../wire.gen'
import { type Desk, type Problem, problemOf } from './api'
import { Field, Form, Section, Sure } from './parts'
import { tg } from './words'

/** The group's rooms: those of the operator's configuration are shown only. */
export function Rooms({ desk }: { readonly desk: Desk }) {
  const changing = useSignal<RoomLine | null>(null)
  const closing = useSignal<RoomLine | null>(null)
  const told = useSignal('')
  return (
    <Section title={tg('rooms')}>
      {desk.group.rooms.length === 0 && <p>{tg('rooms.none')}</p>}
      <ul class="ledger">
        {desk.group.rooms.map((room) => (
          <li key={room.slug}>
            <span class="who">
              <span class="strong">{room.title}</span> <span class="soft help">/m/{room.slug}</span>
              {room.about !== '' && <span class="soft help below">{room.about}</span>}
              {!room.may_change && <span class="soft help below">{tg('rooms.configured')}</span>}
            </span>
            {room.may_change && (
              <span class="tools">
                <button
                  type="button"
                  id={`change-${room.slug}`}
                  aria-haspopup="dialog"
                  aria-label={tg('change_name', { name: room.title })}
                  onClick={() => {
                    changing.value = room
                  }}
                >
                  {tg('change')}
                </button>
                <button
                  type="button"
                  id={`close-${room.slug}`}
                  aria-haspopup="dialog"
                  aria-label={tg('rooms.close_name', { name: room.title })}
                  onClick={() => {
                    closing.value = room
                  }}
                >
                  {tg('rooms.close')}
                </button>
              </span>
            )}
          </li>
        ))}
      </ul>
      <p role="status" class="soft help">
        {told.value}
      </p>
      {desk.group.rooms.map((room) => (
        <Held key={room.slug} desk={desk} room={room} />
      ))}
      <details>
        <summary>{tg('rooms.add')}</summary>
        <AddRoom desk={desk} />
      </details>
      {changing.value !== null && (
        <ChangeRoom
          key={changing.value.slug}
          desk={desk}
          room={changing.value}
          onClose={(isDone) => {
            changing.value = null
            told.value = isDone ? tg('saved_soon') : ''
          }}
        />
      )}
      {closing.value !== null && (
        <Sure
          title={tg('rooms.close_sure', { name: closing.value.title })}
          words={tg('rooms.close_words')}
          yes={tg('rooms.close_yes')}
          onYes={async () => {
            const room = closing.value?.slug ?? ''
            const problem = problemOf(await desk.ask('group/rooms/close', { room }, 'done'))
            if (problem === null) told.value = tg('rooms.closed')
            return problem
          }}
          onClose={() => {
            closing.value = null
          }}
        />
      )}
    </Section>
  )
}

const loadHolding = () => withWords('order', import('./holding'))

/** How meetings in a room are held: fetched and asked for once somebody wants to know. */
function Held({ desk, room }: { readonly desk: Desk; readonly room: RoomLine }) {
  const isWanted = useSignal(false)
  const part = useLater(loadHolding, isWanted.value)
  return (
    <details
      onToggle={(event) => {
        if (event.currentTarget.open) isWanted.value = true
      }}
    >
      <summary>{tg('rooms.held', { name: room.title })}</summary>
      {part !== null && <part.RoomHolding desk={desk} room={room} />}
    </details>
  )
}

function AddRoom({ desk }: { readonly desk: Desk }) {
  const title = useSignal('')
  const about = useSignal('')
  /** null: as the title suggests. */
  const slug = useSignal<string | null>(null)
  const problem = useSignal<Problem | null>(null)
  const told = useSignal('')
  const room = slug.value ?? slugOf(title.value)
  const add = async () => {
    told.value = ''
    const asked = { room, title: title.value, about: about.value }
    problem.value = problemOf(await desk.ask('group/rooms/add', asked, 'done'))
    if (problem.value !== null) return
    told.value = tg('rooms.added', { name: asked.title })
    title.value = ''
    about.value = ''
    slug.value = null
  }
  return (
    <Form problem={problem.value} told={told.value} submit={tg('rooms.add_yes')} onSubmit={add}>
      <RoomFields title={title} about={about} problem={problem.value} />
      <Field
        label={tg('rooms.slug')}
        help={tg('rooms.slug_help', { address: `${location.host}/m/${room === '' ? '…' : room}` })}
        max={SLUG_MAX_CHARS}
        value={room}
        onInput={(text) => {
          slug.value = text
        }}
        problem={problem.value}
        own={['bad_slug', 'slug_taken']}
      />
    </Form>
  )
}

interface ChangeRoomProps {
  readonly desk: Desk
  readonly room: RoomLine
  readonly onClose: (isDone: boolean) => void
}

function ChangeRoom({ desk, room, onClose }: ChangeRoomProps) {
  const title = useSignal(room.title)
  const about = useSignal(room.about)
  const problem = useSignal<Problem | null>(null)
  const save = async () => {
    const asked = { room: room.slug, title: title.value, about: about.value }
    problem.value = problemOf(await desk.ask('group/rooms/change', asked, 'done'))
    if (problem.value === null) onClose(true)
  }
  return (
    <Dialog title={tg('change_name', { name: room.title })} onClose={() => onClose(false)}>
      <Form problem={problem.value} told="" submit={tg('save')} onSubmit={save}>
        <RoomFields title={title} about={about} problem={problem.value} />
      </Form>
      <button type="button" class="wide" onClick={() => onClose(false)}>
        {tg('cancel')}
      </button>
    </Dialog>
  )
}

interface RoomFieldsProps {
  readonly title: { value: string }
  readonly about: { value: string }
  readonly problem: Problem | null
}

function RoomFields({ title, about, problem }: RoomFieldsProps) {
  return (
    <>
      <Field
        label={tg('rooms.title')}
        max={TITLE_MAX_CHARS}
        value={title.value}
        onInput={(text) => {
          title.value = text
        }}
        problem={problem}
        own={['bad_title']}
      />
      <Field
        label={tg('rooms.about')}
        help={tg('about.about_help')}
        max={ABOUT_MAX_CHARS}
        value={about.value}
        onInput={(text) => {
          about.value = text
        }}
        problem={problem}
        own={['bad_about']}
      />
    </>
  )
}

/** What a title suggests as the end of an address: plain letters, digits and single hyphens. */
export function slugOf(title: string): string {
  return title
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, SLUG_MAX_CHARS)
    .replace(/^-|-$/g, '')
}
