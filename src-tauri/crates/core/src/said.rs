//! What is said to people in English, so that a client can say it in another language: it knows each sentence by its form.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A sentence of ours with its values in it, or another program's own words. Only [`sentences!`](crate::sentences) makes
/// ours, so none is without a form that clients know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Said(String);

impl Said {
    /// What a form says with its values. For [`sentences!`](crate::sentences) alone.
    #[doc(hidden)]
    pub fn formed(form: fmt::Arguments<'_>) -> Self {
        Self(form.to_string())
    }

    /// Another program's own words, which nobody translates.
    pub const fn theirs(words: String) -> Self {
        Self(words)
    }
}

impl std::ops::Deref for Said {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq<str> for Said {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Said {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl From<Said> for String {
    fn from(said: Said) -> Self {
        said.0
    }
}

/// Declares sentences: for each a function that says it with its values, which stand in the form in braces, and the list of
/// all their forms.
#[macro_export]
macro_rules! sentences {
    ($($name:ident($($value:ident),*) $form:literal;)*) => {
        $(
            #[doc = $form]
            pub fn $name($($value: impl ::std::fmt::Display),*) -> $crate::said::Said {
                $crate::said::Said::formed(::std::format_args!($form))
            }
        )*

        /// The forms, with the names of their values in braces.
        pub const FORMS: &[&str] = &[$($form),*];
    };
}
