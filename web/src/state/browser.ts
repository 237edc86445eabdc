import { type System, systemOf } from './system'

/** Which browser this is, as far as words for people depend on it. */
export interface Browser {
  readonly family: 'chrome' | 'edge' | 'samsung' | 'firefox' | 'safari' | 'other'
  readonly system: System
  /** A window inside another app, which often has no microphone to give. */
  readonly isInApp: boolean
}

/** What a page can see of its browser. */
export interface Looks {
  readonly userAgent: string
  readonly maxTouchPoints: number
  /** Started from the home screen: such a window looks like one inside an app, and is none. */
  readonly isStandalone: boolean
}

/** Marks that apps put on the windows they open links in. */
const APPS =
  /\bFB(?:AN|AV|IOS|_IAB)\b|Instagram|\bLine\/|MicroMessenger|Snapchat|musical_ly|Bytedance|TikTok|LinkedInApp|Pinterest\/|Twitter for|TwitterAndroid|KAKAOTALK|Telegram-|WhatsApp\/|Discord\/|Slack_SSB|\bGSA\/|; wv\)/

/** Every browser on an iPhone or iPad names Safari, but windows inside apps do not. */
const NO_BROWSER_ON_IOS = /^(?!.*(?:Safari|CriOS|FxiOS|EdgiOS)\/)/

export function readBrowser({ userAgent, maxTouchPoints, isStandalone }: Looks): Browser {
  const system = systemOf(userAgent, maxTouchPoints)
  const isBareWindow = system === 'ios' && !isStandalone && NO_BROWSER_ON_IOS.test(userAgent)
  return { family: familyOf(userAgent), system, isInApp: APPS.test(userAgent) || isBareWindow }
}

function familyOf(userAgent: string): Browser['family'] {
  if (/Edg(?:e|A|iOS)?\//.test(userAgent)) return 'edge'
  if (userAgent.includes('SamsungBrowser/')) return 'samsung'
  if (/Firefox\/|FxiOS\//.test(userAgent)) return 'firefox'
  if (/Chrom(?:e|ium)\/|CriOS\//.test(userAgent)) return 'chrome'
  return /Version\/.*Safari\//.test(userAgent) ? 'safari' : 'other'
}

/** Where a site's microphone is allowed differs so much, and no more. */
export const STEPS = [
  'chrome_android',
  'chrome',
  'firefox_android',
  'firefox',
  'safari_ios',
  'other_ios',
  'safari_mac',
  'any',
] as const
export type Steps = (typeof STEPS)[number]

/** Return which steps lead to the microphone here. */
export function stepsFor({ family, system }: Browser): Steps {
  if (system === 'ios') return family === 'safari' ? 'safari_ios' : 'other_ios'
  if (system === 'android') return family === 'firefox' ? 'firefox_android' : 'chrome_android'
  if (family === 'firefox') return 'firefox'
  if (family === 'safari') return 'safari_mac'
  return family === 'other' ? 'any' : 'chrome'
}
