// What whoever keeps the door, time or order needs besides the room: fetched only for them.
import '../../styles/order.css'
import words from '../../../locales/en.order.json'
import { learn } from '../../text'

learn(words)

export { Alarm } from './burst'
export { Desk } from './desk'
export { Door } from './door'
export { EraseSheet } from './erase_sheet'
export { HandTools } from './hand_tools'
export { Held } from './held'
export { HostOptions } from './host_options'
export { OrderTools } from './order_tools'
export { Proposals } from './proposals'
export { Reports } from './reports'
