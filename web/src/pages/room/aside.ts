// What is beside the room: wanted by few, or later. It is fetched once the room is shown.
import '../../styles/aside.css'
import words from '../../../locales/en.aside.json'
import { learn } from '../../text'

learn(words)

export { AtDoor } from './at_door'
export { BlockedSheet } from './blocked_sheet'
export { Fellowship } from './fellowship'
export { HandSheet } from './hand_sheet'
export { LeadSheet } from './lead_sheet'
export { MemberSheet } from './member_sheet'
export { Private } from './private'
export { Reading } from './reading'
export { ReportSheet } from './report_sheet'
export { Safe } from './safe'
