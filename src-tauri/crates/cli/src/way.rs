//! What going back to a revision would mean, in the words of the command line.

use switchback_api::dto::WayBack;

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
    fn one_down_is_one() {
        let way = |downs| told(&WayBack::Downs { downs, proven: None, strayed: false });
        assert_eq!((way(1).as_str(), way(2).as_str()), ("1 down, not proven", "2 downs, not all proven"));
    }
}
