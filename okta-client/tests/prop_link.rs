//! `Link` lines of any kind: printed and parsed they are the same, and no text whatever stops the parser.

use okta_client::link::{Links, parse};
use okta_client::rate_limit::RateLimit;
use proptest::prelude::*;

fn target() -> impl Strategy<Value = String> {
    "https://[a-z]{1,8}\\.okta\\.com/[a-zA-Z0-9,;=?&%\"'._~-]{0,40}"
}

fn rel() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("next".to_owned()),
        Just("self".to_owned()),
        Just("prev NEXT".to_owned()),
        "[a-z\"\\\\ ,;<>]{0,12}"
    ]
}

proptest! {
    #[test]
    fn what_is_printed_is_parsed_again(links in proptest::collection::vec((target(), rel()), 0..6)) {
        let line = links.iter().map(|(target, rel)| format!("<{target}>; rel=\"{}\"", rel.replace('\\', "\\\\").replace('"', "\\\""))).collect::<Vec<_>>().join(", ");
        let parsed = parse(&line).expect("a well-formed line");
        let found: Vec<_> = parsed.iter().map(|link| (link.target.to_owned(), link.rel.clone().into_owned())).collect();
        prop_assert_eq!(&found, &links);
        let printed = parsed.to_string();
        prop_assert_eq!(parse(&printed), Ok(parsed));
    }

    #[test]
    fn xb08_no_text_stops_the_parser(line in "\\PC{0,200}") {
        if let Ok(links) = parse(&line) {
            let printed = links.to_string();
            prop_assert_eq!(parse(&printed), Ok(links));
        }
    }

    #[test]
    fn xb08_text_full_of_delimiters_does_not_stop_it_either(line in "[<>;,=\"'\\\\ relnxt]{0,200}") {
        if let Ok(links) = parse(&line) {
            let printed = links.to_string();
            prop_assert_eq!(parse(&printed), Ok(links));
        }
    }

    #[test]
    fn xb01_a_wait_is_within_its_bounds_whatever_the_headers_say(values in proptest::collection::vec("[ -~]{0,24}", 0..4), numbers in proptest::collection::vec(any::<i128>(), 0..4)) {
        let mut headers = http::HeaderMap::new();
        for name in ["x-rate-limit-limit", "x-rate-limit-remaining", "x-rate-limit-reset", "date"] {
            for value in values.iter().cloned().chain(numbers.iter().map(ToString::to_string)) {
                headers.append(name, value.parse().expect("visible characters"));
            }
        }
        headers.insert("date", http::HeaderValue::from_static("Fri, 21 Aug 2026 08:00:10 GMT"));
        let limit = RateLimit::from_headers(&headers);
        prop_assert!(limit.resets_in.is_none_or(|wait| wait.as_secs() <= 3600));
    }
}

/// A parser that looks at the rest of the line anew for each character would take hours for these, and not a moment.
#[test]
fn xb08_a_megabyte_of_any_delimiter_is_read_in_one_go() {
    for piece in [
        "<",
        ">",
        ";",
        ",",
        "=",
        "\"",
        "\\",
        "'",
        " ",
        "<>",
        "<a>;",
        "<a>,",
        "<a>;x=\"",
        "<a>;x=\\",
        "<a>; rel=next",
    ] {
        let line = piece.repeat(1_000_000 / piece.len());
        for line in [
            line.clone(),
            format!("<https://a.okta.com/>; rel=\"next\"; x=\"{line}"),
            format!("<{line}>; rel=next"),
        ] {
            if let Ok(links) = parse(&line) {
                let _either = links.next();
            }
        }
    }
}

#[test]
fn xb08_ten_thousand_links_are_read_in_one_go() {
    let line = vec!["<https://a.okta.com/?x=1,2>; rel=\"self\""; 10_000].join(",");
    let links = parse(&line).expect("well-formed");
    assert_eq!((links.iter().count(), links.next()), (10_000, Ok(None)));
    assert_eq!(Links::default().next(), Ok(None));
}
