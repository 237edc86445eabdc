// The list of keys: as a page of its own, and as a sheet in a room.
import './words'
import { type TextKey, t } from '../../text'
import { Dialog } from '../../ui/dialog'
import { PageTitle } from '../../ui/page_title'

interface Row {
  readonly keys: readonly string[]
  readonly does: TextKey
}

interface Group {
  readonly title: TextKey
  readonly help?: TextKey
  readonly rows: readonly Row[]
}

const TAB = 'keys.tab'
const SPACE = 'keys.space'
const SHIFT = 'keys.shift'

const GROUPS: readonly Group[] = [
  {
    title: 'keys.anywhere',
    rows: [
      { keys: [SHIFT, SHIFT, SHIFT], does: 'keys.hide' },
      { keys: [TAB], does: 'keys.next_stop' },
      { keys: ['Esc'], does: 'keys.close' },
    ],
  },
  {
    title: 'keys.in_room',
    rows: [
      { keys: ['F6'], does: 'keys.region' },
      { keys: ['keys.arrows', 'Home', 'End'], does: 'keys.arrow' },
      { keys: [SPACE], does: 'keys.talk' },
    ],
  },
  {
    title: 'keys.letters',
    help: 'keys.letters_help',
    rows: [
      { keys: ['M'], does: 'keys.mic' },
      { keys: ['H'], does: 'keys.hand' },
      { keys: ['C'], does: 'keys.chat' },
      { keys: ['P'], does: 'keys.people' },
      { keys: ['R'], does: 'keys.reading' },
      { keys: ['D'], does: 'keys.quieter' },
      { keys: ['?'], does: 'keys.list' },
    ],
  },
  {
    title: 'keys.hosts',
    rows: [
      { keys: ['N'], does: 'keys.call_next' },
      { keys: ['T'], does: 'keys.minute' },
      { keys: ['L'], does: 'keys.lock' },
    ],
  },
]

/** The page with the list of keys. */
export function Page() {
  return (
    <main id="main" class="lobby" tabIndex={-1}>
      <PageTitle>{t('keys.title')}</PageTitle>
      <p class="soft lead">{t('keys.lead')}</p>
      <KeyList />
    </main>
  )
}

/** The same over a room. */
export function KeysSheet({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title={t('keys.title')} onClose={onClose}>
      <KeyList />
      <div class="row">
        <button type="button" class="main" onClick={onClose}>
          {t('help.close')}
        </button>
      </div>
    </Dialog>
  )
}

function KeyList() {
  return (
    <>
      {GROUPS.map(({ title, help, rows }) => (
        <section key={title} class="card" aria-labelledby={title}>
          <h2 id={title}>{t(title)}</h2>
          {help !== undefined && <p class="soft help">{t(help)}</p>}
          <dl class="keys">
            {rows.map(({ keys, does }) => (
              <div key={does}>
                <dt>
                  {keys.map((one, index) => (
                    <span key={index}>
                      <kbd>{one.startsWith('keys.') ? t(one as TextKey) : one}</kbd>{' '}
                    </span>
                  ))}
                </dt>
                <dd>{t(does)}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </>
  )
}
