import { useEffect } from 'preact/hooks'
import { announcer } from '../a11y/announcer'
import { followLink } from '../route'
import { stay } from '../stay'
import { type TextKey, t } from '../text'
import { openHelp } from '../ui/header'
import { PageTitle } from '../ui/page_title'
import type { Ending as HowItEnded } from './room/session'

type Kind = 'removed' | 'left' | 'lost' | 'replaced' | 'too_many' | 'too_old' | 'no_room' | 'closed' | 'other'

const MAY_COME_BACK = new Set<Kind>(['left', 'lost', 'replaced', 'too_many', 'other'])

/** What happened, in plain words, and what can be done now. */
export function Ending({ ending }: { readonly ending: HowItEnded }) {
  const kind = kindOf(ending)
  const title: TextKey = `end.${kind}.title`
  useEffect(() => {
    if (kind !== 'left') announcer.announce({ text: t(title), urgency: 'assertive' })
  }, [])
  const words: TextKey = `end.${kind}.words`
  return (
    <main id="main" class="join" tabIndex={-1}>
      <div class="card">
        <PageTitle>{t(title)}</PageTitle>
        <p>{t(words)}</p>
        <div class="row">
          {kind === 'removed' && (
            <button type="button" class="main" onClick={openHelp} aria-haspopup="dialog">
              {t('help.open')}
            </button>
          )}
          {MAY_COME_BACK.has(kind) && (
            <button
              type="button"
              class="main"
              onClick={() => {
                stay.value = null
              }}
            >
              {t('end.join_again')}
            </button>
          )}
          {kind === 'too_old' && (
            <button type="button" class="main" onClick={() => location.reload()}>
              {t('end.load_again')}
            </button>
          )}
          <a class="button" href="/" onClick={followLink}>
            {t('join.other_rooms')}
          </a>
        </div>
      </div>
    </main>
  )
}

function kindOf(ending: HowItEnded): Kind {
  if ('turnedAway' in ending) return ending.turnedAway === 'too_many' ? 'too_many' : 'too_old'
  if ('refusal' in ending) {
    const { code } = ending.refusal
    if (code === 'was_removed') return 'removed'
    return code === 'no_room' ? 'no_room' : 'other'
  }
  switch (ending.reason) {
    case 'removed':
    case 'left':
    case 'lost':
    case 'replaced':
    case 'closed':
      return ending.reason
    default:
      return 'other'
  }
}
