import { t } from '../../text'
import type { DoorMode, Rules } from '../../wire.gen'
import { Choice, Length } from './choices'

const DOORS: readonly DoorMode[] = ['open', 'strangers', 'everybody']
const PROBATIONS_MS = [0, 120_000, 300_000, 900_000]
const RESERVES_MS = [0, 180_000, 300_000, 600_000, 900_000]
const SWITCHES = ['holds_contacts', 'has_private', 'has_reactions', 'closes_share', 'locks_alone'] as const

interface RulesFieldsProps {
  readonly rules: Rules
  readonly onChange: (changed: Partial<Rules>) => void
}

/** What the group has settled about its room, beside turns and chat. */
export function RulesFields({ rules, onChange }: RulesFieldsProps) {
  return (
    <>
      <h3 class="rules-title">{t('rules.title')}</h3>
      <Choice
        legend="rules.door"
        name="door"
        choices={DOORS}
        word={(one) => `rules.door.${one}`}
        value={rules.door}
        onChoose={(door) => onChange({ door })}
      />
      <Length
        label="rules.probation"
        none="rules.at_once"
        lengths_ms={PROBATIONS_MS}
        value_ms={rules.probation_ms}
        onChoose={(probation_ms) => onChange({ probation_ms })}
      />
      <Length
        label="rules.reserve"
        none="rules.no_reserve"
        lengths_ms={RESERVES_MS}
        value_ms={rules.reserve_ms}
        onChoose={(reserve_ms) => onChange({ reserve_ms })}
      />
      {SWITCHES.map((one) => (
        <label key={one} class="check switch">
          <input
            type="checkbox"
            checked={rules[one]}
            onChange={(event) => onChange({ [one]: event.currentTarget.checked })}
          />
          <span>{t(`rules.${one}`)}</span>
        </label>
      ))}
    </>
  )
}
