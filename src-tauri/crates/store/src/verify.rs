//! Checks the whole audit chain against itself, its signatures and the head kept outside the database, then the books
//! beside it against what it says of them.
//!
//! It runs over chunks: while one is hashed on all cores the next is read. The first bad entry is named; nothing is
//! mended, and nothing behind the first bad entry is judged.

mod books;
mod journals;
mod overrides;
mod releases;
mod standing;

use crate::{
    Store,
    chain::{FIRST, hash},
    fault::Fault,
    head::Head,
    signer::{holds, public_key},
    table::{
        audit::{self, Row},
        audit_key,
    },
};
use ed25519_dalek::VerifyingKey;
use std::{collections::HashMap, sync::Arc};
use switchback_core::port::ChainVerdict;

/// Rows read at once: some megabytes.
const CHUNK: i64 = 10_000;

type Keys = HashMap<String, VerifyingKey>;

/// What is wrong, and where.
struct Flaw {
    seq: i64,
    why: String,
}

impl From<Flaw> for ChainVerdict {
    fn from(flaw: Flaw) -> Self {
        Self::Broken { seq: flaw.seq, why: flaw.why }
    }
}

/// Checks everything.
pub async fn verify(store: &Store) -> Result<ChainVerdict, Fault> {
    // The head first: the database may have moved on since, never back.
    let head = store.chain.head.read().await?;
    let mut on = store.readers.begin().await?;
    let mut named = audit_key::all(&mut on).await?;
    if let Some(signer) = &store.chain.signer {
        // Our own key is known from the keychain; the table has no say in it.
        named.insert(signer.id().to_owned(), signer.public_key());
    }
    let keys: Arc<Keys> =
        Arc::new(named.iter().filter_map(|(id, text)| Some((id.clone(), public_key(text)?))).collect());
    let (mut seq, mut last, mut unsigned) = (0, FIRST.to_owned(), 0);
    let mut at_head = (head.as_ref().is_some_and(|head| head.seq == 0)).then(|| (FIRST.to_owned(), None));
    let mut rows = audit::after(&mut on, 0, CHUNK).await?;
    while let Some(end) = rows.last() {
        let (next, end_hash) = (end.seq, end.hash.clone());
        if let Some(head) = &head {
            let found = rows.iter().find(|row| row.seq == head.seq);
            at_head = at_head.or_else(|| found.map(|row| (row.hash.clone(), row.signed_by.clone())));
        }
        unsigned += rows.iter().filter(|row| row.signature.is_none()).count();
        let (keys, before) = (Arc::clone(&keys), last);
        let checking = tokio::task::spawn_blocking(move || check(&rows, seq, &before, &keys));
        let reading = audit::after(&mut on, next, CHUNK).await;
        if let Some(flaw) = checking.await.map_err(std::io::Error::other)? {
            return Ok(flaw.into());
        }
        (seq, last) = (next, end_hash);
        rows = reading?;
    }
    let flaw = match judge_head(head.as_ref(), seq, at_head, &named) {
        None => {
            let beside = [
                overrides::check(&mut on, seq).await?,
                books::check(&mut on, seq).await?,
                releases::check(&mut on, seq).await?,
                journals::check(&mut on, seq).await?,
                standing::check(&mut on, seq).await?,
            ];
            beside.into_iter().flatten().min_by_key(|flaw| flaw.seq)
        }
        flaw => flaw,
    };
    Ok(match flaw {
        Some(flaw) => flaw.into(),
        None => {
            ChainVerdict::Intact { entries: seq, unsigned: i64::try_from(unsigned).unwrap_or(i64::MAX), head: last }
        }
    })
}

/// The head must name an entry that is there, with that hash, signed if the entry is.
fn judge_head(
    head: Option<&Head>,
    last: i64,
    at_head: Option<(String, Option<String>)>,
    keys: &HashMap<String, String>,
) -> Option<Flaw> {
    let flaw = |seq, why: &str| Some(Flaw { seq, why: why.to_owned() });
    let Some(head) = head else {
        return if last == 0 { None } else { flaw(last, "the head kept outside the database is missing") };
    };
    if head.hash.is_empty() {
        return flaw(last, "the head kept outside the database cannot be read");
    }
    let Some((hash, signed_by)) = at_head else {
        let why = format!("the chain is cut off: it ends at entry {last}, and entry {} was written", head.seq);
        return flaw(last + 1, &why);
    };
    if hash != head.hash {
        return flaw(head.seq, "it is not the entry that the head kept outside the database names");
    }
    if head.seq > 0 && signed_by.is_none() && head.signed_by.is_some() {
        return flaw(head.seq, "it was signed, and its signature is gone");
    }
    if signed_by.is_some() || head.signed_by.is_some() {
        let key = head.signed_by.as_ref().and_then(|id| keys.get(id));
        if !key.is_some_and(|key| head.holds(key)) {
            return flaw(head.seq, "the signature of the head kept outside the database does not hold");
        }
    }
    None
}

/// The first flaw of a chunk that follows entry `seq` with hash `last`.
fn check(rows: &[Row], seq: i64, last: &str, keys: &Keys) -> Option<Flaw> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = rows.len().div_ceil(cores).max(1);
    let alone = std::thread::scope(|scope| {
        let threads: Vec<_> = rows
            .chunks(share)
            .map(|part| {
                scope.spawn(move || {
                    let mut text = String::new();
                    part.iter().find_map(|row| entry(row, keys, &mut text))
                })
            })
            .collect();
        // In order, so that the first flaw found is the first flaw.
        threads.into_iter().find_map(|thread| {
            thread.join().unwrap_or_else(|_| Some(Flaw { seq: seq + 1, why: "checking failed".to_owned() }))
        })
    });
    let linked = links(rows, seq, last);
    match (alone, linked) {
        (Some(alone), Some(linked)) => Some(if linked.seq <= alone.seq { linked } else { alone }),
        (alone, linked) => alone.or(linked),
    }
}

/// Each entry is one further than the one before and names its hash.
fn links(rows: &[Row], seq: i64, last: &str) -> Option<Flaw> {
    let (mut seq, mut last) = (seq, last);
    for row in rows {
        seq += 1;
        if row.seq != seq {
            return Some(Flaw { seq, why: "the entry is missing".to_owned() });
        }
        if row.prev_hash != last {
            return Some(Flaw { seq, why: "it does not follow from the entry before it".to_owned() });
        }
        last = &row.hash;
    }
    None
}

/// One entry by itself: its content gives its hash, and its signature holds.
fn entry(row: &Row, keys: &Keys, text: &mut String) -> Option<Flaw> {
    let flaw = |why: &str| Some(Flaw { seq: row.seq, why: why.to_owned() });
    let Ok(link) = row.link() else { return flaw("its time is impossible") };
    link.write(text);
    if hash(text) != row.hash {
        return flaw("its content is not what was written");
    }
    if row.milestone != audit::milestone(&row.action) {
        return flaw("it is filed where it does not belong");
    }
    match (&row.signed_by, &row.signature) {
        (None, None) => None,
        (Some(id), Some(signature)) => match keys.get(id) {
            None => flaw("the key that signed it is unknown"),
            Some(key) if holds(key, &row.hash, signature) => None,
            Some(_) => flaw("its signature does not hold"),
        },
        _ => flaw("its signature is incomplete"),
    }
}
