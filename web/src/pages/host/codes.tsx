import Copy from 'icon:copy'
import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import { PageTitle } from '../../ui/page_title'
import { th } from './words'

interface CodesProps {
  readonly codes: readonly string[]
  readonly onKept: () => void
}

/** The recovery codes, shown this once. */
export function Codes({ codes, onKept }: CodesProps) {
  const told = useSignal('')
  const titleId = useId()
  const copy = async () => {
    told.value = ''
    try {
      await navigator.clipboard.writeText(codes.join('\n'))
      told.value = th('codes.copied')
    } catch {
      told.value = th('codes.not_copied')
    }
  }
  return (
    <main id="main" class="join host" tabIndex={-1}>
      <div class="card">
        <PageTitle>{th('codes.title')}</PageTitle>
        <p>{th('codes.lead')}</p>
        <h2 id={titleId} class="unseen">
          {th('codes.list')}
        </h2>
        <ol class="codes" aria-labelledby={titleId}>
          {codes.map((code) => (
            <li key={code}>
              <code>{code}</code>
            </li>
          ))}
        </ol>
        <button type="button" class="wide" onClick={() => void copy()}>
          <Copy />
          {th('codes.copy')}
        </button>
        <p role="status" class="soft help">
          {told.value}
        </p>
        <button type="button" class="main wide big" onClick={onKept}>
          {th('codes.kept')}
        </button>
      </div>
    </main>
  )
}
