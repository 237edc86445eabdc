import Languages from 'icon:languages'
import { chooseLanguage, LANGUAGES, language } from '../language'
import { t } from '../text'

/** Which language the page is in; each is called as its own speakers call it. */
export function LanguageChoice() {
  return (
    <label class="language">
      <Languages />
      <span>{t('language.label')}</span>
      <select value={language()} onChange={(event) => chooseLanguage(event.currentTarget.value)}>
        {Object.entries(LANGUAGES).map(([tag, { name }]) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
    </label>
  )
}
