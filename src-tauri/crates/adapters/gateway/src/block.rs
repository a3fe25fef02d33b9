//! The text of our file: a comment that says whose it is, one `upstream` block, and a checksum of both.
//!
//! The checksum tells a file that somebody edited from one that is as it was written, without a record kept elsewhere.
//! Read back by the same rules it is written by, and by no others: a file somebody else wrote is not ours to guess at.

use switchback_core::{
    name::Target,
    port::{Route, Upstream},
    release::Digest,
};

const HEADER: &str = "# Written by Switchback for ";
const SUM: &str = "# ";

/// The file's content for a route.
pub fn render(upstream: &str, route: &Route) -> String {
    let servers: Vec<String> = route.upstreams.iter().map(|server| format!("    server {server};\n")).collect();
    let whose = format!("{HEADER}{}. Changes made by hand are overwritten.", route.target);
    let text = format!("{whose}\nupstream {upstream} {{\n{}}}\n", servers.concat());
    let sum = Digest::of(text.as_bytes());
    format!("{text}{SUM}{sum}\n")
}

/// Whether a file is the target's and as [`render`] gave it.
pub fn ours(text: &str, target: &Target) -> bool {
    let Some((body, sum)) = text.strip_suffix('\n').and_then(|text| text.rsplit_once('\n')) else { return false };
    let sum = sum.strip_prefix(SUM).unwrap_or_default();
    parse(text, target).is_some() && Digest::of(format!("{body}\n").as_bytes()).to_string() == sum
}

/// Where a file of ours sends the target's traffic; `None` when it is not ours, or another's.
pub fn parse(text: &str, target: &Target) -> Option<Vec<Upstream>> {
    let (whose, rest) = text.strip_prefix(HEADER)?.split_once(". ")?;
    if whose != target.to_string() {
        return None;
    }
    let servers = rest.lines().filter_map(|line| line.trim().strip_prefix("server ")?.strip_suffix(';'));
    servers
        .map(|server| {
            let (host, port) = server.rsplit_once(':')?;
            Some(Upstream { host: host.to_owned(), port: port.parse().ok()? })
        })
        .collect()
}

/// Whether a text may stand in an nginx file as a name or address. A name with a brace or semicolon would be more than
/// a name.
pub fn harmless(text: &str) -> bool {
    !text.is_empty() && text.len() <= 255 && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-:[]".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route() -> Route {
        let upstream = |port| Upstream { host: "127.0.0.1".to_owned(), port };
        Route { target: "checkout/production".parse().unwrap(), upstreams: vec![upstream(4001), upstream(4002)] }
    }

    #[test]
    fn the_file_is_one_upstream_block_under_a_line_that_says_whose() {
        let expected = "# Written by Switchback for checkout/production. Changes made by hand are overwritten.\n\
                        upstream checkout {\n    server 127.0.0.1:4001;\n    server 127.0.0.1:4002;\n}\n";
        let text = render("checkout", &route());
        let sum = text.strip_prefix(expected).unwrap();
        assert!(sum.starts_with("# sha256:") && sum.lines().count() == 1, "{sum}");
    }

    #[test]
    fn a_file_that_somebody_edited_is_told_from_one_that_is_as_it_was_written() {
        let (text, target) = (render("checkout", &route()), route().target);
        assert!(ours(&text, &target));
        assert!(!ours(&text, &"search/production".parse().unwrap()));
        for edited in [
            text.replace("4001", "4003"),
            text.replace("    server 127.0.0.1:4002;\n", ""),
            text.replace(";\n}", " weight=2;\n}"),
            format!("{text}# mine\n"),
            text.split_inclusive('\n').filter(|line| !line.starts_with("# sha256:")).collect(),
        ] {
            assert!(!ours(&edited, &target), "{edited}");
        }
    }

    #[test]
    fn what_was_written_is_read_back_and_anothers_is_not() {
        let text = render("checkout", &route());
        assert_eq!(parse(&text, &route().target), Some(route().upstreams));
        assert_eq!(parse(&text, &"search/production".parse().unwrap()), None);
        assert_eq!(parse("upstream checkout { server 10.0.0.1:80; }", &route().target), None);
    }

    #[test]
    fn a_name_that_would_be_more_than_a_name_is_refused() {
        assert!(harmless("checkout_1") && harmless("[::1]"));
        for bad in ["", "a b", "a;", "a{", "a\n"] {
            assert!(!harmless(bad), "{bad:?}");
        }
    }
}
