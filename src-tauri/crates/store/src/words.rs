//! Words as the audit's search knows them.
//!
//! A word ends at white space. It is found from each of its parts on ("14.1" and "2.14" both find "2.14.1"), so the index
//! holds it from each part to its end. What somebody types is then always how one indexed word begins, which is one
//! sorted list; "2" beside "14" would be two long ones to hold against each other.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Characters of an indexed word. Words that only differ behind them are one.
const LONGEST: usize = 64;

/// What stands for anything between two parts. The index takes it for a letter.
const JOINT: char = '_';

/// Every word of a text as it is indexed, with blanks between.
pub fn indexed(text: &str) -> String {
    let mut all = Vec::new();
    for word in text.split_whitespace() {
        let word = folded(word);
        let mut before = JOINT;
        for (at, here) in word.char_indices() {
            if here != JOINT && (before == JOINT || stands_alone(here)) {
                all.push(cut(&word[at..]).to_owned());
            }
            before = here;
        }
    }
    all.sort_unstable();
    all.dedup();
    all.join(" ")
}

/// How the indexed words must begin for a search, at most `most` of them.
pub fn searched(search: &str, most: usize) -> Vec<String> {
    let folded = search.split_whitespace().map(folded).filter(|word| !word.is_empty());
    folded.take(most).map(|word| cut(&word).to_owned()).collect()
}

/// Without capitals, accents and other ways to write the same letter; one joint between two parts.
fn folded(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for letter in word.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            folded.push(letter);
        } else if !folded.is_empty() && !folded.ends_with(JOINT) {
            folded.push(JOINT);
        }
    }
    folded.truncate(folded.trim_end_matches(JOINT).len());
    folded
}

fn cut(word: &str) -> &str {
    word.char_indices().nth(LONGEST).map_or(word, |(at, _)| &word[..at])
}

/// Of the scripts that are written without blanks, so that a word may begin at each character.
fn stands_alone(letter: char) -> bool {
    matches!(letter, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_indexed_from_each_of_its_parts_on() {
        assert_eq!(indexed("Checkout 2.14.1"), "1 14_1 2_14_1 checkout");
        assert_eq!(indexed("(deploy.step-started)"), "deploy_step_started started step_started");
        assert_eq!(indexed("Café CAFÉ ﬁn"), "cafe fin");
        assert_eq!(indexed("回滚到v2"), "到v2 回滚到v2 滚到v2");
        assert_eq!(indexed(" -- \0 "), "");
        assert_eq!(indexed(&"ab".repeat(99)).len(), LONGEST);
    }

    #[test]
    fn a_search_asks_for_beginnings_of_the_same_words() {
        assert_eq!(searched("\"Deploy.st * é", 9), ["deploy_st", "e"]);
        assert_eq!(searched("a b c", 2), ["a", "b"]);
        assert_eq!(searched("NEAR( words:x", 9), ["near", "words_x"]);
    }
}
