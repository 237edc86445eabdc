import { useSignal } from '@preact/signals'
import type { ComponentChildren, RefObject } from 'preact'
import { useRef } from 'preact/hooks'
import { canSetVolume } from '../../media/output'
import { t } from '../../text'
import { Dialog } from '../../ui/dialog'
import { openHelp } from '../../ui/header'
import { LanguageChoice } from '../../ui/language_choice'
import type { Room } from '../../wire.gen'
import { DeviceChoice, KeySettings, LookSettings, SoundCheck, SoundSettings, ToldSettings } from '../me'
import { Choice } from '../me/choices'
import { RenameSheet } from './rename'
import type { RoomSession } from './session'

interface MoreProps {
  readonly session: RoomSession
  readonly room: Room
}

type Above = 'check' | 'settings' | 'rename' | 'whom'

/** The sheet of all that is the person's own in a room, and what opens above it. */
export function MoreSheets({ session, room }: MoreProps) {
  const above = useSignal<Above | null>(null)
  const loudness = useRef<HTMLInputElement>(null)
  const { more } = session.sheets
  const close = () => {
    more.value = null
  }
  const closeAbove = () => {
    above.value = null
  }
  if (more.value === null) return null
  if (more.value === 'check') return <Check session={session} onClose={close} />
  if (more.value === 'rename') return <RenameSheet session={session} onClose={close} />
  return (
    <>
      <Dialog title={t('more.title')} onClose={close} first={loudness}>
        <Volume session={session} chosen={loudness} />
        <DeviceChoice kind="microphone" />
        <ul class="plain-rows">
          <Row onPress={() => (above.value = 'check')}>{t('check.title')}</Row>
          <Row onPress={() => (above.value = 'settings')}>{t('more.settings')}</Row>
          <Row onPress={() => (above.value = 'rename')}>{t('people.change_name')}</Row>
          <Row onPress={() => (session.sheets.isBlockedOpen.value = true)}>{t('block.list')}</Row>
          <Row onPress={() => (above.value = 'whom')}>{t('more.report')}</Row>
          <Row onPress={() => (session.sheets.areKeysOpen.value = true)}>{t('skip.keys')}</Row>
          <Row onPress={openHelp}>{t('help.open')}</Row>
        </ul>
        <div class="row">
          <button type="button" onClick={close}>
            {t('host.close')}
          </button>
        </div>
      </Dialog>
      {above.value === 'check' && <Check session={session} onClose={closeAbove} />}
      {above.value === 'settings' && <SettingsSheet onClose={closeAbove} />}
      {above.value === 'rename' && <RenameSheet session={session} onClose={closeAbove} />}
      {above.value === 'whom' && <Whom session={session} room={room} onClose={closeAbove} />}
    </>
  )
}

interface RowProps {
  readonly onPress: () => void
  readonly children: ComponentChildren
}

function Row({ onPress, children }: RowProps) {
  return (
    <li>
      <button type="button" class="wide" aria-haspopup="dialog" onClick={onPress}>
        {children}
      </button>
    </li>
  )
}

interface VolumeProps {
  readonly session: RoomSession
  readonly chosen: RefObject<HTMLInputElement | null>
}

/** Louder and quieter in steps; where only the phone's own keys can do that, on and off. */
function Volume({ session, chosen }: VolumeProps) {
  const hasSteps = canSetVolume()
  const steps = (hasSteps ? [100, 60, 30, 0] : [100, 0]).map(
    (percent) => [percent, volumeText(percent)] as const,
  )
  return (
    <>
      <Choice
        legend={t('more.volume')}
        options={steps}
        value={session.volume.value}
        onChange={(percent) => session.setVolume(percent)}
        chosen={chosen}
        isRow
      />
      {!hasSteps && <p class="soft help">{t('more.volume_phone')}</p>}
    </>
  )
}

function volumeText(percent: number): string {
  if (percent === 0) return t('more.volume_off')
  return percent === 100 ? t('more.volume_full') : t('more.volume_percent', { percent })
}

interface SheetProps {
  readonly session: RoomSession
  readonly onClose: () => void
}

/** The check, in a room: the room's own microphone is off first, so that nobody hears the test. */
function Check({ session, onClose }: SheetProps) {
  return (
    <Dialog title={t('check.title')} onClose={onClose}>
      {session.mic.value !== 'off' && <p class="note calm">{t('more.mic_closes')}</p>}
      <SoundCheck before={() => session.closeMic()} />
      <CloseRow onClose={onClose} />
    </Dialog>
  )
}

function SettingsSheet({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title={t('more.settings')} onClose={onClose}>
      <h3>{t('me.look')}</h3>
      <LookSettings />
      <LanguageChoice />
      <h3>{t('me.told')}</h3>
      <p class="soft help">{t('me.told_help')}</p>
      <ToldSettings />
      <h3>{t('me.keys')}</h3>
      <KeySettings />
      <h3>{t('me.sound')}</h3>
      <SoundSettings />
      <DeviceChoice kind="speaker" />
      <CloseRow onClose={onClose} />
    </Dialog>
  )
}

/** About whom a report is. */
function Whom({ session, room, onClose }: SheetProps & { readonly room: Room }) {
  const others = Object.values(room.members)
    .filter((member) => member.member_id !== session.me.value)
    .sort((a, b) => a.name.localeCompare(b.name))
  return (
    <Dialog title={t('more.report_whom')} onClose={onClose}>
      {others.length === 0 && <p>{t('more.report_nobody')}</p>}
      <ul class="plain-rows">
        {others.map(({ member_id, name }) => (
          <Row
            key={member_id}
            onPress={() => {
              session.sheets.more.value = null
              session.sheets.report.value = { member_id, name }
            }}
          >
            {name}
          </Row>
        ))}
      </ul>
      <CloseRow onClose={onClose} />
    </Dialog>
  )
}

function CloseRow({ onClose }: { readonly onClose: () => void }) {
  return (
    <div class="row">
      <button type="button" onClick={onClose}>
        {t('host.close')}
      </button>
    </div>
  )
}
