//! Which topics a channel wants, as the declarative file's `on:` says it.
//!
//! Apart, because every channel has one. Deliberately not here: filters by service or environment.

use std::collections::BTreeSet;
use switchback_core::port::Topic;

/// A set of topics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics(BTreeSet<Topic>);

/// A word that is no topic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{word} is no topic; there are all, started, succeeded, failed, rolled-back, stuck, overridden, frozen")]
pub struct UnknownTopic {
    /// The word.
    pub word: String,
}

impl Topics {
    /// All of them.
    pub fn all() -> Self {
        Self(Topic::ALL.into())
    }

    /// These.
    pub fn only(topics: impl IntoIterator<Item = Topic>) -> Self {
        Self(topics.into_iter().collect())
    }

    /// From the words of the file; `all` stands for every topic.
    pub fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, UnknownTopic> {
        let mut topics = BTreeSet::new();
        for word in words {
            match word {
                "all" => topics.extend(Topic::ALL),
                "started" => drop(topics.insert(Topic::Started)),
                "succeeded" => drop(topics.insert(Topic::Succeeded)),
                "failed" => drop(topics.insert(Topic::Failed)),
                "rolled-back" => drop(topics.insert(Topic::RolledBack)),
                "stuck" => drop(topics.insert(Topic::Stuck)),
                "overridden" => drop(topics.insert(Topic::Overridden)),
                "frozen" => drop(topics.insert(Topic::Frozen)),
                other => return Err(UnknownTopic { word: other.to_owned() }),
            }
        }
        Ok(Self(topics))
    }

    /// Whether this one is among them.
    pub fn wants(&self, topic: Topic) -> bool {
        self.0.contains(&topic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_named_topics_are_wanted() {
        let topics = Topics::from_words(["failed", "rolled-back"]).unwrap();
        assert!(topics.wants(Topic::Failed) && topics.wants(Topic::RolledBack));
        assert!(!topics.wants(Topic::Succeeded));
    }

    #[test]
    fn all_wants_every_topic_and_every_topic_has_the_word_it_is_stored_under() {
        assert_eq!(Topics::from_words(["all"]), Ok(Topics::all()));
        for topic in Topic::ALL {
            let word = serde_json::to_value(topic).unwrap();
            assert_eq!(Topics::from_words([word.as_str().unwrap()]), Ok(Topics::only([topic])));
        }
    }

    #[test]
    fn an_unknown_word_is_named_with_the_choices() {
        let error = Topics::from_words(["rolled_back"]).unwrap_err();
        assert!(error.to_string().contains("rolled_back is no topic") && error.to_string().contains("rolled-back,"));
    }
}
