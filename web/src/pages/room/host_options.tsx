import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { t } from '../../text'
import { Dialog } from '../../ui/dialog'
import type { Member, Room } from '../../wire.gen'
import { refusalText } from '../refusal'
import type { RoomSession } from './session'

/** The button beside a person that opens the host's sheet. */
export function OptionsButton({
  session,
  member,
}: {
  readonly session: RoomSession
  readonly member: Member
}) {
  return (
    <button
      type="button"
      class="quiet options"
      id={`options-${member.member_id}`}
      aria-haspopup="dialog"
      aria-label={t('people.options_for', { name: member.name })}
      onClick={() => {
        session.chosen.value = member
      }}
    >
      {t('people.options')}
    </button>
  )
}

/** What a host can do about one person: a sheet that says each effect in words. */
export function HostOptions({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const chosen = session.chosen.value
  const isRemoving = useSignal(false)
  if (chosen === null) return null
  const close = () => {
    session.chosen.value = null
    isRemoving.value = false
  }
  const member = room.members[chosen.member_id]
  if (member === undefined) {
    return (
      <Dialog key="gone" title={chosen.name} onClose={close}>
        <p>{t('refused.no_such_member')}</p>
        <div class="row">
          <button type="button" onClick={close}>
            {t('host.close')}
          </button>
        </div>
      </Dialog>
    )
  }
  if (isRemoving.value) return <RemoveSheet key="remove" session={session} member={member} onClose={close} />
  return (
    <OptionsSheet
      key="options"
      session={session}
      member={member}
      onClose={close}
      onRemove={() => {
        isRemoving.value = true
      }}
    />
  )
}

interface SheetProps {
  readonly session: RoomSession
  readonly member: Member
  readonly onClose: () => void
}

function OptionsSheet({
  session,
  member,
  onClose,
  onRemove,
}: SheetProps & { readonly onRemove: () => void }) {
  const problem = useSignal<string | null>(null)
  const { name, member_id } = member
  const isMuted = member.mutes.by_host
  const act = async () => {
    const event = isMuted ? 'lift_mute' : 'mute_member'
    const refusal = await session.ask({ event, payload: { member_id } })
    if (refusal === null) onClose()
    else problem.value = refusalText(refusal.code, name)
  }
  return (
    <Dialog title={name} onClose={onClose}>
      <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
      <button type="button" class="main wide" onClick={() => void act()}>
        {t(isMuted ? 'host.lift' : 'host.mute')}
      </button>
      <p class="soft help">{t(isMuted ? 'host.lift_help' : 'host.mute_help', { name })}</p>
      <button type="button" class="danger wide" onClick={onRemove}>
        {t('host.remove')}
      </button>
      <div class="row">
        <button type="button" onClick={onClose}>
          {t('host.close')}
        </button>
      </div>
    </Dialog>
  )
}

function RemoveSheet({ session, member, onClose }: SheetProps) {
  const problem = useSignal<string | null>(null)
  const cancel = useRef<HTMLButtonElement>(null)
  const { name, member_id } = member
  // The harmless answer is the one that a hasty Enter gives.
  useEffect(() => cancel.current?.focus(), [])
  const remove = async () => {
    const refusal = await session.ask({ event: 'remove_member', payload: { member_id } })
    if (refusal === null) onClose()
    else problem.value = refusalText(refusal.code, name)
  }
  return (
    <Dialog title={t('host.remove_title', { name })} onClose={onClose}>
      <p>{t('host.remove_words', { name })}</p>
      <div role="alert">{problem.value !== null && <p class="note warm">{problem.value}</p>}</div>
      <div class="row">
        <button ref={cancel} type="button" onClick={onClose}>
          {t('host.cancel')}
        </button>
        <button type="button" class="danger" onClick={() => void remove()}>
          {t('host.remove_yes', { name })}
        </button>
      </div>
    </Dialog>
  )
}
