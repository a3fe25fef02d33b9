// On the way back the same act is done to the other revision.
const BACK: Record<string, string> = { start: 'start_old', stop: 'stop_new', remove: 'remove_new' };

/** The word of an act on the way back. */
export const undone = (action: string): string => BACK[action] ?? action;
