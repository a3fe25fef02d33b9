//! Sets of whole seconds as sorted, disjoint, half-open spans: the arithmetic under every answer about windows.
//!
//! What a second means, civil or on the time line, is the caller's business.

/// `[from, to)`.
pub type Span = (i64, i64);

/// A set of seconds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spans(Vec<Span>);

impl Spans {
    /// From spans in any order; empty ones say nothing, those that touch become one.
    pub fn new(mut all: Vec<Span>) -> Self {
        all.retain(|(from, to)| from < to);
        all.sort_unstable();
        let mut merged: Vec<Span> = Vec::with_capacity(all.len());
        for (from, to) in all {
            match merged.last_mut() {
                Some((_, end)) if from <= *end => *end = to.max(*end),
                _ => merged.push((from, to)),
            }
        }
        Self(merged)
    }

    /// In order.
    pub fn iter(&self) -> impl Iterator<Item = Span> + '_ {
        self.0.iter().copied()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The span a second is in.
    pub fn holding(&self, at: i64) -> Option<Span> {
        let index = self.0.partition_point(|(from, _)| *from <= at);
        index.checked_sub(1).map(|index| self.0[index]).filter(|(_, to)| at < *to)
    }

    /// What is in either.
    pub fn or(mut self, mut other: Self) -> Self {
        self.0.append(&mut other.0);
        Self::new(self.0)
    }

    /// What is in this and not in the other.
    pub fn minus(&self, other: &Self) -> Self {
        let mut left = Vec::new();
        let mut cuts = other.0.iter().peekable();
        for (mut from, to) in self.iter() {
            while let Some((cut, end)) = cuts.peek().copied().copied() {
                if end <= from {
                    cuts.next();
                    continue;
                }
                if cut >= to {
                    break;
                }
                if from < cut {
                    left.push((from, cut));
                }
                from = end;
                if end >= to {
                    break;
                }
            }
            if from < to {
                left.push((from, to));
            }
        }
        Self(left)
    }

    /// What of it lies within one span.
    pub fn within(&self, (first, last): Span) -> Self {
        Self::new(self.iter().map(|(from, to)| (from.max(first), to.min(last))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set() -> impl Strategy<Value = Vec<Span>> {
        prop::collection::vec((0_i64..40, 0_i64..12).prop_map(|(from, length)| (from, from + length)), 0..6)
    }

    proptest! {
        #[test]
        fn a_second_is_in_a_set_as_it_is_in_its_spans(a in set(), b in set(), at in 0_i64..60) {
            let inside = |all: &[Span]| all.iter().any(|(from, to)| (*from..*to).contains(&at));
            let (one, two) = (Spans::new(a.clone()), Spans::new(b.clone()));
            prop_assert_eq!(one.minus(&two).holding(at).is_some(), inside(&a) && !inside(&b));
            prop_assert_eq!(one.within((10, 30)).holding(at).is_some(), inside(&a) && (10..30).contains(&at));
            prop_assert_eq!(one.or(two).holding(at).is_some(), inside(&a) || inside(&b));
        }
    }
}
