import { t } from '../../text'
import type { ChatMode, FloorMode, Rules } from '../../wire.gen'
import { Choice, Length } from './choices'
import { RulesFields } from './rules_fields'

const MODES: readonly FloorMode[] = ['open', 'hands', 'round', 'listen']
const CHAT_MODES: readonly ChatMode[] = ['everyone', 'hosts', 'off']
const LIMITS_MS = [0, 60_000, 120_000, 180_000, 300_000, 600_000, 1_200_000, 3_600_000]
const SLOW_MS = [0, 10_000, 30_000, 60_000, 300_000]

/** How meetings are held in a room. */
export interface Holding {
  readonly floor: FloorMode
  readonly limit_ms: number
  readonly chat: ChatMode
  readonly slow_ms: number
  readonly rules: Rules
}

interface HoldingFieldsProps {
  readonly holding: Holding
  /** Whether turns and rules may be set, or who may write alone. */
  readonly setsRules: boolean
  readonly onChange: (changed: Partial<Holding>) => void
}

/** How turns are taken, who may write, and what the group has settled besides. */
export function HoldingFields({ holding, setsRules, onChange }: HoldingFieldsProps) {
  return (
    <>
      {setsRules && (
        <>
          <Choice
            legend="desk.mode"
            name="mode"
            choices={MODES}
            word={(one) => `desk.mode.${one}`}
            value={holding.floor}
            onChoose={(floor) => onChange({ floor })}
          />
          <p class="soft help">{t('desk.mode_help')}</p>
          <Length
            label="desk.limit"
            none="desk.no_limit"
            lengths_ms={LIMITS_MS}
            value_ms={holding.limit_ms}
            onChoose={(limit_ms) => onChange({ limit_ms })}
          />
        </>
      )}
      <Choice
        legend="desk.chat"
        name="chat"
        choices={CHAT_MODES}
        word={(one) => `desk.chat.${one}`}
        value={holding.chat}
        onChoose={(chat) => onChange({ chat })}
      />
      <Length
        label="desk.slow"
        none="desk.slow_off"
        lengths_ms={SLOW_MS}
        value_ms={holding.slow_ms}
        onChoose={(slow_ms) => onChange({ slow_ms })}
      />
      {setsRules && (
        <RulesFields
          rules={holding.rules}
          onChange={(changed) => onChange({ rules: { ...holding.rules, ...changed } })}
        />
      )}
    </>
  )
}

/** Whether one has settled other rules than another. */
export function isOther(rules: Rules, wanted: Rules): boolean {
  return (Object.keys(wanted) as (keyof Rules)[]).some((one) => rules[one] !== wanted[one])
}
