import '../../styles/stage.css'
import '../../styles/room.css'
import { useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { withWords } from '../../language'
import { countUnseen, readable } from '../../state/people'
import { useLater } from '../../ui/later'
import { PageTitle } from '../../ui/page_title'
import type { Room } from '../../wire.gen'
import { Chat } from './chat'
import { Controls } from './controls'
import { KeysOverRoom } from './keys_over_room'
import { Notices } from './notices'
import { People } from './people'
import { DutyLine, PhaseLine } from './phase_line'
import { Queue } from './queue'
import { RunningFirst, RunningMore } from './running_later'
import type { RoomSession } from './session'
import { Stage } from './stage'

/** From this width on the chat stands beside the stage (also in styles/room.css). */
const WIDE = '(min-width: 60rem)'

type Aside = typeof import('./aside')

const loadAside = (): Promise<Aside> => withWords('aside', import('./aside'))

const loadLive = () => withWords('live', import('./live'))

const loadMore = () => withWords('me', import('./more'))

const loadOrder = () => withWords('order', import('./order'))

const loadKeyboard = () => import('./keyboard')

/** A room with everybody in it, or its door. */
export function RoomPage({ session }: { readonly session: RoomSession }) {
  const isWide = useSignal(matchMedia(WIDE).matches)
  const isChatOpen = useSignal(false)
  const seenSeq = useSignal(session.room.value?.chat.at(-1)?.seq ?? 0)
  const chatButton = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    const wide = matchMedia(WIDE)
    const follow = () => {
      isWide.value = wide.matches
    }
    wide.addEventListener('change', follow)
    return () => wide.removeEventListener('change', follow)
  }, [])
  // Tests, and styles, may look at the state of the connection here.
  useSignalEffect(() => {
    document.body.dataset['link'] = session.link.value
    document.body.dataset['media'] = session.media.value.phase
    document.body.dataset['mic'] = session.mic.value
  })
  useEffect(
    () => () => {
      for (const name of ['link', 'media', 'mic']) delete document.body.dataset[name]
    },
    [],
  )
  // Who shares in writing writes on the stage, which the chat covers on a phone.
  useSignalEffect(() => {
    if (session.turn.isWriting.value) isChatOpen.value = false
  })
  const parts = useLater(loadOrder, session.may('keep_door') || session.may('keep_time'))
  const aside = useLater(loadAside)
  const live = useLater(loadLive)
  const more = useLater(loadMore, session.sheets.more.value !== null)
  const keyboard = useLater(loadKeyboard)
  const isInside = session.self.value !== null
  useEffect(() => (isInside ? keyboard?.attachKeyboard(session) : undefined), [keyboard, isInside])
  const room = session.room.value
  if (room === null) return null
  const guest = session.guest.value
  if (session.self.value === null) {
    return guest === null || aside === null ? null : (
      <aside.AtDoor session={session} room={room} guest={guest} />
    )
  }
  const { sheets } = session
  const areLettersShown = sheets.areLettersOpen.value && aside !== null && room.rules.has_private
  const isChatShown = isWide.value || isChatOpen.value
  const closeChat = () => {
    isChatOpen.value = false
    chatButton.current?.focus()
  }
  const write = () => {
    if (session.turn.isMine.value) {
      session.turn.startWriting()
      return
    }
    isChatOpen.value = true
    sheets.areLettersOpen.value = false
    requestAnimationFrame(() => document.querySelector<HTMLElement>('.compose textarea')?.focus())
  }
  const closeLetters = () => {
    sheets.areLettersOpen.value = false
    const opener = document.getElementById('letters-button') ?? document.getElementById('main')
    opener?.focus()
  }
  return (
    <div class="room" data-chat={isChatShown || areLettersShown ? 'shown' : 'hidden'}>
      {keyboard !== null && <keyboard.Skips session={session} />}
      <main id="main" tabIndex={-1}>
        <PageTitle>{room.title}</PageTitle>
        <PhaseLine session={session} room={room} />
        <DutyLine session={session} room={room} />
        <Notices session={session} room={room} onWrite={write} />
        {aside !== null && <aside.Safe session={session} room={room} />}
        {aside !== null && <aside.Fellowship session={session} room={room} />}
        <div class="floor">
          <Stage session={session} room={room} />
          {session.may('run_floor') && <RunningFirst session={session} room={room} />}
          {parts !== null && <parts.Desk session={session} room={room} />}
          {live !== null && <live.LiveText session={session} room={room} />}
          {live !== null && session.may('write_captions') && (
            <live.CaptionDesk session={session} room={room} />
          )}
          {aside !== null && room.reading !== null && (
            <aside.Reading session={session} room={room} reading={room.reading} />
          )}
          <Queue session={session} room={room} parts={parts} />
          {live !== null && <live.Reactions session={session} room={room} />}
        </div>
        <div class="beside-floor">
          {parts !== null && (
            <div class="tools">
              <parts.Door session={session} room={room} />
              <parts.Proposals session={session} room={room} />
              <parts.Reports session={session} room={room} />
              <parts.Held session={session} room={room} />
              {session.may('run_floor') && <RunningMore session={session} room={room} />}
              <parts.OrderTools session={session} room={room} />
            </div>
          )}
          <People session={session} room={room} />
          {room.about !== '' && <p class="soft room-about">{room.about}</p>}
        </div>
      </main>
      {areLettersShown && <aside.Private session={session} room={room} onClose={closeLetters} />}
      {isChatShown && !areLettersShown && (
        <Chat
          session={session}
          room={room}
          seenSeq={seenSeq}
          parts={parts}
          onClose={isWide.value ? null : closeChat}
        />
      )}
      {parts !== null && (
        <>
          <parts.HostOptions session={session} room={room} />
          <parts.Alarm session={session} room={room} />
        </>
      )}
      <KeysOverRoom session={session} />
      {aside !== null && <Sheets aside={aside} session={session} room={room} />}
      {more !== null && <more.MoreSheets session={session} room={room} />}
      {aside !== null && <aside.HandSheet session={session} room={room} />}
      {aside !== null && <aside.LeadSheet session={session} room={room} />}
      {keyboard !== null && <keyboard.TurnSheet session={session} />}
      <Controls
        session={session}
        room={room}
        chatButton={chatButton}
        chat={
          isWide.value
            ? null
            : {
                isOpen: isChatOpen.value,
                unseen: isChatOpen.value ? 0 : countUnseen(readable(room), seenSeq.value, session.me.value),
                toggle: () => {
                  if (isChatOpen.value) closeChat()
                  else isChatOpen.value = true
                },
              }
        }
      />
    </div>
  )
}

interface SheetsProps {
  readonly aside: Aside
  readonly session: RoomSession
  readonly room: Room
}

/** What the person opened about somebody: one at a time. */
function Sheets({ aside, session, room }: SheetsProps) {
  const { person, report, isBlockedOpen } = session.sheets
  if (person.value !== null) {
    return <aside.MemberSheet key="member" session={session} room={room} about={person.value} />
  }
  if (report.value !== null) {
    return <aside.ReportSheet key="report" session={session} room={room} about={report.value} />
  }
  return isBlockedOpen.value ? <aside.BlockedSheet key="blocked" session={session} room={room} /> : null
}
