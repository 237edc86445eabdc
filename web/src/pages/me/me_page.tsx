import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { followLink } from '../../route'
import { settings, USUAL } from '../../settings'
import { deviceZone } from '../../state/times'
import { type TextKey, t } from '../../text'
import { LanguageChoice } from '../../ui/language_choice'
import { PageTitle } from '../../ui/page_title'
import { chooseZone } from '../../zone'
import { CheckFold } from '../check_fold'
import { DeviceChoice } from './device_choice'
import { KeptPart } from './kept_part'
import { NamePart } from './name_part'
import { KeySettings, LookSettings, SoundSettings, ToldSettings } from './settings_parts'

/** The page of what is the person's own, all of it on this device. */
export function MePage() {
  const written = useSignal(0)
  const forgets = useSignal(0)
  return (
    <main id="main" class="lobby me" tabIndex={-1}>
      <PageTitle>{t('me.title')}</PageTitle>
      <p class="soft lead">{t('me.lead')}</p>
      <Section title="me.name">
        <NamePart
          key={forgets.value}
          onChange={() => {
            written.value += 1
          }}
        />
      </Section>
      <Section title="me.look">
        <LookSettings />
        <LanguageChoice />
      </Section>
      <Section title="me.told">
        <p class="soft help">{t('me.told_help')}</p>
        <ToldSettings />
      </Section>
      <Section title="me.keys">
        <KeySettings />
      </Section>
      <Section title="me.sound">
        <SoundSettings />
        <DeviceChoice kind="microphone" />
        <DeviceChoice kind="speaker" />
        <CheckFold />
      </Section>
      <Section title="me.kept">
        <KeptPart
          round={written.value}
          onForgotten={() => {
            settings.value = USUAL
            chooseZone(deviceZone())
            forgets.value += 1
          }}
        />
      </Section>
      <Section title="me.blocked">
        <p>{t('me.blocked_help')}</p>
      </Section>
      <Section title="me.hosts">
        <p>{t('me.hosts_help')}</p>
        <p>
          <a class="button" href="/host" onClick={followLink}>
            {t('me.hosts_link')}
          </a>
        </p>
      </Section>
    </main>
  )
}

function Section({ title, children }: { readonly title: TextKey; readonly children: ComponentChildren }) {
  const id = useId()
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>{t(title)}</h2>
      {children}
    </section>
  )
}
