//! What going back to a revision would mean, in the words of the command line.

use switchback_api::dto::WayBack;

/// What going back to a revision would mean, in a few words.
pub fn told(way: &WayBack) -> String {
    let behind = |downs: &usize, proven: &Option<jiff::Timestamp>| match proven {
        Some(at) => format!("{downs} downs, proven {}", at.strftime("%Y-%m-%d")),
        None => format!("{downs} downs, not all proven"),
    };
    match way {
        WayBack::RunsNow => "runs now".to_owned(),
        WayBack::Safe => "safe".to_owned(),
        WayBack::Downs { downs, proven } => behind(downs, proven),
        WayBack::Loses { downs, proven, what } => format!("{}; loses {}", behind(downs, proven), what.join(", ")),
        WayBack::Partly { why } => format!("not whole: {why}"),
        WayBack::NoData { why } => format!("no data: {why}"),
        WayBack::NeverRan => "never ran".to_owned(),
        WayBack::Quarantined => "quarantined".to_owned(),
        WayBack::AsBelow => "as below".to_owned(),
        WayBack::Impossible { why } => format!("impossible: {why}"),
    }
}
