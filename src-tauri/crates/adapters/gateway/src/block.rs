//! The text of our file: a comment that says whose it is, and one `upstream` block.
//!
//! Read back by the same rules it is written by, and by no others: a file somebody else wrote is not ours to guess at.

use switchback_core::{
    name::Target,
    port::{Route, Upstream},
};

const HEADER: &str = "# Written by Switchback for ";

/// The file's content for a route.
pub fn render(upstream: &str, route: &Route) -> String {
    let servers: Vec<String> = route.upstreams.iter().map(|server| format!("    server {server};\n")).collect();
    let whose = format!("{HEADER}{}. Changes made by hand are overwritten.", route.target);
    format!("{whose}\nupstream {upstream} {{\n{}}}\n", servers.concat())
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
        assert_eq!(render("checkout", &route()), expected);
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
