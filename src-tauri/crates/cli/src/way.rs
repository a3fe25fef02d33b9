//! A row of the history in the words of the command line: how it ended, and what going back to its revision would mean.

use switchback_api::dto::{Outcome, WayBack};
use switchback_core::plan::Kind;

/// Most characters of a reason in a table; `show` has the whole.
const BRIEF: usize = 60;

/// How a deployment ended, in one short line.
pub fn ended(kind: Kind, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Running => "running".to_owned(),
        Outcome::Succeeded => "succeeded".to_owned(),
        Outcome::RolledBack { why, .. } => format!("rolled back: {}", brief(why)),
        Outcome::Stuck { why } => format!("stuck: {}", brief(why)),
        Outcome::Aborted { why } if kind == Kind::Deploy => format!("not deployed: {}", brief(why)),
        Outcome::Aborted { why } => format!("never began: {}", brief(why)),
    }
}

/// The first line of a reason, cut between words where it is long.
fn brief(why: &str) -> String {
    let line = why.trim().lines().next().unwrap_or_default();
    if line.chars().count() <= BRIEF && line == why.trim() {
        return line.to_owned();
    }
    let cut: String = line.chars().take(BRIEF).collect();
    let whole =
        if cut.len() < line.len() { cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words) } else { &cut };
    format!("{whole} …")
}

/// What going back to a revision would mean, in a few words.
pub fn told(way: &WayBack) -> String {
    let behind = |downs: &usize, proven: &Option<jiff::Timestamp>, strayed: &bool| {
        let word = if *downs == 1 { "down" } else { "downs" };
        match proven {
            Some(at) => format!("{downs} {word}, proven {}", at.strftime("%Y-%m-%d")),
            None if *strayed => format!("{downs} {word}, proven on another schema than is there"),
            None if *downs == 1 => "1 down, not proven".to_owned(),
            None => format!("{downs} {word}, not all proven"),
        }
    };
    match way {
        WayBack::RunsNow => "runs now".to_owned(),
        WayBack::Safe => "safe".to_owned(),
        WayBack::Downs { downs, proven, strayed } => behind(downs, proven, strayed),
        WayBack::Loses { downs, proven, strayed, what } => {
            format!("{}; loses {}", behind(downs, proven, strayed), what.join(", "))
        }
        WayBack::NoData { why } => format!("no data: {why}"),
        WayBack::NeverRan => "never ran".to_owned(),
        WayBack::Quarantined => "quarantined".to_owned(),
        WayBack::AsBelow => "as below".to_owned(),
        WayBack::Impossible { why } => format!("impossible: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ending_is_one_short_line_and_what_never_began_was_not_rolled_back() {
        let long = format!("the engine said {}\nand more", "word ".repeat(60));
        let told = ended(Kind::Deploy, &Outcome::RolledBack { why: long, undo_ms: None });
        assert!(told.starts_with("rolled back: the engine said word") && told.ends_with("word …"), "{told}");
        assert!(told.chars().count() < 80 && !told.contains('\n'), "{told}");
        let aborted = Outcome::Aborted { why: "no such image".to_owned() };
        assert_eq!(ended(Kind::Deploy, &aborted), "not deployed: no such image");
        assert_eq!(ended(Kind::Rollback, &aborted), "never began: no such image");
    }

    #[test]
    fn one_down_is_one() {
        let way = |downs| told(&WayBack::Downs { downs, proven: None, strayed: false });
        assert_eq!((way(1).as_str(), way(2).as_str()), ("1 down, not proven", "2 downs, not all proven"));
    }
}
