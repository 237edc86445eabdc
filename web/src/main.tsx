import './styles/index.css'
import { Component, type ComponentChildren, render } from 'preact'
import { loadFont } from './font'
import { attachHide } from './hide'
import { askInOwnLanguage, speakThen } from './language'
import { LATER } from './pages/later_page'
import { Lobby } from './pages/lobby'
import { Meeting } from './pages/meeting'
import { loadSchedule, ScheduleGate } from './pages/schedule_gate'
import { takeFirst } from './rooms'
import { route } from './route'
import { endStay, stay } from './stay'
import { t } from './text'
import { Header } from './ui/header'
import { Foot, Places } from './ui/places'

// Before anything that could fail.
attachHide()

/** Shows words instead of a blank page when our own code fails, and lets go of microphone and sound. */
class Boundary extends Component<{ children: ComponentChildren }, { hasFailed: boolean }> {
  override state = { hasFailed: false }

  override componentDidCatch(): void {
    void endStay()
    this.setState({ hasFailed: true })
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children
    return (
      <main id="main" class="join" tabIndex={-1}>
        <div class="card">
          <h1>{t('error.title')}</h1>
          <p>{t('error.words')}</p>
          <button type="button" class="main" onClick={() => location.reload()}>
            {t('error.again')}
          </button>
        </div>
      </main>
    )
  }
}

function App() {
  const at = route.value
  const Later = LATER[at.page]
  const isOutside = at.page !== 'meeting' || stay.value === null
  return (
    <>
      <Header />
      {isOutside && <Places at={at.page} />}
      <Boundary>
        {at.page === 'meeting' && <Meeting key={at.slug} slug={at.slug} />}
        {Later && <Later />}
        {at.page === 'schedule' && <ScheduleGate key="schedule" />}
        {at.page === 'lobby' && <Lobby key="lobby" />}
      </Boundary>
      {isOutside && <Foot />}
    </>
  )
}

const page = document.getElementById('page')
// The look itself is there already; the frame around the page on phones gets its colour.
if (document.documentElement.dataset['theme'] !== undefined) void import('./look')
// The server's documents stay as they are, also where one stands in for a page that the network did not bring.
const isDocument = document.documentElement.dataset['page'] === 'document'
if (isDocument) void import('./pages/document')
if (isDocument || route.value.page === 'served') askInOwnLanguage()
else if (page !== null) {
  const show = () => {
    // Whoever stands on a link of the server's page stays there.
    const focused = document.activeElement?.getAttribute('href')
    page.textContent = ''
    render(<App />, page)
    if (focused) page.querySelector<HTMLElement>(`[href="${CSS.escape(focused)}"]`)?.focus()
  }
  takeFirst()
  speakThen(() => {
    if (route.value.page === 'schedule') loadSchedule().then(show, show)
    else show()
  })
}
requestAnimationFrame(() =>
  setTimeout(() => {
    void loadFont()
    if (import.meta.env.PROD) void import('./offline')
  }, 0),
)
