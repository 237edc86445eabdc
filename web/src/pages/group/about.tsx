import { useSignal } from '@preact/signals'
import { ABOUT_MAX_CHARS, TITLE_MAX_CHARS } from '../../wire.gen'
import { type Desk, type Problem, problemOf } from './api'
import { Field, Form } from './parts'
import { tg } from './words'

/** As in server/group_ports.py. */
const APPEAL_MAX_CHARS = 280

/** The group's own words. */
export function About({ desk }: { readonly desk: Desk }) {
  const { group } = desk
  const title = useSignal(group.title)
  const about = useSignal(group.about)
  const appeal = useSignal(group.appeal)
  const problem = useSignal<Problem | null>(null)
  const told = useSignal('')
  const save = async () => {
    told.value = ''
    const words = { title: title.value, about: about.value, appeal: appeal.value }
    problem.value = problemOf(await desk.ask('group/change', words, 'done'))
    if (problem.value === null) told.value = tg('saved')
  }
  return (
    <Form problem={problem.value} told={told.value} submit={tg('save')} onSubmit={save}>
      <Field
        label={tg('about.title')}
        max={TITLE_MAX_CHARS}
        value={title.value}
        onInput={(text) => {
          title.value = text
        }}
        problem={problem.value}
        own={['bad_title']}
      />
      <Field
        label={tg('about.about')}
        help={tg('about.about_help')}
        max={ABOUT_MAX_CHARS}
        value={about.value}
        onInput={(text) => {
          about.value = text
        }}
        problem={problem.value}
        own={['bad_about']}
      />
      <Field
        label={tg('about.appeal')}
        help={tg('about.appeal_help')}
        max={APPEAL_MAX_CHARS}
        value={appeal.value}
        onInput={(text) => {
          appeal.value = text
        }}
        problem={problem.value}
        own={['bad_appeal']}
      />
    </Form>
  )
}
