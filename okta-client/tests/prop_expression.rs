//! Expressions say what was meant, whatever the values hold: a parser that knows nothing of the builder reads the same back, and an
//! org finds exactly the users that a naive look at all of them finds.

use std::collections::BTreeSet;
use std::time::Duration;

use okta_client::expression::{Expression, Filter, Literal, LogFilter, Search, filter, log_filter, search};
use okta_client::groups::NewGroup;
use okta_client::users::NewUser;
use okta_client::{Client, transport};
use okta_mock::{Clock, OktaMock};
use proptest::prelude::*;
use serde_json::{Value, json};

/// What an expression means. Chains of one operator are one node, so that their grouping does not matter.
#[derive(Debug, Clone, PartialEq)]
enum Tree {
    Compare(String, &'static str, Value),
    Present(String),
    All(Vec<Tree>),
    Any(Vec<Tree>),
    Not(Box<Tree>),
}

impl Tree {
    fn all(left: Self, right: Self) -> Self {
        let parts = |tree| if let Self::All(parts) = tree { parts } else { vec![tree] };
        Self::All([parts(left), parts(right)].concat())
    }

    fn any(left: Self, right: Self) -> Self {
        let parts = |tree| if let Self::Any(parts) = tree { parts } else { vec![tree] };
        Self::Any([parts(left), parts(right)].concat())
    }
}

fn literal(value: &Value) -> Literal {
    match value {
        Value::String(text) => text.into(),
        Value::Bool(truth) => (*truth).into(),
        Value::Number(number) => number.as_i64().expect("a small number").into(),
        other => panic!("no literal: {other}"),
    }
}

/// The text that an operator for text takes.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn searched(tree: &Tree) -> Expression<Search> {
    match tree {
        Tree::Present(name) => search(name).pr(),
        Tree::Compare(name, operator, value) => match *operator {
            "eq" => search(name).eq(literal(value)),
            "gt" => search(name).gt(literal(value)),
            "ge" => search(name).ge(literal(value)),
            "lt" => search(name).lt(literal(value)),
            "le" => search(name).le(literal(value)),
            "sw" => search(name).sw(text(value)),
            "co" => search(name).co(text(value)),
            other => panic!("a search has no {other}"),
        },
        Tree::All(parts) => parts.iter().map(searched).reduce(Expression::and).expect("two or more"),
        Tree::Any(parts) => parts.iter().map(searched).reduce(Expression::or).expect("two or more"),
        Tree::Not(_) => panic!("a search has no `not`"),
    }
}

fn logged(tree: &Tree) -> Expression<LogFilter> {
    match tree {
        Tree::Present(name) => log_filter(name).pr(),
        Tree::Compare(name, operator, value) => match *operator {
            "eq" => log_filter(name).eq(literal(value)),
            "ne" => log_filter(name).ne(literal(value)),
            "gt" => log_filter(name).gt(literal(value)),
            "ge" => log_filter(name).ge(literal(value)),
            "lt" => log_filter(name).lt(literal(value)),
            "le" => log_filter(name).le(literal(value)),
            "sw" => log_filter(name).sw(text(value)),
            "ew" => log_filter(name).ew(text(value)),
            _ => log_filter(name).co(text(value)),
        },
        // From the right: grouping must not matter.
        Tree::All(parts) => {
            let parts = parts.iter().rev().map(logged);
            parts.reduce(|right, left| left.and(right)).expect("two or more")
        }
        Tree::Any(parts) => {
            let parts = parts.iter().rev().map(logged);
            parts.reduce(|right, left| left.or(right)).expect("two or more")
        }
        Tree::Not(inner) => !logged(inner),
    }
}

/// Reads an expression by Okta's grammar: `not` before `and` before `or`; `\` takes the next character as it is.
struct Parser<'a>(std::iter::Peekable<std::str::Chars<'a>>);

