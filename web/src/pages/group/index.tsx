// What the chunk of a group's page gives to the page of hosts.
import '../../styles/group.css'
import ArrowLeft from 'icon:arrow-left'
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { GroupShown } from '../../group.gen'
import { followLink } from '../../route'
import { PageTitle } from '../../ui/page_title'
import { ZoneLine } from '../when'
import { About } from './about'
import { askGroup, type Desk, type Problem } from './api'
import { Audit } from './audit'
import { First } from './first'
import { Bans, Invites } from './order'
import { ProblemNote, Section } from './parts'
import { Rooms } from './rooms'
import { Roster } from './roster'
import { Series } from './series'
import { roleName, tg, tgCount } from './words'

interface GroupPageProps {
  readonly slug: string
  readonly account_id: string
  /** The session is over. */
  readonly onOut: () => void
}

/** A group as those on its roster look after it. */
export function GroupPage({ slug, account_id, onOut }: GroupPageProps) {
  const group = useSignal<GroupShown | null>(null)
  const problem = useSignal<Problem | null>(null)
  const load = async () => {
    const shown = await askGroup('group', { group: slug }, 'group_shown')
    if (shown === 'not_signed_in') return onOut()
    problem.value = typeof shown === 'string' ? shown : null
    if (typeof shown !== 'string') group.value = shown
    // Nothing of a group is left on the screen of somebody who does not serve it any more.
    else if (shown === 'not_serving' || shown === 'not_allowed') group.value = null
  }
  useEffect(() => void load(), [slug])
  const ask: Desk['ask'] = async (path, payload, kind) => {
    const answer = await askGroup(path, { ...payload, group: slug } as never, kind)
    if (answer === 'not_signed_in') onOut()
    const isChange = typeof answer === 'string' ? answer === 'gone' : !kind.endsWith('shown')
    if (isChange || answer === 'not_serving' || answer === 'not_allowed') await load()
    return answer
  }
  const shown = group.value
  return (
    <main id="main" class="lobby host group" tabIndex={-1}>
      <p>
        <a href="/host" class="back" onClick={followLink}>
          <ArrowLeft />
          {tg('back')}
        </a>
      </p>
      <PageTitle>{tg('title')}</PageTitle>
      <ProblemNote problem={problem.value} />
      {shown === null ? (
        problem.value === null && <p class="soft">{tg('loading')}</p>
      ) : (
        <Parts desk={{ group: shown, account_id, ask }} />
      )}
    </main>
  )
}

function Parts({ desk }: { readonly desk: Desk }) {
  const { group } = desk
  return (
    <>
      <p class="lead">{tg('serving', { title: group.title, role: roleName(group.role) })}</p>
      {group.reports_open > 0 && <p class="note calm">{tgCount('reports', group.reports_open)}</p>}
      {group.may_change && (
        <>
          <First desk={desk} />
          <Series desk={desk} />
          <ZoneLine />
          <Roster desk={desk} />
          <Rooms desk={desk} />
          <Section title={tg('about')}>
            <About desk={desk} />
          </Section>
        </>
      )}
      <Bans desk={desk} />
      <Invites desk={desk} />
      <Audit desk={desk} />
    </>
  )
}
