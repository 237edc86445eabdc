import Calendar from 'icon:calendar'
import Lamp from 'icon:lamp'
import LifeBuoy from 'icon:life-buoy'
import UserRound from 'icon:user-round'
import { followLink, type Route } from '../route'
import { t } from '../text'
import { LanguageChoice } from './language_choice'

/** Where one can go from every page outside a room, in the same order; at the foot of a phone's screen. */
export function Places({ at }: { readonly at: Route['page'] }) {
  const places = [
    { path: '/', page: 'lobby', icon: <Lamp />, text: t('places.now') },
    { path: '/schedule', page: 'schedule', icon: <Calendar />, text: t('places.schedule') },
    { path: '/help', page: 'served', icon: <LifeBuoy />, text: t('places.help') },
    { path: '/me', page: 'me', icon: <UserRound />, text: t('places.me') },
  ]
  return (
    <nav class="places" aria-label={t('places.title')}>
      {places.map(({ path, page, icon, text }) => (
        <a key={path} href={path} aria-current={page === at ? 'page' : undefined} onClick={followLink}>
          {icon}
          {text}
        </a>
      ))}
    </nav>
  )
}

/** What is read once: below every page outside a room. */
export function Foot() {
  return (
    <footer class="foot">
      <nav aria-label={t('foot.title')}>
        <a href="/safety">{t('foot.safety')}</a>
        <a href="/privacy">{t('foot.privacy')}</a>
        <a href="/accessibility">{t('foot.accessibility')}</a>
        <a href="/host" onClick={followLink}>
          {t('lobby.hosts')}
        </a>
      </nav>
      <LanguageChoice />
    </footer>
  )
}
