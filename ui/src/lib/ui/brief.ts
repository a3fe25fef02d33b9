/** An image by digest: where it is, its last part, and the digest's first twelve digits. */
const IMAGE = /(?:[\w.:-]+\/)*([\w.-]+@)sha256:([0-9a-f]{12})[0-9a-f]{52}/g;

/** What a program or the core says of a thing, as short as a cell wants it: image references as people name them, and what is
 *  wrong before what it is wrong with, so that an ellipsis cuts the name and not the reason. The whole stands in the title. */
export const brief = (text: string) => text.replace(IMAGE, '$1$2').replace(/^([\w.-]+@[0-9a-f]{12})[:：] *(.+)$/s, (_, image: string, why: string) => behind(once(why), image));

/** A name behind what is said of it, in the brackets of its language. */
const behind = (why: string, name: string) => (/[\u4e00-\u9fff]/.test(why) ? `${why}（${name}）` : `${why} (${name})`);

/** A registry says its code and then its sentence, which may be the same. */
const once = (why: string) => why.replace(/^(.+): \1$/s, '$1');

/** Why instances do not serve, without their names, each reason once: which they are is told by the title. */
export const plight = (text: string) => [...new Set(text.split('; ').map((one) => one.replace(/^sb-\S+ (?:is (?=unhealthy$))?/, '')))].filter((one) => one !== 'unhealthy').join('; ');

/** A line that a program logged, without the time, the level and the process it begins with: what it says. The whole stands
 *  in the title. */
export const plainly = (text: string) => text.replace(/^\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d\S*\s+/, '').replace(/^\[?(?:emerg|alert|crit|error|fatal|warn(?:ing)?)\]?:?\s+(?:\d+#\d+:\s+)?/i, '') || text;
