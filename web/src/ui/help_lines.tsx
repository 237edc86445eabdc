import { useEffect } from 'preact/hooks'
import words from '../../locales/en.help.json'
import { helpLines, loadHelpLines } from '../help_lines'
import { language } from '../language'
import { dateName, languageName } from '../state/day_names'
import type { HelpLine, HelpList, HelpRegion } from '../state/help_lines'
import { learn, t } from '../text'

learn(words)

/** The operator's crisis lines by region; until they are here, or where there are none, what one can do anyway. */
export function HelpLines() {
  useEffect(() => void loadHelpLines(), [])
  const list = helpLines.value
  return (
    <>
      {list === null ? <p>{t('help.line')}</p> : <Regions list={list} />}
      <p>{t('help.room')}</p>
      <p class="soft">{t('help.hide')}</p>
      {/* Beside this page: whoever is in a room goes on hearing it. */}
      <p>
        <a class="button quiet" href={`/help?lang=${language()}`} target="_blank" rel="noopener">
          {t('help.page')}
        </a>
      </p>
    </>
  )
}

function Regions({ list }: { readonly list: HelpList }) {
  return (
    <div class="regions">
      {list.words !== '' && <p>{list.words}</p>}
      {list.regions.length > 1 && <p class="soft">{t('lines.choose')}</p>}
      {list.regions.map((region) => (
        <Region key={region.name} region={region} isOpen={list.regions.length === 1} />
      ))}
      {list.is_example && <p class="soft">{t('lines.example')}</p>}
    </div>
  )
}

function Region({ region, isOpen }: { readonly region: HelpRegion; readonly isOpen: boolean }) {
  const lang = region.language || undefined
  return (
    <details class="region" open={isOpen}>
      <summary>
        <h3 lang={lang}>{region.name}</h3>
      </summary>
      {region.emergency !== '' && (
        <p>
          <a class="button main" href={region.emergency_address}>
            {t('lines.emergency', { number: region.emergency })}
          </a>
        </p>
      )}
      <ul>
        {region.lines.map((line) => (
          <li key={line.name}>
            <h4 lang={lang}>{line.name}</h4>
            {line.for_whom !== '' && <p lang={lang}>{line.for_whom}</p>}
            <Ways line={line} />
            {line.text_body !== '' && <p>{t('lines.text_first', { words: line.text_body })}</p>}
            <p class="soft">{knownOf(line)}</p>
          </li>
        ))}
      </ul>
    </details>
  )
}

function Ways({ line }: { readonly line: HelpLine }) {
  const site = (address: string) => new URL(address).hostname.replace(/^www\./, '')
  // Another page opens beside this one: whoever is in a room stays there.
  const beside = { target: '_blank', rel: 'noreferrer noopener' }
  return (
    <p class="row">
      {line.call_address !== '' && (
        <a class="button" href={line.call_address}>
          {t('lines.call', { number: line.call })}
        </a>
      )}
      {line.text_address !== '' && (
        <a class="button" href={line.text_address}>
          {t('lines.text', { number: line.text })}
        </a>
      )}
      {line.chat !== '' && (
        <a class="button" href={line.chat} {...beside}>
          {t('lines.chat', { site: site(line.chat) })}
        </a>
      )}
      {line.web !== '' && (
        <a class="button" href={line.web} {...beside}>
          {t('lines.web', { site: site(line.web) })}
        </a>
      )}
    </p>
  )
}

function knownOf(line: HelpLine): string {
  return [
    line.hours === 'always' ? t('lines.always') : line.hours,
    line.languages.map(languageName).join(', '),
    t('lines.verified', { day: dateName(line.verified) }),
  ]
    .filter((part) => part !== '')
    .join(' · ')
}
