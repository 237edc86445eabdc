import aside from '../locales/en.aside.json'
import help from '../locales/en.help.json'
import keys from '../locales/en.keys.json'
import live from '../locales/en.live.json'
import me from '../locales/en.me.json'
import order from '../locales/en.order.json'
import words from '../locales/en.room.json'
import schedule from '../locales/en.schedule.json'
import sheet from '../locales/en.sheet.json'
import templates from '../locales/en.templates.json'
import trouble from '../locales/en.trouble.json'
import { learn } from '../src/text'

// As the chunks that bring them do it on a page.
learn(words)
learn(aside)
learn(live)
learn(order)
learn(sheet)
learn(templates)
learn(help)
learn(me)
learn(trouble)
learn(schedule)
learn(keys)