impl Parser<'_> {
    fn read(text: &str) -> Tree {
        let mut parser = Parser(text.chars().peekable());
        let tree = parser.any();
        assert_eq!(parser.0.next(), None, "something is left");
        tree
    }

    fn blanks(&mut self) {
        while self.0.next_if_eq(&' ').is_some() {}
    }

    fn word(&mut self) -> String {
        self.blanks();
        let mut word = String::new();
        while let Some(one) = self.0.next_if(|one| !" ()\"".contains(*one)) {
            word.push(one);
        }
        word
    }

    /// Steps over a keyword, if it is the next word.
    fn keyword(&mut self, keyword: &str) -> bool {
        let before = self.0.clone();
        let found = self.word() == keyword;
        if !found {
            self.0 = before;
        }
        found
    }

    fn any(&mut self) -> Tree {
        let mut left = self.all();
        while self.keyword("or") {
            left = Tree::any(left, self.all());
        }
        left
    }

    fn all(&mut self) -> Tree {
        let mut left = self.one();
        while self.keyword("and") {
            left = Tree::all(left, self.one());
        }
        left
    }

    fn one(&mut self) -> Tree {
        self.blanks();
        if self.keyword("not") {
            return Tree::Not(Box::new(self.one()));
        }
        if self.0.next_if_eq(&'(').is_some() {
            let inner = self.any();
            self.blanks();
            assert_eq!(self.0.next(), Some(')'));
            return inner;
        }
        let name = self.word();
        let operator = self.word();
        if operator == "pr" {
            return Tree::Present(name);
        }
        let known = ["eq", "ne", "gt", "ge", "lt", "le", "sw", "ew", "co"];
        let operator = known.into_iter().find(|known| *known == operator).expect("an operator");
        Tree::Compare(name, operator, self.value())
    }

    fn value(&mut self) -> Value {
        self.blanks();
        if self.0.next_if_eq(&'"').is_none() {
            return serde_json::from_str(&self.word()).expect("a number or a truth value");
        }
        let mut text = String::new();
        loop {
            match self.0.next().expect("a closing quote") {
                '"' => return Value::String(text),
                '\\' => text.extend(self.0.next()),
                one => text.push(one),
            }
        }
    }
}

/// Departments that try to be more than text.
const DEPARTMENTS: [&str; 9] = [
    "Engines",
    "engines of war",
    "R&D \"blue\"",
    "back\\slash",
    "\\\" or id pr or profile.login eq \"",
    "x\" or id pr or \"",
    "100%25 +1&limit=1#?",
    "Zürich (or) not",
    "line\nand tab\t",
];

fn names() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "profile.department",
        "profile.lastName",
        "profile.level",
        "profile.remote",
        "status",
    ])
    .prop_map(str::to_owned)
}

fn values() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => prop::sample::select(DEPARTMENTS.as_slice()).prop_map(Value::from),
        2 => ".{0,6}".prop_map(Value::from),
        1 => "[\"\\\\ a()]{0,5}".prop_map(Value::from),
        1 => prop::sample::select(vec!["ACTIVE", "STAGED", "Byron", ""]).prop_map(Value::from),
        1 => (-2_i64..6).prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
    ]
}

fn trees(operators: &'static [&'static str], negated: bool) -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        1 => names().prop_map(Tree::Present),
        6 => (names(), prop::sample::select(operators), values()).prop_map(|(name, operator, value)| {
            let texts = ["sw", "ew", "co"].contains(&operator);
            let value = if texts { Value::String(text(&value)) } else { value };
            Tree::Compare(name, operator, value)
        }),
    ];
    leaf.prop_recursive(4, 24, 3, move |inner| {
        let pair = (inner.clone(), inner.clone());
        let two = prop_oneof![
            pair.clone().prop_map(|(left, right)| Tree::all(left, right)),
            pair.prop_map(|(left, right)| Tree::any(left, right)),
        ];
        match negated {
            true => prop_oneof![3 => two, 1 => inner.prop_map(|tree| Tree::Not(Box::new(tree)))].boxed(),
            false => two.boxed(),
        }
    })
}

fn filtered(tree: &Tree) -> Expression<Filter> {
    match tree {
        Tree::Compare(name, "eq", value) => filter(name).eq(literal(value)),
        Tree::Compare(name, "gt", value) => filter(name).gt(literal(value)),
        Tree::Compare(name, _, value) => filter(name).le(literal(value)),
        Tree::All(parts) => parts.iter().map(filtered).reduce(Expression::and).expect("two or more"),
        Tree::Any(parts) => parts.iter().map(filtered).reduce(Expression::or).expect("two or more"),
        other => panic!("a filter has no {other:?}"),
    }
}

