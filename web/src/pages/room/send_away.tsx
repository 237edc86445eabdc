import { useSignal } from '@preact/signals'
import type { Command } from '../../state/outbox'
import { t } from '../../text'
import { Question } from '../../ui/question'
import type { BanReason, Member } from '../../wire.gen'
import { refusalText } from '../refusal'
import type { RoomSession } from './session'
import { liftRemovals } from './undo'

export const BAN_REASONS: readonly BanReason[] = [
  'harassment',
  'hate',
  'sexual',
  'flood',
  'impersonation',
  'other',
]

const BAN_HOURS = [24, 168, 2160] as const

/** 0 is for this meeting only. */
type Hours = 0 | (typeof BAN_HOURS)[number]

const TITLES = { seat: 'host.remove_title', door: 'away.door_title', gone: 'away.gone_title' } as const
const YES = { seat: 'host.remove_yes', door: 'away.door_yes', gone: 'away.ban_yes' } as const
const WORDS = { seat: 'host.remove_words', door: 'away.door_words', gone: 'away.ban_words' } as const

interface SendAwayProps {
  readonly session: RoomSession
  readonly person: Pick<Member, 'member_id' | 'name'>
  /** Where the person is now. */
  readonly from: 'seat' | 'door' | 'gone'
  readonly onClose: () => void
}

/** The question before somebody is taken out or turned away: for this meeting, or with a ban and its reason. */
export function SendAway({ session, person, from, onClose }: SendAwayProps) {
  const hours = useSignal<Hours>(from === 'gone' ? 24 : 0)
  const reason = useSignal<BanReason>('harassment')
  const { name, member_id } = person
  const isBan = hours.value > 0
  const send = async () => {
    const refusal = await session.ask(commandOf(from, member_id, hours.value, reason.value))
    if (refusal !== null) return refusalText(refusal.code, name)
    if (isBan) session.undo.offer('undo.banned', name, () => session.undo.liftBans([member_id]))
    else
      session.undo.offer(from === 'seat' ? 'undo.removed' : 'undo.away', name, () =>
        liftRemovals([member_id]),
      )
    return null
  }
  return (
    <Question
      title={t(TITLES[from], { name })}
      yes={t(isBan ? 'away.ban_yes' : YES[from], { name })}
      no={t('host.cancel')}
      onYes={send}
      onClose={onClose}
    >
      {session.may('keep_order') && (
        <fieldset>
          <legend>{t('away.how')}</legend>
          {([0, ...BAN_HOURS] as const)
            .filter((one) => one > 0 || from !== 'gone')
            .map((one) => (
              <label key={one} class="check">
                <input
                  type="radio"
                  name="away"
                  checked={hours.value === one}
                  onChange={() => {
                    hours.value = one
                  }}
                />
                <span>{t(one === 0 ? 'away.once' : `away.${one}`)}</span>
              </label>
            ))}
        </fieldset>
      )}
      {isBan && (
        <ReasonField
          label={t('away.reason')}
          reason={reason.value}
          onChoose={(one) => {
            reason.value = one
          }}
        />
      )}
      <p>{t(isBan ? 'away.ban_words' : WORDS[from], { name })}</p>
    </Question>
  )
}

interface ReasonFieldProps {
  readonly label: string
  readonly reason: BanReason
  readonly onChoose: (reason: BanReason) => void
}

export function ReasonField({ label, reason, onChoose }: ReasonFieldProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={reason} onChange={(event) => onChoose(event.currentTarget.value as BanReason)}>
        {BAN_REASONS.map((one) => (
          <option key={one} value={one}>
            {t(`ban.of_${one}`)}
          </option>
        ))}
      </select>
    </label>
  )
}

function commandOf(
  from: SendAwayProps['from'],
  member_id: number,
  hours: number,
  reason: BanReason,
): Command {
  if (hours > 0) return { event: 'ban_member', payload: { member_id, reason, hours } }
  return { event: from === 'door' ? 'turn_away' : 'remove_member', payload: { member_id } }
}
