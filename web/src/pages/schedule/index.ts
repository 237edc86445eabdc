// All meetings of the week, and ways to find one's own among them.
import '../../styles/schedule.css'
import words from '../../../locales/en.schedule.json'
import { learn } from '../../text'

learn(words)

export { SchedulePage } from './schedule_page'
