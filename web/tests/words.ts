import words from '../locales/en.room.json'
import { learn } from '../src/text'

// As the room's chunk does it on a page.
learn(words)
