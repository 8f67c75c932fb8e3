//! What the program says about itself, and about flags that are wrong.

use crate::binary::refused;

#[test]
fn wrong_flags_are_one_line_and_exit_2() {
    for arguments in [
        &["serve", "--frobnicate"][..],
        &["serve", "--users", "many"],
        &["serve", "--clock", "sundial"],
        &["serve", "--rate-window", "soon"],
        &["serve", "--listen", "nowhere"],
        &["serve", "--public-url", "okta.test"],
        &["serve", "--rate-limits", "no-such-file"],
        &["serve", "--latency", "slow"],
        &["serve", "--scenario", "no-such-file"],
        &["serve", "--dpop-nonce-age", "soon"],
        &["serve", "--plan", "huge"],
        &["serve", "--plan", "workforce", "--rate-limits", "off"],
        &["serve", "--rate-limit-scale", "0"],
        &["serve", "--token-share", "101"],
        &["serve", "--clock", "manual:noon"],
        &["serve", "--clock", "scaled:0"],
        &["serve", "--log-lateness", "late:2,10m"],
        &["serve", "--log-dup-rate", "2"],
        &["serve", "--cursor-ttl", "long"],
        &["serve", "--token", "ci"],
        &["serve", "--token", "ci=00ci:READ_ONLY"],
        &["serve", "--token", "ci=00ci", "--token", "other=00ci"],
        &["serve", "--token", "ci=00 ci"],
        &["serve", "--hook", "http://127.0.0.1:9"],
        &["serve", "--hook", "http://example.com/=s"],
        &["serve", "--eventbridge", "nowhere=s"],
        &["serve", "--eventbridge", "http://127.0.0.1:9/=s,123456789012"],
        &["serve", "--eventbridge", "http://127.0.0.1:9/=s,123456789012,us-east-1,a b"],
        &["serve", "--journal", "tape"],
        &["serve", "--journal", "ring:many"],
        &["serve", "--journal", "file:/no/such/folder/journal"],
        &["serve", "--faults", "no-such-file"],
        &["serve", "--chaos-budget", "0"],
        &["serve", "--port-file", "/no/such/folder/port"],
        &["sevre"],
    ] {
        let output = refused(arguments);
        let error = String::from_utf8(output.stderr).expect("readable");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.starts_with("error: ") && error.trim_end().lines().count() == 1, "{error}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn an_error_about_a_flag_with_a_secret_does_not_repeat_it() {
    for arguments in [
        &["serve", "--token", "ci=00s3cret:READ_ONLY"][..],
        &["serve", "--token", "ci=00:s3cret"],
        &["serve", "--token", "ci00s3cret"],
        &["serve", "--token", "ci=00 s3cret"],
        &["serve", "--token", "a=00s3cret", "--token", "b=00s3cret"],
        &["serve", "--hook", "00s3cret"],
        &["serve", "--hook", "http://example.com/=00s3cret"],
        &["serve", "--hook", "nowhere=00s3cret\u{7}"],
        &["serve", "--eventbridge", "00s3cret"],
        &["serve", "--eventbridge", "nowhere=00s3cret"],
        &["serve", "--eventbridge", "http://127.0.0.1:9/=00s3cret\u{7}"],
        &["serve", "--eventbridge", "http://127.0.0.1:9/=00s3cret,1"],
    ] {
        let output = refused(arguments);
        let error = String::from_utf8(output.stderr).expect("readable");
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(
            error.starts_with(&format!("error: {}: ", arguments[1])) && !error.contains("s3cret"),
            "{error}"
        );
        assert_eq!(error.trim_end().lines().count(), 1, "{error}");
    }
}

#[test]
fn a_taken_address_is_one_line_and_exit_3() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let output = refused(&["serve", "--listen", &address]);
    let error = String::from_utf8(output.stderr).expect("readable");
    assert_eq!(output.status.code(), Some(3));
    assert!(error.starts_with(&format!("error: cannot listen on {address}: ")), "{error}");
}

#[test]
fn help_says_what_each_flag_and_exit_code_means() {
    for (arguments, lines) in [
        (
            &["--help"][..],
            &[
                "serve",
                "health",
                "Exit codes: 0 after SIGTERM or Ctrl-C, 1 when the snapshot",
                "2 for wrong flags or files, 3 when",
            ][..],
        ),
        (&["serve", "--help"], &["--listen <", "--rate-limits <", "Prints one JSON line on stdout"]),
    ] {
        let output = refused(arguments);
        let help = String::from_utf8(output.stdout).expect("readable");
        assert!(output.status.success() && output.stderr.is_empty());
        for line in lines {
            assert!(help.contains(line), "{line}\n{help}");
        }
        // Below every flag stands what it does.
        let help: Vec<&str> = help.lines().map(str::trim).collect();
        for pair in help.windows(2).filter(|pair| pair[0].starts_with("--") && !pair[0].contains("  ")) {
            assert!(pair[1].len() > 10 && !pair[1].starts_with('-'), "{}", pair[0]);
        }
    }
}
