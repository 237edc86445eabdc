// What whoever keeps the door or order needs besides the room: fetched only for them.
import '../../styles/order.css'
import words from '../../../locales/en.order.json'
import { learn } from '../../text'

learn(words)

export { Alarm, Burst } from './burst'
export { Door } from './door'
export { Held } from './held'
export { HostOptions } from './host_options'
export { OrderTools } from './order_tools'
export { Proposals } from './proposals'
export { Reports } from './reports'
