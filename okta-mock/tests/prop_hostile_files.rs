//! No scenario, no table of limits and no rule makes the mock panic; what is wrong is one line.

mod asking;

use asking::org;
use okta_mock::Scenario;
use proptest::prelude::*;

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z_]{1,12}",
        prop::sample::select(vec![
            "route",
            "at",
            "type",
            "published",
            "count",
            "every",
            "uuid",
            "nth",
            "status",
            "error",
            "start",
            "rate",
            "log",
            "transport",
            "delay",
            "after",
            "for",
            "match",
            "when",
            "do",
            "buckets",
            "mode",
            "window",
        ])
        .prop_map(str::to_owned),
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "-?[0-9]{1,3}",
        "[0-9]{15,20}",
        Just("true".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
        Just("0x7f".to_owned()),
        Just("inf".to_owned()),
        Just("1979-05-27T07:32:00Z".to_owned()),
        "\"[ -!#-\\[\\]-~]{0,20}\"",
        "\"[+-]?[0-9]{1,12}[smhd]\"",
        Just("\"GET /api/v1/logs\"".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_scenario_is_read_or_refused(
        parts in prop::collection::vec((
            prop::sample::select(vec!["[org]", "[[emit]]", "[[fault]]", "[[client]]", "[expect]", "[other]", "["]),
            prop::collection::vec((word(), value()), 0..5),
        ), 0..4),
    ) {
        let mut text = String::new();
        for (header, members) in parts {
            text.push_str(header);
            text.push('\n');
            for (word, value) in members {
                text.push_str(&format!("{word} = {value}\n"));
            }
        }
        match Scenario::parse(&text) {
            Ok(scenario) => {
                let okta = org().scenario(&scenario).in_process();
                okta.clock().advance(std::time::Duration::from_secs(1));
            }
            Err(error) => {
                prop_assert!(error.line >= 1 && error.line <= text.lines().count().max(1), "{error} of\n{text}");
                prop_assert!(!error.to_string().contains('\n'), "{error}");
            }
        }
    }

    #[test]
    fn every_table_of_limits_is_read_or_refused(members in prop::collection::vec((word(), value()), 0..5)) {
        let members: Vec<String> = members.into_iter().map(|(word, value)| format!("{word:?}:{value}")).collect();
        if let Err(error) = org().rate_limits_json(&format!("{{{}}}", members.join(","))) {
            prop_assert!(!error.to_string().contains('\n'), "{error}");
        }
    }
}
