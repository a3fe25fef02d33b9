/** Image references in a sentence as people name them: the repository's last part and twelve digits of the digest, so
 *  that the words after it are seen. The whole stands in the title. */
export const brief = (text: string) => text.replace(/(?:[\w.:-]+\/)*([\w.-]+@)sha256:([0-9a-f]{12})[0-9a-f]{52}/g, '$1$2');

/** A line that a program logged, without the time, the level and the process it begins with: what it says. The whole stands
 *  in the title. */
export const plainly = (text: string) => text.replace(/^\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d\S*\s+/, '').replace(/^\[?(?:emerg|alert|crit|error|fatal|warn(?:ing)?)\]?:?\s+(?:\d+#\d+:\s+)?/i, '') || text;
