/** Image references in a sentence as people name them: the repository's last part and twelve digits of the digest, so
 *  that the words after it are seen. The whole stands in the title. */
export const brief = (text: string) => text.replace(/(?:[\w.:-]+\/)*([\w.-]+@)sha256:([0-9a-f]{12})[0-9a-f]{52}/g, '$1$2');