/// Of what the filter of users knows: equality, and an order for times.
fn filter_trees() -> impl Strategy<Value = Tree> {
    let value = prop_oneof![
        2 => prop::sample::select(vec!["ACTIVE", "active", "STAGED", "Byron", "byron", "user3@example.com"]).prop_map(Value::from),
        1 => values().prop_map(|value| text(&value).into()),
    ];
    let text = (prop::sample::select(vec!["status", "profile.login", "profile.lastName"]), value)
        .prop_map(|(name, value)| Tree::Compare(name.to_owned(), "eq", value));
    let times = vec!["2026-08-21T08:00:09.000Z", "2026-08-21T08:00:10.000Z", "2026-08-21T08:00:11.000Z"];
    let time = (prop::sample::select(vec!["gt", "le"]), prop::sample::select(times))
        .prop_map(|(operator, time)| Tree::Compare("lastUpdated".to_owned(), operator, time.into()));
    prop_oneof![3 => text, 1 => time].prop_recursive(3, 16, 3, |inner| {
        let pair = (inner.clone(), inner);
        prop_oneof![
            pair.clone().prop_map(|(left, right)| Tree::all(left, right)),
            pair.prop_map(|(left, right)| Tree::any(left, right)),
        ]
    })
}

const SEARCH_OPERATORS: &[&str] = &["eq", "gt", "ge", "lt", "le", "sw"];
const LOG_OPERATORS: &[&str] = &["eq", "ne", "gt", "ge", "lt", "le", "sw", "ew", "co"];

proptest! {
    #[test]
    fn xb24_an_expression_is_read_back_as_it_was_meant(
        of_search in trees(SEARCH_OPERATORS, false),
        of_log in trees(LOG_OPERATORS, true),
    ) {
        prop_assert_eq!(Parser::read(&searched(&of_search).to_string()), of_search);
        prop_assert_eq!(Parser::read(&logged(&of_log).to_string()), of_log);
    }
}

/// Whether an expression means a user, by looking at it. In a search letter case does not count, in a filter it does.
fn finds(tree: &Tree, user: &Value, fold: fn(&str) -> String) -> bool {
    let at =
        |name: &str| user.pointer(&format!("/{}", name.replace('.', "/"))).filter(|value| !value.is_null());
    match tree {
        Tree::Present(name) => at(name).is_some(),
        Tree::All(parts) => parts.iter().all(|part| finds(part, user, fold)),
        Tree::Any(parts) => parts.iter().any(|part| finds(part, user, fold)),
        Tree::Not(inner) => !finds(inner, user, fold),
        Tree::Compare(name, operator, value) => match (at(name), value) {
            (Some(Value::String(have)), Value::String(want)) => {
                let (have, want) = (fold(have), fold(want));
                match *operator {
                    "sw" => have.starts_with(&want),
                    "eq" => have == want,
                    "gt" => have > want,
                    "ge" => have >= want,
                    "lt" => have < want,
                    _ => have <= want,
                }
            }
            (Some(Value::Number(have)), Value::Number(want)) => {
                let (have, want) = (have.as_i64(), want.as_i64());
                match *operator {
                    "eq" => have == want,
                    "gt" => have > want,
                    "ge" => have >= want,
                    "lt" => have < want,
                    _ => have <= want,
                }
            }
            (Some(have), want) => *operator == "eq" && have == want,
            (None, _) => false,
        },
    }
}

/// An org with a user in each department, its client, and the users as they are.
async fn org() -> (OktaMock, Client, Vec<Value>) {
    let org = OktaMock::builder().seed(7).users(3).groups(1).apps(1).events(1).search_lag(Duration::ZERO);
    let org = org.clock(Clock::Tokio(1_787_299_210_000)).in_process();
    let service = org.service();
    let transport = transport::from_fn(move |request| service.call(request));
    let client =
        Client::builder(org.url()).api_token(org.api_token()).transport(transport).build().expect("valid");
    for (n, department) in DEPARTMENTS.into_iter().enumerate() {
        let login = format!("user{n}@example.com");
        let mut profile = json!({ "login": login, "email": login, "department": department, "level": n % 5 });
        profile["remote"] = (n % 2 == 0).into();
        profile["lastName"] = if n == 3 { Value::Null } else { "Byron".into() };
        let new = NewUser::new(&profile);
        client.users().create(&if n % 3 == 0 { new.staged() } else { new }).await.expect("created");
    }
    let all =
        client.users().list().search(search("id").pr()).paginate().collect_all().await.expect("a listing");
    let all: Vec<Value> = all.iter().map(|user| serde_json::to_value(user).expect("JSON")).collect();
    assert!(all.len() >= DEPARTMENTS.len());
    (org, client, all)
}

