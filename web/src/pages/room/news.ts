import { t } from '../../text'
import type { Commit, Member } from '../../wire.gen'
import type { NoticeBoard } from './notice_board'

/** What a commit does to the person goes onto the page in words, too: the announcer alone is not enough. */
export function noteNews(
  board: NoticeBoard,
  { fact, by }: Commit,
  me: number,
  nameOf: (memberId: number) => string,
): void {
  switch (fact.type) {
    case 'member_muted':
      if (fact.member_id === me) board.note({ mutedBy: nameOf(fact.by) })
      return
    case 'all_muted':
      if (fact.members.includes(me)) board.tell('order.all_muted')
      return
    case 'share_ended':
      if (fact.member_id === me) board.tell('turn.over')
      return
    case 'held_dropped':
      if (fact.member_id === me && by !== me) board.tell('chat.held_dropped')
      return
    case 'phase_set':
      board.tell(`time.set_${fact.phase}`)
  }
}

/** Another role brings other buttons: that must not come without a word. */
export function noteRole(board: NoticeBoard, before: Member | undefined, after: Member | undefined): void {
  if (before === undefined || after === undefined || before.role === after.role) return
  board.tell('role.given', t(`role.${after.role}`))
}
