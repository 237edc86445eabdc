import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { download, forgetAll, type Kept, lookAtKept, rowsOf } from '../../kept'
import { settings } from '../../settings'
import { t } from '../../text'

interface KeptPartProps {
  /** Grows whenever something may have been written: the table is read anew. */
  readonly round: number
  readonly onForgotten: () => void
}

/** All that this device keeps, what for, and the two ways to have it: as a file, or gone. */
export function KeptPart({ round, onForgotten }: KeptPartProps) {
  const kept = useSignal<Kept | null>(null)
  const said = useSignal('')
  const look = async () => {
    kept.value = await lookAtKept()
  }
  // What is chosen above is written down, too.
  const chosen = settings.value
  useEffect(() => void look(), [round, chosen])
  const forget = async () => {
    await forgetAll()
    await look()
    said.value = t('me.forgotten')
    onForgotten()
  }
  if (kept.value === null) return null
  const rows = rowsOf(kept.value)
  return (
    <>
      {rows.length === 0 ? (
        <p>{t('me.kept_none')}</p>
      ) : (
        <table class="kept">
          <caption class="unseen">{t('me.kept_caption')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('me.kept_what')}</th>
              <th scope="col">{t('me.kept_why')}</th>
              <th scope="col">{t('me.kept_long')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ kind, count, isOfTab }) => (
              <tr key={`${kind} ${isOfTab}`}>
                <th scope="row">
                  {t(`kept.${kind}`)}
                  {count > 1 && ` (${count})`}
                </th>
                <td>{t(`kept.${kind}_why`)}</td>
                <td>{t(isOfTab ? 'kept.tab' : 'kept.stays')}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <button type="button" onClick={() => kept.value !== null && download(kept.value)}>
        {t('me.download')}
      </button>
      <p class="soft help">{t('me.download_help')}</p>
      <button type="button" class="danger" onClick={() => void forget()}>
        {t('me.forget')}
      </button>
      <p class="soft help">{t('me.forget_help')}</p>
      <p role="status" class="strong">
        {said.value}
      </p>
    </>
  )
}