fn ids(users: impl IntoIterator<Item = Value>) -> BTreeSet<String> {
    users.into_iter().map(|user| user["id"].as_str().expect("an id").to_owned()).collect()
}

#[test]
fn xb24_an_org_finds_exactly_whom_an_expression_means() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    let (_org, client, all) = runtime.block_on(org());
    proptest!(ProptestConfig::with_cases(128), |(tree in trees(SEARCH_OPERATORS, false))| {
        let listing = client.users().list().search(searched(&tree)).paginate().collect_all();
        let found = runtime.block_on(listing).expect("an expression that Okta takes");
        let found = ids(found.iter().map(|user| serde_json::to_value(user).expect("JSON")));
        let meant = all.iter().filter(|user| finds(&tree, user, str::to_lowercase));
        prop_assert_eq!(found, ids(meant.cloned()));
    });
    proptest!(ProptestConfig::with_cases(128), |(tree in filter_trees())| {
        let listing = client.users().list().filter(filtered(&tree)).paginate().collect_all();
        let found = runtime.block_on(listing).expect("an expression that Okta takes");
        let found = ids(found.iter().map(|user| serde_json::to_value(user).expect("JSON")));
        prop_assert_eq!(found, ids(all.iter().filter(|user| finds(&tree, user, str::to_owned)).cloned()));
    });
}

#[tokio::test(start_paused = true)]
async fn filters_of_users_groups_apps_and_the_log_are_taken() {
    let (_org, client, all) = org().await;
    let login = filter("profile.login").eq("user4@example.com").and(filter("status").eq("PROVISIONED"));
    let found = client.users().list().filter(login).paginate().collect_all().await.expect("a listing");
    assert_eq!(found[0].profile.department.as_deref(), Some(DEPARTMENTS[4]));
    assert_eq!(found.len(), 1);

    let name = "a \"quoted\" \\ name";
    let group = client.groups().create(&NewGroup::new(name)).await.expect("created");
    let found = client.groups().list().search(search("profile.name").eq(name)).paginate().collect_all().await;
    assert_eq!(found.expect("a listing")[0].id, group.id);
    let later = filter("lastUpdated").gt(group.last_updated.expect("a time")).or(filter("id").eq(&group.id));
    let found = client.groups().list().filter(later).paginate().collect_all().await.expect("a listing");
    assert_eq!(found.len(), 1);

    let apps = client.apps().list().filter(filter("status").eq("ACTIVE")).paginate().collect_all().await;
    assert!(!apps.expect("a listing").is_empty());
    let created =
        log_filter("eventType").eq("user.lifecycle.create").and(!log_filter("target.id").eq("00unone"));
    let (since, until) =
        ("2026-08-21T08:00:00Z".parse().expect("a time"), "2026-08-21T09:00:00Z".parse().expect("a time"));
    let events = client
        .logs()
        .bounded(since, until)
        .filter(created)
        .paginate()
        .collect_all()
        .await
        .expect("a listing");
    assert_eq!(events.len(), DEPARTMENTS.len());
    assert!(all.len() >= events.len());
}

#[tokio::test(start_paused = true)]
async fn what_is_no_attribute_never_reaches_the_org() {
    let (org, client, _) = org().await;
    let before = org.requests().len();
    let injected: Expression<Filter> = filter("id pr or status").eq("ACTIVE");
    let error = client.users().list().filter(injected).paginate().collect_all().await.expect_err("refused");
    assert!(matches!(error, okta_client::Error::Config { field: "filter", .. }), "{error:?}");
    assert_eq!(org.requests().len(), before);
}
