import { userInfo } from 'node:os';

/**
 * Whoever runs this process. A container may run under a number that its system has no name for,
 * as OpenShift's do: then the number is the name. On Windows `uid` is -1.
 */
export function thisUser(): { name: string; uid: number } {
  try {
    const { username, uid } = userInfo();
    return { name: username, uid };
  } catch (error) {
    const uid = process.getuid?.();
    if (uid === undefined) throw error;
    return { name: String(uid), uid };
  }
}
