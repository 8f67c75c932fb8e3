use super::*;

#[derive(Debug, serde::Deserialize)]
struct Row {
    id: u8,
}

fn rows(text: &str) -> Result<Vec<Item<Row>>, Category> {
    items(&Bytes::copy_from_slice(text.as_bytes())).map_err(|problem| problem.category)
}

#[test]
fn each_item_comes_with_its_exact_bytes() {
    let rows = rows(" [ {\"id\":1} ,\n{ \"id\" : 2, \"x\": [1, \"],\"] }]\n").expect("a list");
    let raw: Vec<_> = rows
        .iter()
        .map(|row| std::str::from_utf8(row.as_ref().expect("good").raw()).expect("text"))
        .collect();
    assert_eq!(raw, ["{\"id\":1}", "{ \"id\" : 2, \"x\": [1, \"],\"] }"]);
}

#[test]
fn xa03_xb19_one_bad_item_does_not_spoil_the_page_and_is_not_quoted() {
    let rows = rows("[{\"id\":1},{\"id\":\"SECRET\"},null,7,{\"id\":2}]").expect("a list");
    let summary: Vec<_> = rows
        .iter()
        .map(|row| row.as_ref().map(|row| row.id).map_err(|bad| (bad.index, bad.raw.as_ref())))
        .collect();
    assert_eq!(
        summary,
        [Ok(1), Err((1, b"{\"id\":\"SECRET\"}".as_slice())), Err((2, b"null")), Err((3, b"7")), Ok(2)]
    );
    let bad = rows[1].as_ref().expect_err("bad");
    assert!(!format!("{bad:?} {bad} {}", bad.problem()).contains("SECRET"));
    assert_eq!(bad.problem().category, Category::Shape);
    assert_eq!(bad.problem().path(), Some("/id"));
    assert_eq!(rows[2].as_ref().expect_err("bad").problem().path(), Some(""));
}

#[test]
fn xa03_what_went_wrong_names_its_place_only_to_who_asks_for_it() {
    let text = b"{\"id\":1,\"profile\":{\"SECRET\":[{\"login\":1}]}}";
    type Deep = std::collections::HashMap<String, serde_json::Value>;
    #[derive(Debug, serde::Deserialize)]
    struct Known {
        #[serde(rename = "profile")]
        _profile: std::collections::HashMap<String, Vec<std::collections::HashMap<String, String>>>,
    }
    assert!(document::<Deep>(text).is_ok());
    let problem = document::<Known>(text).expect_err("a number");
    assert_eq!(problem.path(), Some("/profile/SECRET/0/login"));
    assert!(!format!("{problem} {problem:?} {problem:#?}").contains("SECRET"));
}

#[test]
fn xb11_what_is_no_list_is_never_an_empty_page() {
    for (text, category) in [
        ("", Category::NotAList),
        ("null", Category::NotAList),
        ("{}", Category::NotAList),
        (" <html></html>", Category::WebPage),
        ("[", Category::Truncated),
        ("[{\"id\":1}", Category::Truncated),
        ("[{\"id\":1},", Category::Truncated),
        ("[{\"id\":1", Category::Truncated),
        ("[{\"id\":1} {\"id\":2}]", Category::Syntax),
        ("[]x", Category::Syntax),
        ("[,]", Category::Syntax),
    ] {
        assert_eq!(rows(text).expect_err(text), category, "{text}");
    }
    assert!(rows(" [ ] ").expect("an empty list").is_empty());
}

#[test]
fn xb15_depth_is_bounded_even_in_fields_that_nobody_reads() {
    let deep = |depth: usize| format!("[{{\"id\":1,\"x\":{}{}}}]", "[".repeat(depth), "]".repeat(depth));
    assert!(rows(&deep(100)).expect("a list")[0].is_ok());
    for depth in [128, 100_000, 1_000_000] {
        // A document is a list's only element.
        let list = deep(depth);
        let alone = document::<Row>(&list.as_bytes()[1..list.len() - 1]);
        assert_eq!(alone.expect_err("deep").category, Category::TooDeep);
        assert_eq!(
            rows(&deep(depth)).expect("a list")[0].as_ref().expect_err("deep").problem().category,
            Category::TooDeep
        );
    }
    let brackets_in_text = format!("[{{\"id\":1,\"x\":\"{}\"}}]", "[".repeat(1000));
    assert!(rows(&brackets_in_text).expect("a list")[0].is_ok());
}

#[test]
fn xb16_a_field_that_comes_twice_makes_its_item_bad() {
    let rows = rows("[{\"id\":1,\"id\":2},{\"id\":3,\"x\":1,\"x\":2}]").expect("a list");
    assert_eq!(rows[0].as_ref().expect_err("which one?").problem().category, Category::Shape);
    assert_eq!(rows[1].as_ref().expect("nobody reads x").raw().as_ref(), b"{\"id\":3,\"x\":1,\"x\":2}");
}

#[test]
fn xb17_numbers_that_no_type_holds_are_kept_as_they_came() {
    let text = "{\"id\":1,\"x\":[1e999,-0,123456789012345678901234567890]}";
    let rows = rows(&format!("[{text}]")).expect("a list");
    assert_eq!(rows[0].as_ref().expect("good").raw().as_ref(), text.as_bytes());
}

#[test]
fn xb18_bytes_that_are_not_utf8_make_their_item_bad_and_no_other() {
    let items: Vec<Item<Row>> =
        items(&Bytes::from_static(b"[{\"id\":1},{\"id\":2,\"x\":\"\xff\"}]")).expect("a list");
    assert!(items[0].is_ok());
    assert_eq!(items[1].as_ref().expect_err("bad").problem().category, Category::NotUtf8);
}

#[test]
fn xb18_a_byte_order_mark_half_a_pair_and_a_nul_are_refused_or_kept_as_they_came() {
    assert_eq!(rows("\u{feff}[{\"id\":1}]").expect_err("no list begins so"), Category::NotAList);
    // Escaped they are JSON. No text of ours can hold half a surrogate pair, so it is kept as it came until somebody reads it.
    let text = r#"{"id":1,"x":"\u0000\ud800"}"#;
    let odd = rows(&format!("[{text}]")).expect("a list");
    assert_eq!(odd[0].as_ref().expect("good").raw().as_ref(), text.as_bytes());
    #[derive(Debug, serde::Deserialize)]
    struct Named {
        x: String,
    }
    assert!(document::<Named>(br#"{"x":"\ud800"}"#).is_err(), "never another text in its place");
    assert_eq!(document::<Named>(br#"{"x":"a\u0000b"}"#).expect("a NUL is a character").x, "a\0b");
    // As bytes they are none: such a page is asked for again.
    assert_eq!(rows("[{\"id\":1,\"x\":\"\0\"}]").expect_err("a control character"), Category::Syntax);
}

#[test]
fn xb19_one_bad_item_of_a_thousand_costs_itself() {
    let all: Vec<_> = (0..1000).map(|row| if row == 617 { "{\"id\":-1}" } else { "{\"id\":7}" }).collect();
    let rows = rows(&format!("[{}]", all.join(","))).expect("a list");
    assert_eq!(rows.iter().filter(|row| row.is_ok()).count(), 999);
    let bad = rows[617].as_ref().expect_err("bad");
    assert_eq!((bad.index, bad.raw.as_ref()), (617, b"{\"id\":-1}".as_slice()));
}
