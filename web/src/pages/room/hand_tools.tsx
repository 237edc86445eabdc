import { t } from '../../text'
import type { Hand } from '../../wire.gen'
import type { RoomSession } from './session'

export interface HandToolsProps {
  readonly session: RoomSession
  readonly hand: Hand
  /** 0 is next. */
  readonly place: number
  readonly last: number
  readonly name: string
}

/** What whoever runs the floor can do with one hand. */
export function HandTools({ session, hand, place, last, name }: HandToolsProps) {
  const { member_id } = hand
  const move = (to: number) =>
    void session.act({ event: 'move_hand', payload: { member_id, place: to } }, name)
  return (
    <span class="hand-tools">
      <button
        type="button"
        aria-label={t('queue.call_name', { name })}
        onClick={() => void session.act({ event: 'give_floor', payload: { member_id } }, name)}
      >
        {t('queue.call')}
      </button>
      <button
        type="button"
        aria-label={t('queue.skip_name', { name })}
        aria-disabled={place === last}
        onClick={() => place < last && move(last)}
      >
        {t('queue.skip')}
      </button>
      <button
        type="button"
        aria-label={t('queue.up_name', { name })}
        aria-disabled={place === 0}
        onClick={() => place > 0 && move(place - 1)}
      >
        {t('queue.up')}
      </button>
      <button
        type="button"
        aria-label={t('queue.down_name', { name })}
        aria-disabled={place === last}
        onClick={() => place < last && move(place + 1)}
      >
        {t('queue.down')}
      </button>
      <button
        type="button"
        aria-label={t('queue.lower_name', { name })}
        onClick={() => void session.act({ event: 'lower_hand', payload: { member_id } }, name)}
      >
        {t('queue.lower')}
      </button>
    </span>
  )
}
