// How meetings are held, before anybody is there: fetched once it is unfolded, with the words of the room.

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import words from '../../../locales/en.order.json'
import type { GroupAsks, RoomLine, SettingsShown } from '../../group.gen'
import { learn } from '../../text'
import { type Holding, HoldingFields, isOther } from '../room/holding_fields'
import { type Desk, type Problem, problemOf } from './api'
import { Form, ProblemNote } from './parts'
import { tg } from './words'

learn(words)

type Changes = Omit<GroupAsks['group/rooms/set'], 'group' | 'room'>

/** Only what is to be different: what is changed in the room meanwhile is left alone. */
export function changesOf(shown: Holding, wanted: Holding): Changes {
  const { floor, limit_ms, chat, slow_ms, rules } = wanted
  return {
    ...(floor !== shown.floor || limit_ms !== shown.limit_ms ? { floor, limit_ms } : {}),
    ...(chat !== shown.chat || slow_ms !== shown.slow_ms ? { chat, slow_ms } : {}),
    ...(isOther(shown.rules, rules) ? { rules } : {}),
  }
}

interface RoomHoldingProps {
  readonly desk: Desk
  readonly room: RoomLine
}

/** The form of one room, as the room is set now. */
export function RoomHolding({ desk, room }: RoomHoldingProps) {
  const shown = useSignal<SettingsShown | null>(null)
  const wanted = useSignal<Holding | null>(null)
  const problem = useSignal<Problem | null>(null)
  const told = useSignal('')
  const load = async () => {
    const answer = await desk.ask('group/rooms/settings', { room: room.slug }, 'settings_shown')
    problem.value = problemOf(answer)
    if (typeof answer === 'string') return
    shown.value = answer
    wanted.value = answer
  }
  useEffect(() => void load(), [room.slug])
  const save = async () => {
    const [was, to] = [shown.value, wanted.value]
    if (was === null || to === null) return
    told.value = ''
    const changes = changesOf(was, to)
    if (Object.keys(changes).length > 0) {
      problem.value = problemOf(await desk.ask('group/rooms/set', { room: room.slug, ...changes }, 'done'))
      if (problem.value !== null) return
      await load()
      if (problem.value !== null) return
    }
    told.value = tg('saved')
  }
  if (shown.value === null || wanted.value === null) return <ProblemNote problem={problem.value} />
  return (
    <Form problem={problem.value} told={told.value} submit={tg('save')} onSubmit={save}>
      <p class="soft help">{tg(shown.value.is_open ? 'rooms.held_now' : 'rooms.held_next')}</p>
      <HoldingFields
        holding={wanted.value}
        setsRules
        onChange={(changed) => {
          told.value = ''
          if (wanted.value !== null) wanted.value = { ...wanted.value, ...changed }
        }}
      />
    </Form>
  )
}
