import order from '../locales/en.order.json'
import words from '../locales/en.room.json'
import { learn } from '../src/text'

// As the room's chunk, and the one for hosts, do it on a page.
learn(words)
learn(order)
