import { userInfo } from 'node:os'

/** What the system knows of the user that runs a command. */
interface System {
  username(): string
  uid(): number | undefined
}

const SYSTEM: System = { username: () => userInfo().username, uid: () => process.getuid?.() }

/** The system user who runs a command, for the audit log. A container may run under a uid that no name belongs to. */
export function operatorName(system: System = SYSTEM): string {
  try {
    const name = system.username()
    if (name !== '') return name
  } catch {
    // There is no entry for this uid in the system's list of users.
  }
  const uid = system.uid()
  return uid === undefined ? 'unknown' : `uid:${uid}`
}
