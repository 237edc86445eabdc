import { useRef } from 'preact/hooks'
import { t } from '../../text'
import { Dialog } from '../../ui/dialog'
import type { Room } from '../../wire.gen'
import type { RoomSession } from './session'

/** Whom the person keeps apart from, each with the way back. */
export function BlockedSheet({ session, room }: { readonly session: RoomSession; readonly room: Room }) {
  const names = useRef(new Map<number, string>())
  const close = () => {
    session.sheets.isBlockedOpen.value = false
  }
  const nameOf = (memberId: number) => {
    const name =
      room.members[memberId]?.name ?? room.chat.filter((line) => line.member_id === memberId).at(-1)?.name
    if (name !== undefined && name !== '') names.current.set(memberId, name)
    return names.current.get(memberId) ?? t('letters.somebody')
  }
  const blocks = room.blocks.filter((block) => block.until_seq === 0)
  return (
    <Dialog title={t('block.list')} onClose={close}>
      <p class="soft help">{t('block.list_help')}</p>
      {blocks.length === 0 && <p>{t('block.nobody')}</p>}
      <ul class="plain-rows">
        {blocks.map(({ member_id }) => {
          const name = nameOf(member_id)
          return (
            <li key={member_id} class="row spread">
              <span class="who">{name}</span>
              <button
                type="button"
                aria-label={t('block.lift_name', { name })}
                onClick={() => {
                  document.getElementById('blocked-close')?.focus()
                  void session.act({ event: 'unblock_member', payload: { member_id } }, name)
                }}
              >
                {t('block.lift')}
              </button>
            </li>
          )
        })}
      </ul>
      <div class="row">
        <button type="button" id="blocked-close" onClick={close}>
          {t('host.close')}
        </button>
      </div>
    </Dialog>
  )
}
